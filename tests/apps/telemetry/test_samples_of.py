import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from apps.telemetry.choices import DataClass, Quantity
from apps.telemetry.models import MeasurementPoint, RetentionPolicy
from apps.telemetry.selectors import Series, TooManyPoints, history, samples_of
from apps.telemetry.services.rollup import roll_up
from gridops.engine.timeseries.downsample import downsample
from gridops.engine.timeseries.quality import Quality
from tests.apps.telemetry.history import NOW, after, put, rolled_up_until

pytestmark = pytest.mark.django_db
HOUR_S, DAY_S = 3600, 86_400
POINT = 7


@pytest.fixture(autouse=True)
def _nothing_rolled_up() -> None:
    rolled_up_until(NOW - timedelta(days=1))


@pytest.fixture
def rollups_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_SAMPLES_READ", 0)


def point(key: int = POINT, *, quantity: str = Quantity.VOLTAGE, max_silence_s: float = 60.0) -> MeasurementPoint:
    return MeasurementPoint(pk=key, quantity=quantity, max_silence_s=max_silence_s)


def series(first_s: float, last_s: float, *, width: int = 1000, of: MeasurementPoint | None = None) -> Series:
    of = of or point()
    return samples_of(points=[of], start=after(first_s), end=after(last_s), width=width)[of.pk]


def known(found: Series) -> Series:
    """Without the marks of silence."""
    here = found.quality >= 0
    columns = {name: getattr(found, name)[here] for name in ("t", "min", "max", "mean", "quality", "count")}
    return Series(found.data_class, found.resolution_s, **columns)


def offsets(found: Series) -> list[float]:
    return (found.t - NOW.timestamp()).tolist()


def walk(first_s: int, last_s: int, step_s: int) -> None:
    rng = random.Random(first_s)
    put([(key, after(s), rng.uniform(0, 10)) for s in range(first_s, last_s, step_s) for key in (POINT, POINT + 1)])


def test_a_short_span_shows_every_sample() -> None:
    put([(POINT, after(-3), 1.0), (POINT, after(-1), 3.0), (POINT, after(-2), 2.0), (POINT + 1, after(-2), 9.0)])
    put([(POINT, after(-0.5), 5.0)], quality=Quality.QUESTIONABLE)

    found = series(-20 * 60, 0)

    assert (found.data_class, found.resolution_s) == (DataClass.SAMPLES, 0)
    assert (found.mean.tolist(), found.quality.tolist()) == ([1.0, 2.0, 3.0, 5.0], [0, 0, 0, 1])
    assert found.min.tolist() == found.max.tolist() == found.mean.tolist()


def test_more_samples_than_pixels_are_gathered_to_the_width() -> None:
    walk(-HOUR_S, 0, 2)
    put([(POINT, after(-1801), 999.0)])

    found = series(-HOUR_S, 0, width=300)

    assert (found.data_class, found.resolution_s) == (DataClass.SAMPLES, 12)
    assert len(found.t) == 300
    assert found.max.max() == 999.0
    assert found.count.tolist() == [6] * 149 + [7] + [6] * 150


@pytest.mark.usefixtures("rollups_only")
def test_the_rollup_and_what_is_not_rolled_up_yet_join_without_a_gap_or_a_double() -> None:
    walk(-2 * HOUR_S, 0, 10)

    roll_up(as_of=after(-1783))

    assert offsets(series(-2 * HOUR_S, 0)) == [float(minute * 60) for minute in range(-120, 0)]


