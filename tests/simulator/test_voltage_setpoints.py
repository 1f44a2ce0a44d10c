"""Voltage controllers that take their set-point from afar, and loads that follow the voltage."""

from datetime import timedelta

import numpy as np
import pytest

from gridops.simulator.field import Field
from gridops.simulator.points import Quantity
from tests.simulator.test_devices import START, command, field, point


def settled(one: Field, minutes: float) -> None:
    for minute in np.arange(1.0, minutes + 1):
        one.step(START + timedelta(minutes=float(minute)))


def test_the_tap_goes_where_the_set_point_says_and_stays_there_in_automatic() -> None:
    one = field()
    setting = point(one, "t1", Quantity.VOLTAGE_SETPOINT)
    unit = one.table.points[setting].index
    low = one.world.truth.network.transformers.low_node[unit]
    settled(one, 5)
    before_pu, target = float(one.state.grid.voltage_pu[low]), float(one.true_values[setting])
    for other, row in enumerate(one.table.points):  # those in parallel too
        if row.quantity is Quantity.VOLTAGE_SETPOINT:
            assert command(one, other, target - 0.04) == ""
    for minute in range(6, 60):
        one.step(START + timedelta(minutes=minute))
    assert one.true_values[setting] == pytest.approx(target - 0.04)
    assert one.world.regulators.is_automatic[unit]
    assert one.state.grid.voltage_pu[low] < before_pu - 0.02, "longer than a step by hand would have lasted"


def test_a_set_point_that_no_controller_takes_is_refused_with_its_range() -> None:
    one = field()
    assert "0.9 to 1.1" in command(one, point(one, "t1", Quantity.VOLTAGE_SETPOINT), 0.5)


def test_loads_that_follow_draw_what_their_voltage_gives_them() -> None:
    plain, following = field(), field()
    following.world.loads_by_voltage.is_on = True
    one, other = (each.step(START + timedelta(seconds=2)) is not None and each.state for each in (plain, following))
    response = following.world.loads_by_voltage
    voltage, loads = other.grid.voltage_pu[response.node], response.loads
    share = response.impedance * voltage**2 + 0.1 * voltage + (0.9 - response.impedance)
    assert other.p_kw[loads] == pytest.approx(one.p_kw[loads] * share, rel=1e-3)
    assert other.p_kw[loads.stop :] == pytest.approx(one.p_kw[loads.stop :]), "plants give what they give"
    assert np.abs(other.p_kw[loads] - one.p_kw[loads]).max() > 0.001 * np.abs(one.p_kw[loads]).max()
