"""Business as usual acts at its stated times, and is no worse than nothing; whoever knows the tape bounds it."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.cases.case import SwitchKind
from gridops.engine.impact.figures import figures_of
from gridops.engine.impact.record import RunRecord, record_hash
from gridops.replay.arms.arm import Options
from gridops.replay.arms.by_hand import DETECTION_MIN, SWITCHING_MIN
from gridops.replay.arms.usual_storage import day_rule
from gridops.replay.recording import make_tape
from gridops.replay.runner import Played, play
from gridops.replay.spells import feeders_of
from gridops.replay.tape import Tape, TapeFault, tape_hash
from gridops.simulator.truth import build_truth
from tests.simulator.town import town

CASE = town()
AT_S, REPAIR_S = 3600.5, 4 * 3600.0
MINUTE_S = 60.0
TRAVEL_S = 30.0  # what a drive and the last opening need at most


def played(tape: Tape, arm: str, *, locked: bool = False) -> Played:
    options = Options(locked=locked)
    return play(tape, CASE, tape_hash(tape, CASE), arm=arm, options=options, progress=lambda _done, _at: None)


@pytest.fixture(scope="module")
def quiet() -> Tape:
    return replace(make_tape(CASE, seed=3, days=0.5), faults=(), losses=())


@pytest.fixture(scope="module")
def tape(quiet: Tape) -> Tape:
    return replace(quiet, faults=(TapeFault(AT_S, "line-0-2", False, REPAIR_S),))


@pytest.fixture(scope="module")
def records(tape: Tape) -> dict[str, RunRecord]:
    return {arm: played(tape, arm).record for arm in ("A0", "A1", "A3")}


def test_a_locked_arm_records_what_nobody_does_bit_for_bit(tape: Tape, records: dict[str, RunRecord]) -> None:
    for arm in ("A1", "A3"):
        placebo = played(tape, arm, locked=True)
        assert not placebo.document["acts"]
        assert record_hash(placebo.record) == record_hash(records["A0"])


def test_customers_call_and_a_crew_switches_within_the_stated_times(records: dict[str, RunRecord]) -> None:
    record = records["A1"]
    called = (record.detected_s[0] - AT_S) / MINUTE_S
    assert DETECTION_MIN[0] <= called <= DETECTION_MIN[1] + 0.1  # of the trip, seconds after the fault
    switched = (record.isolated_s[0] - record.detected_s[0]) / MINUTE_S
    assert SWITCHING_MIN[0] <= switched <= SWITCHING_MIN[1] + TRAVEL_S / MINUTE_S


def test_usual_business_takes_no_more_supply_than_doing_nothing(records: dict[str, RunRecord]) -> None:
    minutes = {arm: figures_of(record)["saidi_all_min"] for arm, record in records.items()}
    assert 0 <= minutes["A3"] <= minutes["A1"] <= minutes["A0"]
    assert minutes["A0"] > 0


@pytest.mark.parametrize("arm", ["A1", "A3"])
def test_no_arm_puts_a_fault_under_voltage(tape: Tape, arm: str) -> None:
    assert played(tape, arm).record.wrong_orders == 0


def test_foresight_costs_no_more_than_nothing_where_nothing_fails(quiet: Tape) -> None:
    nothing, best = (figures_of(played(quiet, arm).record) for arm in ("A0", "A3"))
    assert best["cost_even_eur"] <= nothing["cost_even_eur"]
    assert best["unserved_kwh"] == pytest.approx(nothing["unserved_kwh"], abs=1e-3 * nothing["demanded_kwh"])
    assert best["node_minutes_outside"] <= nothing["node_minutes_outside"]


def test_a_battery_stands_still_where_the_spread_does_not_pay_for_losses_and_wear() -> None:
    flat, steep = np.full(24, 80.0), np.where(np.arange(24) < 12, 20.0, 150.0)
    assert not day_rule(flat, 2).any()
    rule = day_rule(steep, 2)
    assert (rule < 0).sum() == (rule > 0).sum() == 2
    assert steep[rule < 0].max() < steep[rule > 0].min()


def test_feeders_are_what_hangs_behind_a_breaker(records: dict[str, RunRecord]) -> None:
    feeder = feeders_of(CASE, build_truth(CASE, 1))
    of_node = {load.mrid: load.node for load in CASE.loads}
    for number in set(feeder.tolist()):
        heads = {of_node[CASE.loads[n].mrid].split("-")[0] for n in np.flatnonzero(feeder == number)}
        assert len(heads) == 1
    assert len(set(feeder.tolist())) == sum(switch.kind is SwitchKind.BREAKER for switch in CASE.switches)
    record = records["A0"]
    assert record.feeder_customers.sum() == sum(load.customers for load in CASE.loads)
    assert figures_of(record)["worst_feeder_saidi_min"] >= figures_of(record)["saidi_all_min"]
