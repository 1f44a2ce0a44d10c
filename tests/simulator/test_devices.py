from datetime import datetime, timedelta

import numpy as np
import pytest

from gridops.simulator.devices import DOUBLE_OFF, DOUBLE_ON, RELEASE_OFFSET, STEP_HIGHER
from gridops.simulator.field import Field, to_us
from gridops.simulator.points import Column, Quantity
from gridops.simulator.state import CLOSED, OPEN, TRAVELLING
from tests.simulator.town import START, town

TAIL = "cb-0"


def field() -> Field:
    one = Field(town(), seed=1, started_at=START, speed=60.0)
    one.devices.stuck.clear()
    one.devices.locked.clear()
    one.step(START)
    return one


def point(one: Field, equipment: str, quantity: Quantity) -> int:
    return next(
        p for p, row in enumerate(one.table.points) if (row.equipment_mrid, row.quantity) == (equipment, quantity)
    )


def command(one: Field, position: int, value: float, seconds: float = 0.0, offset: int = 0) -> str:
    at_us = to_us(START + timedelta(seconds=seconds))
    ioa = int(one.table.ioa[position]) + offset
    return one.devices.execute(int(one.table.common_address[position]), ioa, value, at_us)


def test_a_switch_travels_and_then_stands_where_it_was_told() -> None:
    one = field()
    breaker = point(one, TAIL, Quantity.SWITCH_STATE)
    assert command(one, breaker, DOUBLE_OFF) == ""
    one.step(START + timedelta(milliseconds=50))
    assert one.true_values[breaker] == TRAVELLING
    one.step(START + timedelta(seconds=3))
    assert one.true_values[breaker] == OPEN


def test_its_move_is_reported_with_the_time_of_the_move() -> None:
    one = field()
    breaker = point(one, TAIL, Quantity.SWITCH_STATE)
    command(one, breaker, DOUBLE_OFF, 1.0)
    readings = one.step(START + timedelta(seconds=4))
    at = np.flatnonzero(readings.point == breaker)
    assert readings.value[at].tolist() == [OPEN]
    assert to_us(START + timedelta(seconds=1)) < readings.at_us[at][0] < to_us(START + timedelta(seconds=2))


def test_opening_the_breaker_takes_the_supply_of_its_feeder() -> None:
    one = field()
    command(one, point(one, TAIL, Quantity.SWITCH_STATE), DOUBLE_OFF)
    one.step(START + timedelta(seconds=3), everything=True)
    assert one.true_values[point(one, "line-0-1", Quantity.ACTIVE_POWER)] == 0


def test_a_command_to_where_the_switch_stands_is_refused() -> None:
    one = field()
    assert "stands there" in command(one, point(one, TAIL, Quantity.SWITCH_STATE), DOUBLE_ON)


def test_a_second_command_on_the_way_is_refused() -> None:
    one = field()
    breaker = point(one, TAIL, Quantity.SWITCH_STATE)
    command(one, breaker, DOUBLE_OFF)
    assert "moving" in command(one, breaker, DOUBLE_OFF, 0.01)


def test_a_locked_switch_refuses() -> None:
    one = field()
    breaker = point(one, TAIL, Quantity.SWITCH_STATE)
    one.devices.locked.add(one.table.points[breaker].index)
    assert "locked" in command(one, breaker, DOUBLE_OFF)
    one.step(START + timedelta(seconds=3))
    assert one.true_values[breaker] == CLOSED


def test_a_stuck_switch_accepts_and_comes_back() -> None:
    one = field()
    breaker = point(one, TAIL, Quantity.SWITCH_STATE)
    one.devices.stuck.add(one.table.points[breaker].index)
    assert command(one, breaker, DOUBLE_OFF) == ""
    one.step(START + timedelta(seconds=3))
    assert one.true_values[breaker] == CLOSED


def test_a_step_command_moves_one_tap_and_takes_the_regulator_off() -> None:
    one = field()
    tap = point(one, "t1", Quantity.TAP_POSITION)
    before = one.true_values[tap]
    assert command(one, tap, STEP_HIGHER) == ""
    one.step(START + timedelta(seconds=10))
    assert one.true_values[tap] == before + 1
    assert not one.world.regulators.is_automatic[one.table.points[tap].index]
    one.step(START + timedelta(seconds=700))
    assert one.world.regulators.is_automatic[one.table.points[tap].index]


def test_a_curtailed_generator_gives_no_more_than_its_limit_until_it_is_released() -> None:
    one = field()
    power = next(
        p for p, row in enumerate(one.table.points) if row.equipment_mrid == "wind" and row.column is Column.ELEMENT_P
    )
    assert one.true_values[power] < -300
    assert command(one, power, -200.0) == ""
    one.step(START + timedelta(seconds=2))
    assert one.true_values[power] == pytest.approx(-200.0)
    assert command(one, power, 0, offset=RELEASE_OFFSET) == ""
    one.step(START + timedelta(seconds=4))
    assert one.true_values[power] < -300


def test_a_set_point_beyond_the_rating_is_refused() -> None:
    one = field()
    power = point(one, "battery", Quantity.ACTIVE_POWER)
    assert "cannot give" in command(one, power, 900.0)


def test_a_battery_follows_its_set_point_until_it_is_empty() -> None:
    one = field()
    power = point(one, "battery", Quantity.ACTIVE_POWER)
    command(one, power, -400.0)
    one.step(START + timedelta(seconds=1))
    assert one.true_values[power] == pytest.approx(-400.0)
    for minutes in range(2, 150, 2):
        one.step(START + timedelta(seconds=minutes))
    assert one.true_values[power] == pytest.approx(0.0, abs=1e-6)


def test_an_unknown_address_is_no_device() -> None:
    assert field().devices.execute(999, 1, DOUBLE_ON, 0) == "no such device"


def test_a_time_before_the_epoch_of_profiles_is_fine() -> None:
    early = datetime(2015, 12, 31, 23, 59, tzinfo=START.tzinfo)
    one = field()
    one.step(START + timedelta(seconds=1), early)
    assert one.state is not None and one.state.grid.converged
