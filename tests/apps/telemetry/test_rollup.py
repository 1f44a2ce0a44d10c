import random
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import numpy as np
import pytest

from apps.telemetry.choices import LEVELS
from apps.telemetry.services import rollup
from apps.telemetry.services.partitions import make_partition
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


def test_a_minute_has_its_extremes_its_mean_by_time_and_its_last_value() -> None:
    put([(7, after(10), 3.0), (7, after(50), 2.0), (7, after(30), 7.0), (8, after(30), 1.0), (7, after(60), 99.0)])

    roll_up(65)

    assert rolled() == {(7, 0): (3, 2.0, 7.0, 4.4, 2.0, 0), (8, 0): (1, 1.0, 1.0, 1.0, 1.0, 0)}


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


def test_a_sample_that_is_stored_long_after_it_was_received_is_noted_and_met() -> None:
    put([(7, after(10), 1.0), (8, after(10), 1.0)])
    roll_up(HOUR_S)

    put([(7, after(20), 5.0)], received_at=after(25))
    rollup.note_late(point_id=np.array([7]), at_us=np.array([int(after(20).timestamp() * 1e6)]))
    roll_up(HOUR_S + 60)

    assert rolled("n, max")[7, 0] == (2, 5.0)
    assert query("SELECT 1 FROM telemetry_rollup_due") == []


def coarse(table: str) -> list[tuple]:
    return query(f"SELECT point_id, bucket, n, known_s, min, max, mean, last, quality FROM {table} ORDER BY 1, 2")  # noqa: S608


@pytest.mark.parametrize(("level", "span_s"), [(1, 3 * HOUR_S), (2, 5 * HOUR_S), (3, 30 * HOUR_S)])
def test_longer_buckets_are_made_of_the_minutes_when_they_end(level: int, span_s: int) -> None:
    """Against a sum over the minutes in numpy."""
    put(noise(range(0, span_s, 40), points=2))
    put([(1, after(1000), 1e9)], quality=Quality.INVALID)

    roll_up(span_s + 70)

    step, name = LEVELS[level].step_s, LEVELS[level].store.parent
    minutes = coarse("telemetry_rollup")
    buckets: dict[tuple[int, int], list[tuple]] = {}
    for row in minutes:
        buckets.setdefault((row[0], int(row[1].timestamp()) // step * step), []).append(row)
    closed = {key: rows for key, rows in buckets.items() if key[1] + step <= after(span_s + 60).timestamp()}
    found = {(point, int(bucket.timestamp())): rest for point, bucket, *rest in coarse(name)}
    assert found.keys() == closed.keys()
    for key, rows in closed.items():
        n, known_s, low, high, mean, last, quality = found[key]
        assert (n, known_s) == (sum(row[2] for row in rows), 60 * len(rows))
        assert (low, high, last) == (min(row[4] for row in rows), max(row[5] for row in rows), rows[-1][7])
        assert mean == pytest.approx(np.mean([row[6] for row in rows]))
        assert quality == reduce(worst, np.array([row[8] for row in rows], np.int64))


def test_late_samples_change_every_closed_bucket_that_they_are_in() -> None:
    put(noise(range(0, 30 * HOUR_S, 300), points=2))
    roll_up(30 * HOUR_S)
    before = {level.store.parent: coarse(level.store.parent) for level in LEVELS}

    late = after(3 * HOUR_S + 100)
    put([(0, late, 1e6)], received_at=after(30 * HOUR_S + 5))
    roll_up(30 * HOUR_S + 60)

    for level in LEVELS:
        changed = set(coarse(level.store.parent)) - set(before[level.store.parent])
        assert [(row[0], row[5]) for row in changed] == [(0, 1e6)]
        (row,) = changed
        assert row[1] <= late < row[1] + timedelta(seconds=level.step_s)


def test_all_lengths_are_the_same_however_the_runs_fell() -> None:
    put(noise(range(0, 26 * HOUR_S, 120), points=2))
    roll_up(26 * HOUR_S)
    at_once = [coarse(level.store.parent) for level in LEVELS]
    query("TRUNCATE " + ", ".join(level.store.parent for level in LEVELS))
    rolled_up_until(NOW)

    for seconds in (7, 61, 3599, 3601, 40_000, 43_300, 86_399, 86_401, 26 * HOUR_S):
        roll_up(seconds)

    assert [coarse(level.store.parent) for level in LEVELS] == at_once


@pytest.mark.django_db(transaction=True)
def test_the_newest_pages_of_the_open_day_are_summarised(committed_history: None) -> None:
    make_partition(day=date(2020, 3, 4))
    noon = datetime(2020, 3, 4, 12, tzinfo=UTC)
    put([(point, noon + timedelta(seconds=second), 1.0) for second in range(60) for point in range(100)])
    rolled_up_until(noon)

    rollup.roll_up(as_of=noon + timedelta(minutes=2))

    query("SET enable_seqscan = off")
    plan = query(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT value FROM telemetry_sample_20200304 WHERE ts < %s",
        noon - timedelta(hours=1),
    )[0][0][0]["Plan"]
    query("RESET enable_seqscan")
    assert plan["Actual Rows"] == 0
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 10


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
