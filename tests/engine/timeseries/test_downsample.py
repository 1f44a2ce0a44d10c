import numpy as np
import pytest

from gridops.engine.timeseries.downsample import downsample, width_for


def test_a_single_spike_survives():
    time, value = np.arange(10_000), np.zeros(10_000)
    value[4321] = 99.0
    buckets = downsample(time, value, width=100)
    assert buckets.maximum.max() == 99.0
    assert buckets.start[buckets.maximum.argmax()] == 4300
    assert len(buckets.start) == 100


def test_counts_and_means_add_up_to_the_whole():
    rng = np.random.default_rng(3)
    time, value = np.sort(rng.integers(0, 10_000, 777)), rng.standard_normal(777)
    buckets = downsample(time, value, width=60)
    assert buckets.count.sum() == 777
    assert (buckets.mean * buckets.count).sum() == pytest.approx(value.sum())
    assert (buckets.minimum <= buckets.mean).all() and (buckets.mean <= buckets.maximum).all()


def test_empty_buckets_and_unknown_values_are_left_out():
    buckets = downsample(np.array([0, 1, 50]), np.array([1.0, np.nan, 3.0]), width=10)
    np.testing.assert_array_equal(buckets.start, [0, 50])
    np.testing.assert_array_equal(buckets.count, [1, 1])
    assert len(downsample(np.zeros(0, np.int64), np.zeros(0), width=10).start) == 0


def test_a_width_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive"):
        downsample(np.array([0]), np.array([1.0]), width=0)


def test_the_width_gives_no_more_buckets_than_asked_for():
    assert width_for(86_400, 500, step=60) == 180
    assert width_for(10, 500) == 1
