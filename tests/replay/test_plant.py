"""The plant is the same for every arm: what nobody touches makes the same record, and what happens is exact."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from gridops.engine.impact.checks import checks_of
from gridops.engine.impact.record import RunRecord, record_hash
from gridops.replay.gate import LOCKED
from gridops.replay.plant import Plant
from gridops.replay.record import Noted
from gridops.replay.recording import make_tape
from gridops.replay.tape import CommunicationLoss, Tape, TapeFault
from gridops.simulator.devices import DOUBLE_OFF, Kind
from gridops.simulator.field import to_us
from tests.simulator.town import town

CASE = town()
HOURS = 3 / 24


@pytest.fixture(scope="module")
def tape() -> Tape:
    return replace(make_tape(CASE, seed=3, days=HOURS), faults=(), losses=())


@pytest.fixture(scope="module")
def felt(tape: Tape) -> int:
    """A line whose fault leaves somebody without supply."""
    plant = Plant(tape, CASE)
    world = plant.world
    for line in range(len(CASE.lines)):
        opened = world.protection.clear(line, world.switch_closed)
        if len(opened) and world.topology.node_energised[world.truth.network.lines.from_node[line]]:
            return line
    raise AssertionError("no line of the town can be cleared")


def played(tape: Tape, *, looks_s: float | None = None, locked: bool = False) -> tuple[Plant, RunRecord]:
    plant = Plant(tape, CASE, locked=locked, reads=looks_s is not None)
    while not plant.is_over:
        ahead = plant.next_grid if looks_s is None else min(plant.next_grid, plant.now + timedelta(seconds=looks_s))
        plant.advance(ahead)
    return plant, plant.record(Noted())


def faulted(
    tape: Tape, line: int, *, is_momentary: bool = False, at_s: float = 1000.5, repair_s: float = 2400.0
) -> Tape:
    return replace(tape, faults=(TapeFault(at_s, CASE.lines[line].mrid, is_momentary, repair_s),))


def test_looking_often_changes_no_bit_of_the_record(tape: Tape, felt: int) -> None:
    once, often = (played(faulted(tape, felt), looks_s=looks)[1] for looks in (None, 37.0))
    assert record_hash(once) == record_hash(often)


def test_a_locked_plant_refuses_and_records_what_one_left_alone_does(tape: Tape, felt: int) -> None:
    plant = Plant(faulted(tape, felt), CASE, locked=True)
    while not plant.is_over:
        plant.advance(plant.next_grid)
        assert plant.devices.by_hand(Kind.SWITCH, 0, DOUBLE_OFF, to_us(plant.now)) == LOCKED
    assert not plant.gate.acts
    assert record_hash(plant.record(Noted())) == record_hash(played(faulted(tape, felt))[1])


def test_the_crew_works_exactly_as_long_as_the_fault_says(tape: Tape, felt: int) -> None:
    _, record = played(faulted(tape, felt, repair_s=2400.0))
    assert len(record.spell_load)
    assert np.unique(record.spell_fault).tolist() == [0]
    dead_s = np.bincount(record.spell_load, record.spell_end_s - record.spell_begin_s)
    assert dead_s.max() == pytest.approx(2400.0, abs=1e-3)  # the pause before the breaker tried again included
    assert (record.spell_begin_s > 1000.5).all() and (record.spell_begin_s < 1005.0).all()
    assert record.all_restored_s[0] == pytest.approx(record.spell_end_s.max())


def test_a_momentary_fault_is_over_within_seconds_or_by_a_patrol(tape: Tape, felt: int) -> None:
    _, record = played(faulted(tape, felt, is_momentary=True))
    longest = record.spell_end_s - record.spell_begin_s
    assert (longest <= 2400.0 + 1.0).all()


def test_what_a_run_shows_passes_every_check(tape: Tape, felt: int) -> None:
    _, record = played(faulted(tape, felt))
    failed = [check.words for check in checks_of(record) if not check.ok]
    assert not failed


def test_a_silent_station_takes_no_command_from_the_wire_but_one_by_hand(tape: Tape) -> None:
    silent = Plant(tape, CASE).devices.controllables[0]
    loss = CommunicationLoss(10.0, 700.0, silent.common_address)
    plant = Plant(replace(tape, losses=(loss,)), CASE)
    plant.advance(plant.next_grid)
    said = plant.devices.execute(silent.common_address, silent.ioa, DOUBLE_OFF, to_us(plant.now))
    assert said == "the station does not answer"
    plant.advance(plant.next_grid + timedelta(seconds=plant.tape.step_s))
    assert plant.devices.execute(silent.common_address, silent.ioa, DOUBLE_OFF, to_us(plant.now)) != said


def test_demand_is_the_tapes_whatever_is_switched(tape: Tape) -> None:
    plant = Plant(tape, CASE)
    plant.advance(plant.next_grid)
    for index in range(len(CASE.switches)):
        plant.devices.by_hand(Kind.SWITCH, index, DOUBLE_OFF, to_us(plant.now))
    while not plant.is_over:
        plant.advance(plant.next_grid)
    record, alone = plant.record(Noted()), played(tape)[1]
    assert np.array_equal(record.demanded_kw, alone.demanded_kw)
    assert record.energy_kwh(record.delivered_kw) < alone.energy_kwh(alone.delivered_kw)


def test_customers_asked_lower_what_they_take_are_paid_and_take_it_later(tape: Tape) -> None:
    plant = Plant(replace(tape, opt_out_share=0.0), CASE)
    plant.advance(plant.next_grid)
    assert not plant.response.call({load.mrid: 1.0 for load in CASE.loads}, 1800.0, to_us(plant.now))
    while not plant.is_over:
        plant.advance(plant.next_grid)
    record = plant.record(Noted())
    assert record.responded_kw.max() > 0 > record.responded_kw.min()
    assert record.response_payment_eur > 0


def test_the_plant_does_not_go_back(tape: Tape) -> None:
    plant = Plant(tape, CASE)
    plant.advance(plant.next_grid)
    with pytest.raises(ValueError, match="cannot go back"):
        plant.advance(tape.begin)
