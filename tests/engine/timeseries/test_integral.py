import numpy as np
import pytest

from gridops.engine.timeseries.integral import covered_hours, integral_hours

HOUR = np.array([0.0, 1800.0, 3600.0])


def test_a_constant_power_over_an_hour_is_its_energy() -> None:
    assert integral_hours(HOUR, np.full(3, 5.0), longest_gap_s=1800) == pytest.approx(5.0)


def test_a_ramp_counts_its_mean() -> None:
    assert integral_hours(HOUR, np.array([0.0, 1.0, 2.0]), longest_gap_s=1800) == pytest.approx(1.0)


def test_a_gap_counts_nothing() -> None:
    time = np.array([0.0, 10.0, 5000.0, 5010.0])
    assert integral_hours(time, np.full(4, 360.0), longest_gap_s=60) == pytest.approx(2.0)
    assert covered_hours(time, np.full(4, 360.0), longest_gap_s=60) == pytest.approx(20 / 3600)


def test_an_unknown_value_makes_its_steps_unknown() -> None:
    assert covered_hours(HOUR, np.array([1.0, np.nan, 1.0]), longest_gap_s=1800) == 0.0


def test_a_single_value_has_no_extent() -> None:
    assert integral_hours(np.array([1.0]), np.array([1.0]), longest_gap_s=60) == 0.0
