import pytest

from gridops.simulator.microgrids.swing import DAMPING, DROOP, NOMINAL_HZ, STEP_S, VIRTUAL_INERTIA_S, Swing

NEVER_S = 1e12


def settle(swing: Swing, load_kw: float, seconds: float, *, plants_kw: float = 0.0, within_s: float = NEVER_S) -> None:
    for _ in range(round(seconds / STEP_S)):
        swing.advance(
            load_kw=load_kw,
            plants_kw=plants_kw,
            limits_kw=(-1000.0, 1000.0),
            gensets=(),
            wanted_hz=NOMINAL_HZ,
            within_s=within_s,
        )


def test_a_step_of_load_settles_where_droop_and_damping_meet() -> None:
    swing = Swing(1000.0)
    settle(swing, 600.0, 10.0)
    droop_kw_per_hz, damping_kw_per_hz = 1000.0 / (DROOP * NOMINAL_HZ), DAMPING * 600.0 / NOMINAL_HZ
    assert swing.hz - NOMINAL_HZ == pytest.approx(-600.0 / (droop_kw_per_hz + damping_kw_per_hz), rel=1e-3)


def test_the_first_slope_is_that_of_the_inertia() -> None:
    swing = Swing(1000.0)
    settle(swing, 600.0, STEP_S)
    assert (swing.hz - NOMINAL_HZ) / STEP_S == pytest.approx(-600.0 * NOMINAL_HZ / (2 * VIRTUAL_INERTIA_S * 1000.0))


def test_the_secondary_control_brings_the_frequency_back_and_the_battery_carries_the_load() -> None:
    swing = Swing(1000.0)
    settle(swing, 600.0, 60.0, within_s=8.0)
    assert swing.hz == pytest.approx(NOMINAL_HZ, abs=0.001)
    assert swing.battery_kw == pytest.approx(600.0, abs=0.5)


def test_plants_give_less_where_the_battery_cannot_take_it_all() -> None:
    swing = Swing(1000.0)
    settle(swing, 100.0, 60.0, plants_kw=1600.0, within_s=8.0)
    assert swing.battery_kw == pytest.approx(-1000.0, abs=1.0)
    assert swing.plant_share * 1600.0 == pytest.approx(100.0 * swing.load_factor + 1000.0, abs=2.0)
    assert 50.2 < swing.hz < 51.5