@pytest.mark.usefixtures("rollups_only")
@pytest.mark.parametrize("span_s", [HOUR_S, 5 * HOUR_S, DAY_S])
@pytest.mark.parametrize("width", [3, 7, 100, 1500])
def test_how_far_the_rollup_has_come_makes_no_difference(span_s: int, width: int) -> None:
    walk(-span_s, 0, span_s // 240)
    put([(POINT, after(-700), 1e6)], quality=Quality.INVALID)
    without = series(-span_s + 13, 0, width=width)

    for done_s in (-span_s // 2, -300, 0):
        roll_up(as_of=after(done_s))
        found = series(-span_s + 13, 0, width=width)
        for name in ("t", "min", "max", "quality", "count"):
            np.testing.assert_array_equal(getattr(found, name), getattr(without, name))
        np.testing.assert_allclose(found.mean, without.mean)


@pytest.mark.parametrize(("span_s", "width"), [(1260, 1), (HOUR_S, 60), (DAY_S, 1000), (DAY_S, 37), (7 * DAY_S, 500)])
def test_there_are_no_more_buckets_than_the_screen_has_room_for(span_s: int, width: int) -> None:
    walk(-span_s, 0, 600)

    found = series(-span_s, 0, width=width)

    assert span_s / width <= found.resolution_s <= 2 * max(span_s / width, 60) or found.resolution_s == 0
    assert len(known(found).t) <= (width + 1 if found.resolution_s else 2 * width)
    assert len(found.t) <= 2 * len(known(found).t)


def test_a_gap_stays_a_gap() -> None:
    walk(-5 * HOUR_S, -2 * HOUR_S, 10)
    walk(-HOUR_S, 0, 10)
    roll_up(as_of=after(-300))

    found = series(-5 * HOUR_S, 0, width=300)

    (mark,) = np.flatnonzero(np.isnan(found.mean))
    assert offsets(found)[mark - 1 : mark + 2] == [-2 * HOUR_S - 60, -2 * HOUR_S, -HOUR_S]
    assert (found.quality[mark], found.count[mark]) == (-1, 0)


def test_a_point_may_be_silent_as_long_as_its_limit_says() -> None:
    put([(POINT, after(s), 1.0) for s in (-600, -300, 0)])

    assert np.isnan(series(-700, 1, of=point(max_silence_s=299)).mean).sum() == 2
    assert not np.isnan(series(-700, 1, of=point(max_silence_s=300)).mean).any()


def test_a_switch_that_says_nothing_stands_where_it_stood() -> None:
    put([(POINT, after(-6 * HOUR_S), 1.0), (POINT, after(-10), 0.0)])

    assert series(-DAY_S, 0, of=point(quantity=Quantity.SWITCH_STATE)).mean.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("span_s", [600, 2 * HOUR_S, DAY_S])
@pytest.mark.parametrize("width", [1, 2, 50, 1440, 5000])
def test_the_spike_of_one_sample_is_seen_at_any_zoom(span_s: int, width: int) -> None:
    walk(-span_s, 0, max(1, span_s // 300))
    put([(POINT, after(-span_s // 2 - 0.5), 999.0), (POINT, after(-span_s // 2 - 0.25), -999.0)])
    roll_up(as_of=NOW)

    found = series(-span_s, 0, width=width)

    assert (np.nanmax(found.max), np.nanmin(found.min)) == (999.0, -999.0)


def test_the_first_bucket_is_a_whole_one() -> None:
    put([(POINT, after(-DAY_S), 1.0), (POINT, after(-DAY_S + 30), 3.0)])
    roll_up(as_of=NOW)

    found = series(-DAY_S + 40, 0)

    assert (offsets(found), found.mean.tolist()) == ([-DAY_S], [2.0])


@pytest.mark.usefixtures("rollups_only")
def test_every_minute_with_a_valid_sample_counts_alike() -> None:
    put([(POINT, after(-HOUR_S + s), 1.0) for s in range(9)] + [(POINT, after(-HOUR_S + 60), 11.0)])
    put([(POINT, after(-HOUR_S + 120 + s), 1e6) for s in range(9)], quality=Quality.INVALID)
    roll_up(as_of=NOW)

    assert series(-HOUR_S, 0, width=12).mean.tolist() == [6.0]


def test_of_a_time_without_a_valid_sample_only_the_quality_is_told() -> None:
    put([(POINT, after(-5 * HOUR_S), float("nan"))], quality=Quality.INVALID | Quality.FAILURE)
    put([(POINT, after(-60), float("nan"))], quality=Quality.INVALID | Quality.QUESTIONABLE)
    roll_up(as_of=after(-600))

    found = known(series(-5 * HOUR_S, 0, width=100))

    assert np.isnan([found.mean, found.min, found.max]).all()
    assert found.quality.tolist() == [Quality.INVALID | Quality.FAILURE, Quality.INVALID]


def test_where_the_finer_rollups_are_gone_the_next_ones_answer() -> None:
    walk(-DAY_S, 0, 60)
    roll_up(as_of=NOW)
    gone = {DataClass.SAMPLES: NOW, DataClass.MINUTE: after(-HOUR_S), DataClass.QUARTER: after(-20 * HOUR_S)}
    for data_class, before in gone.items():
        RetentionPolicy.objects.update_or_create(
            data_class=data_class, defaults={"keep_days": 1, "dropped_before": before}
        )

    classes = {hours: series(-hours * HOUR_S, 0).data_class for hours in (1, 2, 21)}

    assert classes == {1: DataClass.MINUTE, 2: DataClass.QUARTER, 21: DataClass.HOUR}


def test_what_was_known_at_a_time_is_what_had_come_by_then() -> None:
    put([(POINT, after(-3600 + s), 1.0) for s in range(0, 60, 10)])
    put([(POINT, after(-3600 + 5), 50.0)], received_at=after(-600))
    roll_up(as_of=NOW)

    def most(known_at: datetime) -> float:
        found = samples_of(points=[point()], start=after(-DAY_S), end=NOW, width=10, known_at=known_at)
        return float(np.nanmax(found[POINT].max))

    assert (most(after(-601)), most(after(-600))) == (1.0, 50.0)


def test_several_points_come_at_once_and_one_without_samples_is_empty() -> None:
    walk(-600, 0, 10)

    found = samples_of(points=[point(8), point(9), point(7)], start=after(-600), end=NOW, width=100)

    assert list(found) == [8, 9, 7]
    assert [len(one.t) for one in found.values()] == [60, 0, 60]
    with pytest.raises(TooManyPoints):
        samples_of(points=[point(n) for n in range(9)], start=after(-600), end=NOW, width=100)


def test_a_day_in_order_of_time_is_not_read_through_for_one_trend(monkeypatch: pytest.MonkeyPatch) -> None:
    walk(-12 * HOUR_S, 0, 60)
    roll_up(as_of=NOW)

    monkeypatch.setattr(history, "MAX_PAGES_READ", -1)

    assert series(-HOUR_S, 0).data_class == DataClass.MINUTE


@pytest.mark.usefixtures("rollups_only")
@pytest.mark.parametrize("width", [3, 24, 100, 700, 2000])
def test_what_is_answered_is_what_numpy_finds_in_all_samples(width: int) -> None:
    rng = np.random.default_rng(50)
    at_s = np.sort(rng.choice(2 * DAY_S, 3000, replace=False)) - 2 * DAY_S
    value, quality = rng.normal(20, 1, 3000), rng.choice([0, 0, 0, 1, 2, 2 | 4], 3000)
    rolled_up_until(after(-2 * DAY_S))
    is_late = rng.random(3000) < 0.1
    for bits in np.unique(quality):
        for late in (False, True):
            chosen = (quality == bits) & (is_late == late)
            rows = zip(at_s[chosen].tolist(), value[chosen].tolist(), strict=True)
            put(
                [(POINT, after(second), one) for second, one in rows],
                quality=int(bits),
                received_at=after(-1800) if late else None,
            )
    roll_up(as_of=after(-900))

    found = known(series(-2 * DAY_S, 0, width=width))

    time = at_s + int(NOW.timestamp())
    minutes = downsample(time, value, quality, width=60)
    whole = downsample(time, value, quality, width=int(found.resolution_s))
    np.testing.assert_array_equal(found.t, whole.start)
    for name, oracle in {"min": whole.minimum, "max": whole.maximum, "quality": whole.quality}.items():
        np.testing.assert_array_equal(getattr(found, name), oracle)
    np.testing.assert_array_equal(found.count, whole.count)
    place = np.searchsorted(whole.start, minutes.start, side="right") - 1
    of_known = [minutes.mean[(place == nth) & (minutes.count > 0)] for nth in range(len(whole))]
    means = np.array([part.mean() if len(part) else np.nan for part in of_known])
    np.testing.assert_allclose(found.mean, means)
