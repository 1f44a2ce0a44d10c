"""The course of the frequency against closed forms."""

import numpy as np
import pytest

from gridops.engine.stability.area import Area, Fast, droop_of
from gridops.engine.stability.swing import after_loss, first_rocof, settled_hz
from tests.engine.stability.areas import area

NONE = Fast.full_at(np.zeros((1, 1)), full_hz=0.5, deadband_hz=0.0, delay_s=0.0, lag_s=0.1)

LOSS = np.array([8_000.0])


def test_the_first_rate_of_change_is_the_loss_over_twice_the_inertia() -> None:
    found = after_loss(area(governor_lag_s=1e6, damping=0.0), LOSS, NONE, seconds=1.0)
    expected = -8_000 * 50 / (2 * 500_000)
    assert first_rocof(area(), LOSS)[0] == pytest.approx(expected)
    assert found.rocof_hz_s[0] == pytest.approx(expected, rel=1e-3)


def test_the_frequency_settles_at_the_loss_over_droop_and_damping() -> None:
    found = after_loss(area(), LOSS, NONE, seconds=120.0)
    expected = 50 - 8_000 / (100_000 / (0.05 * 50) + 80_000 / 50)
    assert found.settling_hz[0] == pytest.approx(expected, abs=1e-4)
    assert settled_hz(area(), LOSS, NONE)[0] == pytest.approx(expected, abs=1e-9)


def test_the_nadir_is_that_of_the_second_order_system() -> None:
    """Two poles: governor and shaft; s^2 + s (1/T + D/M) + (K + D)/(M T) = 0."""
    inertia, lag, damping, slope = 2 * 500_000 / 50, 8.0, 80_000 / 50, 100_000 / 2.5
    time = np.arange(0.0, 30.0, 0.001)
    poles = np.roots([1.0, 1 / lag + damping / inertia, (slope + damping) / (inertia * lag)])
    settled = 8_000 / (slope + damping)
    first, second = poles
    # y(0) = 0, y'(0) = loss / M
    a = (8_000 / inertia + second * settled) / (first - second)
    course = settled + (a * np.exp(first * time) + (-settled - a) * np.exp(second * time)).real
    found = after_loss(area(), LOSS, NONE)
    assert 50 - found.nadir_hz[0] == pytest.approx(course.max(), rel=2e-3)
    assert found.nadir_s[0] == pytest.approx(time[course.argmax()], abs=0.03)


def test_fast_plants_lift_the_nadir_and_slow_or_small_ones_lift_it_less() -> None:
    def nadir(**changed: float) -> float:
        values = {"full_hz": 0.5, "deadband_hz": 0.05, "delay_s": 0.1, "lag_s": 0.2} | changed
        fast = Fast.full_at(np.full((1, 1), values.pop("kw", 3_000.0)), **values)
        return float(after_loss(area(), LOSS, fast).nadir_hz[0])

    alone = float(after_loss(area(), LOSS, NONE).nadir_hz[0])
    assert alone < nadir(lag_s=3.0) < nadir() < nadir(kw=6_000.0)
    assert nadir(delay_s=1.5) < nadir()
    assert nadir(deadband_hz=0.3) < nadir()


def test_a_plant_without_energy_left_gives_no_more() -> None:
    kw, kwh = np.full((1, 1), 3_000.0), 3.0
    fast = Fast.full_at(kw, full_hz=0.3, deadband_hz=0.02, delay_s=0.1, lag_s=0.1, energy_kwh=kwh)
    found = after_loss(area(), LOSS, fast, seconds=60.0)
    assert found.fast_kwh[0] == pytest.approx(kwh, rel=0.05)
    assert found.fast_kw[0, -1] == pytest.approx(0.0, abs=1.0)
    endless = Fast.full_at(kw, full_hz=0.3, deadband_hz=0.02, delay_s=0.1, lag_s=0.1)
    assert after_loss(area(), LOSS, endless, seconds=60.0).settling_hz[0] > found.settling_hz[0]


def test_scenarios_side_by_side_are_those_one_by_one() -> None:
    both = Area(*(np.array(pair) for pair in zip(_columns(area()), _columns(area(kinetic_kws=250_000.0)), strict=True)))
    together = after_loss(both, np.array([8_000.0, 4_000.0]), NONE)
    assert together.nadir_hz[0] == pytest.approx(after_loss(area(), LOSS, NONE).nadir_hz[0], abs=1e-12)
    alone = after_loss(area(kinetic_kws=250_000.0), np.array([4_000.0]), NONE)
    assert together.nadir_hz[1] == pytest.approx(alone.nadir_hz[0], abs=1e-12)


def _columns(one: Area) -> list[float]:
    names = [name for name in Area.__slots__ if name != "nominal_hz"]
    return [float(getattr(one, name)[0]) for name in names]


def test_a_share_at_a_deviation_is_a_droop() -> None:
    droop = droop_of(np.array([250.0, 0.0]), np.array([500.0, 500.0]), full_hz=0.5, deadband_hz=0.02)
    assert droop[0] == pytest.approx(0.48 / 50 * 2)
    assert np.isinf(droop[1])
    with pytest.raises(ValueError, match="full_hz"):
        Fast.full_at(np.zeros((1, 1)), full_hz=0.1, deadband_hz=0.1, delay_s=0.0, lag_s=0.1)
