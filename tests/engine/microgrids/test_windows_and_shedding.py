import pytest

from gridops.engine.microgrids.shedding import (
    Generator,
    IslandSupply,
    Wanted,
    choose_shedding,
    hours_carried,
    island_frequency_hz,
)
from gridops.engine.microgrids.windows import enter_service, service_objection, sync_objection, sync_window
from gridops.simulator.microgrids import windows as fields_own

WANTED = Wanted(hours=4.0, low_hz=49.0, high_hz=51.0)


def supply(**more):
    values = {"battery_kw": 250.0, "battery_kwh": 800.0, "generators": [Generator(220.0, 66.0, 4000.0)]}
    return IslandSupply(**(values | {"renewable_kw": 0.0} | more))


@pytest.mark.parametrize(
    ("kva", "limits"), [(500.0, (0.3, 0.10, 20.0)), (501.0, (0.2, 0.05, 15.0)), (1501.0, (0.1, 0.03, 10.0))]
)
def test_windows_are_those_of_table_5_and_of_the_field(kva, limits):
    window, field = sync_window(kva), fields_own.sync_window(kva)
    assert (window.slip_hz, window.voltage_pu, window.angle_deg) == limits
    assert (field.frequency_hz, field.voltage_pu, field.angle_deg) == limits


def test_entering_service_at_60_hz_is_the_standard_s_own_setting():
    band = enter_service(60.0)
    assert (band.low_pu, band.high_pu, band.low_hz, band.high_hz, band.delay_s) == (0.917, 1.05, 59.5, 60.1, 300.0)
    assert enter_service(50.0).low_hz == pytest.approx(49.583, abs=1e-3)


def test_what_is_not_known_is_an_objection():
    assert "not known" in service_objection(None, 50.0, enter_service(50.0))
    assert "not known" in sync_objection(0.0, None, 0.0, sync_window(400.0))
    assert not service_objection(1.0, 50.0, enter_service(50.0))


def test_an_angle_is_taken_around_the_circle():
    assert not sync_objection(0.0, 0.0, 355.0, sync_window(400.0))
    assert "angle" in sync_objection(0.0, 0.0, 180.0, sync_window(400.0))


def test_the_droop_is_the_change_of_power_over_the_sum_of_slopes():
    """250 kW over 2 % and 220 kW over 4 %, of 50 Hz: 250 and 110 kW a Hz."""
    assert island_frequency_hz(supply(), 90.0, running_kw=220.0) == pytest.approx(50.0 - 90.0 / (250.0 + 110.0))
    assert island_frequency_hz(supply(), 50.0, running_kw=0.0) == pytest.approx(49.8)


def test_nothing_is_cut_and_nothing_runs_where_the_battery_lasts():
    found = choose_shedding(supply(), (50.0, 50.0, 50.0), WANTED).chosen
    assert (found.group, found.generator_kw, found.carries) == (0, (0.0,), True)
    assert found.hours == pytest.approx(800.0 / 150.0)


def test_a_generator_goes_before_shedding():
    found = choose_shedding(supply(), (100.0, 100.0, 100.0), WANTED).chosen
    assert found.group == 0
    assert found.generator_kw[0] > 0


def test_the_last_priority_is_cut_first_and_only_as_far_as_needed():
    found = choose_shedding(supply(generators=[]), (60.0, 60.0, 400.0), WANTED)
    assert (found.chosen.group, found.chosen.served_kw) == (1, 120.0)
    assert "deferrable" in found.reason
    assert choose_shedding(supply(generators=[]), (60.0, 300.0, 400.0), WANTED).chosen.group == 2


def test_what_even_the_most_does_not_carry_is_said():
    found = choose_shedding(supply(generators=[]), (900.0, 0.0, 0.0), WANTED)
    assert not found.chosen.carries
    assert "Even so" in found.reason


def test_energy_is_that_of_battery_and_tanks():
    """220 kW from a tank of 440 kWh for 2 h beside a battery that gives 30 kW, then 250 kW of what it has left."""
    made = supply(generators=[Generator(220.0, 0.0, 440.0)])
    assert hours_carried(made, 250.0, 1) == pytest.approx(2.0 + (800.0 - 60.0) / 250.0)
    assert hours_carried(made, 0.0, 0) == float("inf")


def test_too_much_sun_for_an_island_is_an_objection():
    found = choose_shedding(supply(renewable_kw=600.0), (20.0, 20.0, 20.0), WANTED).chosen
    assert "too many" in found.objection
