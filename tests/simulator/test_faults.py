from datetime import datetime, timedelta

import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.security.short_circuit import Infeed, short_circuit
from gridops.simulator.fault_current import SOURCE_MVA, SOURCE_RX, fault_flow
from gridops.simulator.faults import WORK_S, draw_fault
from gridops.simulator.field import Field, to_us
from gridops.simulator.points import Quantity
from gridops.simulator.relays import RESETS_AFTER_S
from gridops.simulator.world import World
from tests.simulator.town import START, town

CASE = town()
LINES = {line.mrid: position for position, line in enumerate(CASE.lines)}
SWITCHES = {switch.mrid: position for position, switch in enumerate(CASE.switches)}
CB = SWITCHES["cb-0"]


def step(world: World, seconds: float, *, hours: float = 0.0) -> None:
    at = START + timedelta(seconds=seconds)
    world.step(datetime(2016, 6, 15, 10, tzinfo=START.tzinfo), 3600.0 * hours, to_us(at))


def fault(world: World, line: str, seconds: float, *, is_momentary: bool = False) -> None:
    at_us = to_us(START + timedelta(seconds=seconds))
    world.later(at_us, lambda now_us: world.fault(LINES[line], now_us, is_momentary=is_momentary))


def moves(world: World) -> list[bool]:
    return [closed for index, closed, _ in world.moves if index == CB]


def test_a_permanent_fault_trips_is_tried_once_more_and_stays_off() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0)
    step(world, 10)
    assert moves(world) == [False, True, False]


def test_a_momentary_fault_is_gone_after_the_pause() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0, is_momentary=True)
    step(world, 10)
    assert moves(world) == [False, True]
    assert world.switch_closed[CB] and not world.faults


def test_the_pause_is_half_a_second_to_one() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0, is_momentary=True)
    step(world, 10)
    (_, _, opened_us), (_, _, closed_us) = world.moves
    assert 500_000 <= closed_us - opened_us <= 1_000_000


def test_a_breaker_closed_by_hand_onto_a_fault_is_not_tried_again() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0)
    step(world, 10)
    world.later(to_us(START + timedelta(seconds=60)), lambda at_us: world.move_switch(CB, True, at_us))
    step(world, 70)
    assert moves(world) == [True, False]


def test_a_tie_closed_onto_a_fault_trips_the_breaker_behind_it() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0)
    step(world, 10)
    world.later(to_us(START + timedelta(seconds=60)), lambda at_us: world.move_switch(SWITCHES["tie"], True, at_us))
    step(world, 70)
    assert not world.switch_closed[SWITCHES["cb-1"]]


def test_the_crew_needs_the_time_that_was_drawn_for_the_fault_and_works_on_dead_lines_only() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0)
    step(world, 10)
    work_s = world.faults[LINES["line-0-3"]].work_s
    step(world, 20, hours=(work_s - 60) / 3600)
    assert world.faults
    step(world, 30, hours=120 / 3600)
    assert not world.faults
    world.move_switch(CB, True, to_us(START + timedelta(seconds=40)))
    step(world, 50)
    assert world.switch_closed[CB]


def test_draws_belong_to_the_fault_and_not_to_what_was_done_before() -> None:
    first, again, other = (draw_fault(7, seed=3, number=number) for number in (0, 0, 1))
    assert first == again != other
    assert all(WORK_S[0] <= draw_fault(n, seed=1, number=0).work_s <= WORK_S[1] for n in range(200))


def test_indicators_show_on_the_way_of_the_fault_current_and_nowhere_else() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0)
    step(world, 10)
    seen = {name for name, line in LINES.items() if world.relays.shows[:, line].any()}
    assert seen <= {"line-0-1", "line-0-2", "line-0-3"} and len(seen) >= 2
    assert not world.relays.shows[1, LINES["line-0-3"]], "behind the fault nothing flows"


def test_indicators_fall_back_a_while_after_supply_returns() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0, is_momentary=True)
    step(world, 10)
    assert world.relays.shows.any()
    step(world, 12 + RESETS_AFTER_S)
    assert not world.relays.shows.any()


def test_the_current_of_a_bolted_fault_is_that_of_the_standard() -> None:
    """IEC 60909's equivalent source stands 1.1 times higher; K_T and its infeed are put in for the comparison."""
    world = World(CASE, 1)
    network, closed = world.truth.network, world.switch_closed
    line, through = LINES["line-0-5"], np.array([CB])
    flow = fault_flow(network, closed, line, at=0.98, resistance_ohm=0.0, through=through, two_phase=False)
    end = network.lines.to_node[line]
    infeed = Infeed(np.array([SOURCE_MVA]) * 1.1, np.array([SOURCE_RX]))
    (standard,) = short_circuit(network, resolve(network, closed), [int(end)], infeed=infeed).initial_ka
    assert flow.ka[0] == pytest.approx(standard / 1.1, rel=0.03)


def test_the_relays_reactance_is_that_of_the_line_up_to_the_fault() -> None:
    world = World(CASE, 1)
    lines = world.truth.network.lines
    through = np.array([CB])
    for resistance_ohm in (0.0, 0.5):
        flow = fault_flow(
            world.truth.network,
            world.switch_closed,
            LINES["line-0-3"],
            at=0.5,
            resistance_ohm=resistance_ohm,
            through=through,
            two_phase=True,
        )
        on_the_way = [LINES["line-0-1"], LINES["line-0-2"]]
        assert flow.reactance_ohm[0] == pytest.approx(
            lines.x_ohm[on_the_way].sum() + 0.5 * lines.x_ohm[LINES["line-0-3"]], rel=0.01
        )


def test_what_relays_and_indicators_saw_is_told_as_points_with_their_own_time() -> None:
    one = Field(CASE, seed=1, started_at=START)
    one.step(START)
    one.world.later(to_us(START + timedelta(seconds=30)), lambda at_us: one.world.fault(LINES["line-0-5"], at_us))
    readings = one.step(START + timedelta(seconds=35))
    told = {
        one.table.points[point].quantity: (value, at_us)
        for point, value, at_us in zip(readings.point, readings.value, readings.at_us, strict=True)
    }
    assert told[Quantity.FAULT_CURRENT][0] > 1
    assert 0 < told[Quantity.FAULT_REACTANCE][0] < 3
    assert told[Quantity.FAULT_INDICATOR][0] == 1
    assert told[Quantity.FAULT_CURRENT][1] < to_us(START + timedelta(seconds=34))


def test_a_switch_that_opens_and_closes_within_a_step_tells_both() -> None:
    one = Field(town(8), seed=1, started_at=START)
    one.step(START)
    one.world.later(to_us(START + timedelta(seconds=1)), lambda at_us: one.world.fault(2, at_us, is_momentary=True))
    readings = one.step(START + timedelta(seconds=9))
    states = [
        int(value)
        for point, value in zip(readings.point.tolist(), readings.value.tolist(), strict=True)
        if one.table.points[point].quantity is Quantity.SWITCH_STATE
    ]
    assert states == [1, 2]


def test_who_lost_supply_is_told_in_order_even_where_it_was_back_within_a_step() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-3", 1.0, is_momentary=True)
    step(world, 10)
    changes = world.supply.after(0)
    assert [change.number for change in changes] == list(range(1, len(changes) + 1))
    assert sum(not change.has_supply for change in changes) == sum(change.has_supply for change in changes) == 5
    assert world.supply.after(world.supply.last) == []
