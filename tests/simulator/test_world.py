from datetime import datetime, timedelta

import numpy as np
import pytest

from gridops.simulator.field import to_us
from gridops.simulator.protection import INTERRUPTING
from gridops.simulator.state import TrueState
from gridops.simulator.truth import IMPEDANCE_SPREAD, build_truth
from gridops.simulator.world import World
from tests.simulator.town import START, town

CASE = town()
NODES = {node.mrid: position for position, node in enumerate(CASE.nodes)}
LINES = {line.mrid: position for position, line in enumerate(CASE.lines)}
SWITCHES = {switch.mrid: position for position, switch in enumerate(CASE.switches)}


def step(world: World, seconds: float) -> TrueState:
    """At this many seconds after the start, with profile time 60 times as fast."""
    at = START + timedelta(seconds=seconds)
    return world.step(datetime(2016, 6, 15, 10, tzinfo=START.tzinfo) + timedelta(minutes=seconds), 60.0, to_us(at))


def fault(world: World, line: str, seconds: float) -> None:
    world.later(to_us(START + timedelta(seconds=seconds)), lambda at_us: world.fault(LINES[line], at_us))


def dark(state: TrueState) -> set[str]:
    return {CASE.nodes[index].mrid for index in np.flatnonzero(~state.node_energised)}


def test_the_true_impedances_are_a_seeded_few_per_cent_off() -> None:
    case = town(40)
    truth, again, other = build_truth(case, 5), build_truth(case, 5), build_truth(case, 6)
    ratio = truth.network.lines.r_ohm / np.array([line.r_ohm for line in case.lines])
    assert np.log(ratio).std() == pytest.approx(IMPEDANCE_SPREAD, rel=0.2)
    assert (truth.network.lines.x_ohm == again.network.lines.x_ohm).all()
    assert (truth.network.lines.x_ohm != other.network.lines.x_ohm).any()


def test_consumption_is_fed_from_the_source() -> None:
    state = step(World(CASE, 1), 0)
    assert state.grid.converged
    assert state.grid.source_p_kw.sum() + state.p_kw.sum() == pytest.approx(state.grid.losses_kw, rel=0.05)
    assert state.grid.losses_kw > 0


def test_a_fault_trips_the_breaker_of_its_feeder_and_no_other() -> None:
    world = World(CASE, 1)
    step(world, 0)
    fault(world, "line-0-4", 5.0)
    state = step(world, 10)
    assert not state.switch_closed[SWITCHES["cb-0"]]
    assert state.switch_closed[SWITCHES["cb-1"]]
    assert dark(state) == {"0-head", "tie-end", *(f"0-{n}" for n in range(1, 6))}


def test_the_trip_comes_a_fraction_of_a_second_after_the_fault() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-4", 5.0)
    step(world, 10)
    late_us = next(at_us for index, _, at_us in world.moves if index == SWITCHES["cb-0"]) - to_us(
        START + timedelta(seconds=5)
    )
    assert 100_000 < late_us < 700_000


def test_what_is_dark_consumes_nothing_and_has_no_voltage() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-4", 5.0)
    state = step(world, 10)
    node = world.truth.network.injection_node
    assert (state.p_kw[~state.node_energised[node]] == 0).all()
    assert np.isnan(state.grid.voltage_pu[NODES["0-2"]])


def test_closing_on_a_fault_trips_again() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-4", 1.0)
    step(world, 5)
    world.move_switch(SWITCHES["cb-0"], True, to_us(START + timedelta(seconds=6)))
    step(world, 7)
    assert not step(world, 9).switch_closed[SWITCHES["cb-0"]]


def test_after_the_repair_the_breaker_holds() -> None:
    world = World(CASE, 1)
    fault(world, "line-0-4", 1.0)
    step(world, 5)
    world.repair(LINES["line-0-4"], to_us(START + timedelta(seconds=6)))
    world.move_switch(SWITCHES["cb-0"], True, to_us(START + timedelta(seconds=6)))
    step(world, 7)
    state = step(world, 12)
    assert state.switch_closed[SWITCHES["cb-0"]]
    assert dark(state) == set()


def test_a_fed_ring_is_cut_off_on_both_sides() -> None:
    world = World(CASE, 1)
    world.move_switch(SWITCHES["tie"], True, to_us(START))
    fault(world, "line-0-4", 5.0)
    state = step(world, 10)
    assert not state.switch_closed[SWITCHES["cb-0"]]
    assert not state.switch_closed[SWITCHES["cb-1"]]


def test_without_any_breaker_the_line_goes_out_of_service_by_itself() -> None:
    case = town(breakers=False)
    assert not any(switch.kind in INTERRUPTING for switch in case.switches)
    world = World(case, 1)
    fault(world, "line-0-4", 5.0)
    state = step(world, 10)
    names = {case.nodes[index].mrid for index in np.flatnonzero(~state.node_energised[: len(case.nodes)])}
    assert names == {"0-4", "0-5", "tie-end"}


def test_regulators_bring_the_voltage_back_into_their_band() -> None:
    world = World(CASE, 1)
    world.truth.source_voltage_pu[:] = 0.93
    low = world.truth.network.transformers.low_node
    first = step(world, 0).grid.voltage_pu[low]
    last = first
    for second in range(1, 15):
        state = step(world, second)
        last = state.grid.voltage_pu[low]
    assert (first < 0.96).all()
    assert (np.abs(last - 1.0) < 0.011).all()
    assert state.tap_position.tolist() == [state.tap_position[0]] * 2
    assert state.tap_position[0] < 0


def test_a_regulator_waits_before_it_acts() -> None:
    world = World(CASE, 1)
    world.truth.source_voltage_pu[:] = 0.93
    at = datetime(2016, 6, 15, 10, tzinfo=START.tzinfo)
    for second in range(30):
        state = world.step(at + timedelta(seconds=second), 1.0, to_us(START + timedelta(seconds=second)))
    assert state.tap_position.tolist() == [0, 0]
