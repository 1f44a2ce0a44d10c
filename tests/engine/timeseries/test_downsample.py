import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.engine.timeseries.downsample import downsample, gaps_after, merge, width_for
from gridops.engine.timeseries.quality import Quality

GOOD, INVALID = 0, int(Quality.INVALID)


def good(time: list[int]) -> np.ndarray:
    return np.zeros(len(time), np.int64)


def test_every_bucket_keeps_its_extremes_its_last_value_and_a_lonely_spike() -> None:
    time = np.arange(0, 1000)
    value = np.sin(time / 50.0)
    value[777] = 100.0

    buckets = downsample(time, value, good(list(time)), width=100)

    assert buckets.start.tolist() == list(range(0, 1000, 100))
    assert buckets.maximum[7] == 100.0
    assert buckets.minimum.tolist() == [value[at : at + 100].min() for at in range(0, 1000, 100)]
    assert buckets.last.tolist() == value[99::100].tolist()


def test_a_value_counts_for_as_long_as_it_stands() -> None:
    time, value = np.array([0, 10, 50, 60, 119]), np.array([1.0, 3.0, 6.0, 2.0, 4.0])

    buckets = downsample(time, value, good([0] * 5), width=60)

    assert buckets.mean == pytest.approx([(1 * 10 + 3 * 40 + 6 * 10) / 60, (2 * 59 + 4 * 1) / 60])


def test_an_invalid_sample_ends_the_one_before_it_and_gives_only_its_quality() -> None:
    time, value = np.array([0, 10, 20, 60]), np.array([1.0, 99.0, 4.0, np.nan])
    quality = np.array([Quality.QUESTIONABLE, INVALID | Quality.OVERFLOW, GOOD, INVALID | Quality.QUESTIONABLE])

    buckets = downsample(time, value, quality, width=60)

    assert buckets.count.tolist() == [2, 0]
    assert buckets.mean[0] == pytest.approx((1 * 10 + 4 * 40) / 50)
    assert (buckets.minimum[0], buckets.maximum[0], buckets.last[0]) == (1.0, 4.0, 4.0)
    assert np.isnan([buckets.minimum[1], buckets.maximum[1], buckets.mean[1], buckets.last[1]]).all()
    assert buckets.quality.tolist() == [INVALID | Quality.OVERFLOW, INVALID]


def test_a_bucket_without_samples_is_absent_and_nothing_gives_nothing() -> None:
    assert downsample(np.array([0, 1, 50]), np.zeros(3), good([0] * 3), width=10).start.tolist() == [0, 50]
    assert len(downsample(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), width=10)) == 0


def test_a_width_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        downsample(np.array([0]), np.array([1.0]), good([0]), width=0)


@given(
    steps=st.lists(st.integers(1, 90), min_size=1, max_size=60),
    width=st.integers(1, 200),
    invalid=st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_buckets_agree_with_counting_second_by_second(steps: list[int], width: int, invalid: list[bool]) -> None:
    time = np.cumsum(steps)
    value = np.random.default_rng(len(steps)).normal(size=len(time))
    quality = np.where(invalid[: len(time)], INVALID, GOOD)

    found = downsample(time, value, quality, width=width)

    seconds = np.arange(time[0], (time[-1] // width + 1) * width)
    standing = np.searchsorted(time, seconds, side="right") - 1
    is_same_bucket = time[standing] // width == seconds // width
    counted = is_same_bucket & (quality[standing] == GOOD)
    for nth, start in enumerate(found.start.tolist()):
        mine = standing[counted & (seconds // width * width == start)]
        assert found.mean[nth] == pytest.approx(value[mine].mean()) if len(mine) else np.isnan(found.mean[nth])


def test_the_width_is_a_multiple_of_the_step_and_leaves_few_enough_buckets() -> None:
    assert width_for(86_400, 500, step=60) == 180
    assert width_for(10, 500) == 1


def test_a_gap_is_a_time_without_samples_that_is_longer_than_allowed() -> None:
    assert gaps_after(np.array([0, 10, 71, 131]), held=0, longest=60).tolist() == [1]
    assert gaps_after(np.array([0, 60, 180, 360]), held=60, longest=60).tolist() == [1, 2]
    assert gaps_after(np.array([0, 60, 180, 360]), held=60, longest=90).tolist() == [2]
    assert gaps_after(np.array([0, 900]), held=900, longest=0).tolist() == []
    assert gaps_after(np.zeros(0, np.int64), held=1, longest=1).tolist() == []


def test_short_buckets_merge_into_long_ones_by_how_long_each_is_known() -> None:
    merged = merge(
        time=np.array([120, 0, 60, 180]),  # in any order
        count=np.array([0, 4, 2, 0]),
        known=np.array([0, 60, 20, 0]),
        minimum=np.array([np.nan, 1.0, -5.0, np.nan]),
        maximum=np.array([np.nan, 3.0, 9.0, np.nan]),
        mean=np.array([np.nan, 2.0, 6.0, np.nan]),
        quality=np.array([INVALID, GOOD, Quality.QUESTIONABLE | Quality.OVERFLOW, INVALID]),
        width=120,
    )

    start, count, minimum, maximum, mean, quality = (column.tolist() for column in merged)
    assert (start, count) == ([0, 120], [6, 0])
    assert (minimum[0], maximum[0], mean[0]) == (-5.0, 9.0, pytest.approx((2 * 60 + 6 * 20) / 80))
    assert np.isnan([minimum[1], maximum[1], mean[1]]).all()
    assert quality == [Quality.QUESTIONABLE | Quality.OVERFLOW, INVALID]


def test_buckets_that_are_long_enough_are_only_put_in_order() -> None:
    values = np.array([2.0, 1.0])
    columns = {"minimum": values, "maximum": values, "mean": values, "quality": good([0] * 2)}

    start, *_, mean, _ = merge(
        time=np.array([60, 0]), count=np.array([1, 1]), known=np.array([60, 60]), **columns, width=60
    )

    assert (start.tolist(), mean.tolist()) == ([0, 60], [1.0, 2.0])
    with pytest.raises(ValueError, match="positive"):
        merge(time=np.array([0]), count=np.array([1]), known=np.array([60]), **columns, width=0)
