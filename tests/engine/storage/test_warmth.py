"""Cells warm up and cool down by one time constant."""

import numpy as np
import pytest

from gridops.engine.storage.warmth import cell_temperature


def warmed(rate: np.ndarray, step_s: float) -> np.ndarray:
    around = np.full((1, len(rate)), 20.0)
    return cell_temperature(around, rate[None], rise_c=16.0, time_constant_s=7200.0, step_s=step_s)[0]


def test_a_lasting_rate_comes_to_its_lasting_rise() -> None:
    assert warmed(np.full(100, -0.5), 3600.0)[-1] == pytest.approx(24.0)


def test_a_rest_changes_nothing_and_the_surroundings_are_followed() -> None:
    around = np.r_[np.full(5, 20.0), np.full(60, 30.0)][None]
    found = cell_temperature(around, np.zeros((1, 65)), rise_c=16.0, time_constant_s=7200.0, step_s=3600.0)[0]
    assert found[:5] == pytest.approx(20.0)
    assert found[-1] == pytest.approx(30.0)


def test_long_steps_have_the_mean_of_short_ones() -> None:
    rate = np.repeat(np.array([0.5, 0.0, -1.0, 0.2]), 60)
    assert warmed(rate[::60], 3600.0) == pytest.approx(warmed(rate, 60.0).reshape(4, 60).mean(axis=1))


def test_it_warms_as_the_closed_form_tells() -> None:
    ends = 16 * 0.25 * (1 - np.exp(-np.arange(1, 4) * 60.0 / 7200.0))
    assert warmed(np.full(3, 0.5), 60.0) == pytest.approx(20 + ends - 0.5 * np.diff(np.r_[0, ends]), rel=1e-5)


def test_a_time_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        warmed(np.zeros(2), 0.0)
