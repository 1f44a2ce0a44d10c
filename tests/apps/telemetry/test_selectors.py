import math
import random
from datetime import timedelta

import pytest

from apps.telemetry.selectors import Series, samples
from apps.telemetry.services.rollup import roll_up
from gridops.engine.timeseries.quality import Quality
from tests.apps.telemetry.history import NOW, after, put, rolled_up_until

pytestmark = pytest.mark.django_db
POINT, HOUR_S, DAY_S = 7, 3600, 86_400


@pytest.fixture(autouse=True)
def _nothing_rolled_up() -> None:
    rolled_up_until(NOW - timedelta(days=1))


def series(first_s: float, last_s: float, *, width: int = 1000) -> Series:
    return samples(point_id=POINT, start=after(first_s), end=after(last_s), width=width)


def offsets(found: Series) -> list[float]:
    return [t - NOW.timestamp() for t in found.t]


def walk(first_s: int, last_s: int, step_s: int) -> None:
    rng = random.Random(first_s)
    put([(point, after(s), rng.uniform(0, 10)) for s in range(first_s, last_s, step_s) for point in (POINT, POINT + 1)])


def test_a_short_span_shows_every_sample() -> None:
    put([(POINT, after(-3), 1.0), (POINT, after(-1), 3.0), (POINT, after(-2), 2.0), (POINT + 1, after(-2), 9.0)])
    put([(POINT, after(-0.5), 5.0)], quality=Quality.QUESTIONABLE)

    found = series(-20 * 60, 0)

    assert (found.resolution_s, found.mean, found.quality) == (0, [1.0, 2.0, 3.0, 5.0], [0, 0, 0, 1])
    assert found.min == found.max == found.mean


def test_the_rollup_and_what_is_not_rolled_up_yet_join_without_a_gap_or_a_double() -> None:
    walk(-2 * HOUR_S, 0, 10)

    roll_up(as_of=after(-1783))
    found = series(-2 * HOUR_S, 0)

    assert offsets(found) == [float(minute * 60) for minute in range(-120, 0)]


@pytest.mark.parametrize("span_s", [HOUR_S, 5 * HOUR_S, DAY_S])
@pytest.mark.parametrize("width", [7, 100, 1500])
def test_how_far_the_rollup_has_come_makes_no_difference(span_s: int, width: int) -> None:
    walk(-span_s, 0, span_s // 240)
    put([(POINT, after(-700), 1e6)], quality=Quality.INVALID)
    without = series(-span_s + 13, 0, width=width)

    for done_s in (-span_s // 2, 0):
        roll_up(as_of=after(done_s))
        found = series(-span_s + 13, 0, width=width)
        assert (found.t, found.min, found.max, found.quality) == (without.t, without.min, without.max, without.quality)
        assert found.mean == pytest.approx(without.mean)


@pytest.mark.parametrize(("span_s", "width"), [(1260, 1), (HOUR_S, 60), (DAY_S, 1000), (DAY_S, 37), (7 * DAY_S, 500)])
def test_there_are_no_more_buckets_than_the_screen_has_room_for(span_s: int, width: int) -> None:
    walk(-span_s, 0, 600)

    found = series(-span_s, 0, width=width)

    assert found.resolution_s == 60 * math.ceil(span_s / 60 / width)
    assert len(found.t) <= width + 1  # the first may begin before the span


def test_a_gap_stays_a_gap() -> None:
    walk(-HOUR_S, -1800, 10)
    walk(-600, 0, 10)
    roll_up(as_of=after(-300))

    found = offsets(series(-HOUR_S, 0))

    assert found == [float(minute * 60) for minute in [*range(-60, -30), *range(-10, 0)]]


def test_the_spike_of_one_sample_is_seen_in_a_day() -> None:
    walk(-DAY_S, 0, 300)
    put([(POINT, after(-43_210), 999.0), (POINT, after(-43_209), -999.0)])
    roll_up(as_of=NOW)

    found = series(-DAY_S, 0, width=50)

    assert (max(found.max), min(found.min)) == (999.0, -999.0)


def test_the_first_bucket_is_a_whole_one() -> None:
    put([(POINT, after(-HOUR_S), 1.0), (POINT, after(-HOUR_S + 50), 3.0)])
    roll_up(as_of=NOW)

    found = series(-HOUR_S + 30, 0)

    assert (offsets(found), found.mean) == ([-HOUR_S], [2.0])


def test_a_bucket_weighs_its_minutes_by_their_valid_samples() -> None:
    put([(POINT, after(-HOUR_S + s), 1.0) for s in range(9)] + [(POINT, after(-HOUR_S + 60), 11.0)])
    put([(POINT, after(-HOUR_S + 61 + s), 1e6) for s in range(9)], quality=Quality.INVALID)
    roll_up(as_of=NOW)

    assert series(-HOUR_S, 0, width=30).mean == [2.0]


def test_of_a_time_without_a_valid_sample_only_the_quality_is_told() -> None:
    put([(POINT, after(-HOUR_S), float("nan"))], quality=Quality.INVALID | Quality.FAILURE)
    put([(POINT, after(-60), float("nan"))], quality=Quality.INVALID | Quality.QUESTIONABLE)
    roll_up(as_of=after(-600))

    found = series(-HOUR_S, 0)

    assert (found.mean, found.min, found.max) == ([None, None],) * 3
    assert found.quality == [Quality.INVALID | Quality.FAILURE, Quality.INVALID]
