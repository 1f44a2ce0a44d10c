import random
from datetime import datetime, timedelta
from functools import reduce

import numpy as np
import pytest

from apps.telemetry.services import rollup
from gridops.engine.timeseries.quality import Quality, worst
from tests.apps.telemetry.history import NOW, after, put, query, rolled_up_until

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR_S = 3600


@pytest.fixture(autouse=True)
def _rolled_up_for_an_hour() -> None:
    rolled_up_until(NOW)


def roll_up(seconds: float) -> int:
    return rollup.roll_up(as_of=after(seconds))


def rolled(columns: str = "n, min, max, mean, last, quality") -> dict[tuple[int, int], tuple]:
    """By point and number of the minute after NOW."""
    rows = query(f"SELECT point_id, bucket, {columns} FROM telemetry_rollup")  # noqa: S608
    return {(point, (bucket - NOW) // MINUTE): tuple(rest) for point, bucket, *rest in rows}


def noise(seconds: range, *, points: int = 3, seed: int = 1) -> list[tuple[int, datetime, float]]:
    rng = random.Random(seed)
    return [(point, after(second + rng.random()), rng.uniform(0, 100)) for point in range(points) for second in seconds]


def test_a_minute_has_its_extremes_its_mean_and_its_last_value() -> None:
    put([(7, after(10), 3.0), (7, after(50), 2.0), (7, after(30), 7.0), (8, after(30), 1.0), (7, after(60), 99.0)])

    roll_up(65)

    assert rolled() == {(7, 0): (3, 2.0, 7.0, 4.0, 2.0, 0), (8, 0): (1, 1.0, 1.0, 1.0, 1.0, 0)}


def test_an_invalid_sample_counts_for_nothing_but_the_quality() -> None:
    put([(7, after(10), 3.0), (7, after(20), 5.0)])
    put([(7, after(30), 1e9)], quality=Quality.INVALID | Quality.OVERFLOW)
    put([(8, after(30), float("nan"))], quality=Quality.INVALID | Quality.QUESTIONABLE)

    roll_up(60)

    assert rolled()[7, 0] == (2, 3.0, 5.0, 4.0, 5.0, Quality.INVALID | Quality.OVERFLOW)
    assert rolled()[8, 0] == (0, None, None, None, None, Quality.INVALID)


def test_the_quality_of_a_minute_is_the_worst_of_its_samples() -> None:
    rng = random.Random(2)
    minutes = {}
    for point in range(200):
        qualities = [rng.choice([0, 1, 2]) | rng.choice([0, 0, 1 << rng.randrange(2, 14)]) for _ in range(4)]
        minutes[point] = int(reduce(worst, np.array(qualities, np.int64)))
        for second, quality in enumerate(qualities):
            put([(point, after(second), 1.0)], quality=quality)

    roll_up(60)

    assert {point: quality for (point, _), (quality,) in rolled("quality").items()} == minutes


def test_the_present_minute_waits_for_its_end() -> None:
    put([(7, after(59), 1.0), (7, after(61), 1.0)])

    roll_up(119)
    assert rolled().keys() == {(7, 0)}
    roll_up(120)
    assert rolled().keys() == {(7, 0), (7, 1)}


def test_samples_that_come_late_change_their_minutes() -> None:
    put([(7, after(10), 1.0), (7, after(600), 1.0), (8, after(10), 1.0)])
    roll_up(HOUR_S)

    put([(7, after(20), 5.0), (7, after(-20), 6.0), (7, after(605), 9.0)], received_at=after(HOUR_S + 30))
    roll_up(HOUR_S + 60)

    found = rolled("n, max")
    assert (found[7, 0], found[7, -1], found[7, 10]) == ((2, 5.0), (1, 6.0), (2, 9.0))
    assert found[8, 0] == (1, 1.0)


def test_a_sample_committed_after_the_run_that_should_have_met_it_is_met_by_the_next() -> None:
    put([(7, after(30), 1.0)])
    roll_up(60)

    put([(7, after(59), 5.0), (7, after(-200), 6.0)], received_at=after(59.5))
    roll_up(120)

    assert (rolled("max")[7, 0], rolled("max")[7, -4]) == ((5.0,), (6.0,))


def test_hours_without_a_run_are_made_up_in_short_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    put(noise(range(0, 3 * HOUR_S, 20)))
    spans = []
    monkeypatch.setattr(
        rollup,
        "_roll_up_span",
        lambda *, start, until, real=rollup._roll_up_span: (
            spans.append((start, until)) or real(start=start, until=until)
        ),
    )

    roll_up(3 * HOUR_S + 5)

    assert rolled("n") == {(point, minute): (3,) for point in range(3) for minute in range(180)}
    assert max(until - start for start, until in spans) <= rollup.AT_ONCE + rollup.OVERLAP


def test_a_run_that_was_cut_off_is_taken_up_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    put(noise(range(0, HOUR_S, 20)))
    roll_up(HOUR_S)
    whole = rolled()
    query("TRUNCATE telemetry_rollup")
    rolled_up_until(NOW)
    real = rollup._roll_up_span

    def cut_off(*, start: datetime, until: datetime) -> int:
        if until > after(1000):
            raise ConnectionError
        return real(start=start, until=until)

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(rollup, "_roll_up_span", cut_off)
        roll_up(HOUR_S)
    assert 0 < len(rolled()) < len(whole)
    roll_up(HOUR_S)

    assert rolled() == whole


def test_rolling_up_again_changes_nothing() -> None:
    put(noise(range(0, HOUR_S, 7)))
    roll_up(HOUR_S)
    first = rolled()

    rolled_up_until(after(600))

    assert roll_up(HOUR_S) == 0
    assert rolled() == first


def test_the_first_run_begins_with_the_first_day() -> None:
    query("DELETE FROM telemetry_rollup_progress")
    query(
        "CREATE TABLE telemetry_sample_20260601 PARTITION OF telemetry_sample "
        "FOR VALUES FROM ('2026-06-01 00:00+00') TO ('2026-06-02 00:00+00')"
    )
    put([(7, after(-11 * HOUR_S), 1.0)])

    roll_up(0)

    assert rolled().keys() == {(7, -11 * 60)}
