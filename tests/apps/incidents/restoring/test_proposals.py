"""From a located fault to proposals that dispatch has checked."""

from datetime import timedelta

import numpy as np
import pytest

from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.adapters.scene import flow_with
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import AutonomyMode, Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.selectors.proposals import remedies
from apps.dispatch.services.autonomy import set_autonomy
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import watch_troubles
from apps.dispatch.services.verification import steps_of
from apps.incidents.choices.incident import FactKind, IncidentStatus
from apps.incidents.choices.restoring import DESK, RECLOSING_OVER, RestorationOutcome
from apps.incidents.models import Incident, IncidentFact, IncidentSection, RestorationRun
from apps.incidents.services.restoring import look, look_at
from gridops.engine.powerflow.limits import overloads
from tests.factories.faulted_rings import FAR, NEAR, NUMBER, TIE, TRIPPED, mrid_of, stood_still, tripped_live
from tests.factories.scenes import later

pytestmark = pytest.mark.django_db
LOAD_KW = 600.0  # each of the first feeder


def run_of(incident: Incident, live: Live) -> RestorationRun:
    (run,) = look(as_of=live.as_of, live=live)
    return run


def best(run: RestorationRun) -> Proposal:
    return Proposal.objects.get(pk=run.proposals[0])


def test_the_faulted_cable_is_parted_and_all_others_get_supply(incident: Incident, live: Live) -> None:
    run = run_of(incident, live)
    assert run.outcome == RestorationOutcome.PROPOSED, run.text
    proposal = best(run)
    assert (proposal.status, proposal.desk, proposal.ends) == (ProposalStatus.VERIFIED, DESK, True), proposal.reason
    acts = {(step["device_name"], bool(step["to"])) for step in proposal.steps}
    assert acts == {(NEAR, False), (FAR, False), (TRIPPED, True), (TIE, True)}
    order = [step["device_name"] for step in proposal.steps]
    assert order.index(NEAR) < order.index(TRIPPED)
    assert order.index(FAR) < order.index(TIE)
    assert proposal.expected_relief == pytest.approx(3 * LOAD_KW, rel=0.02)  # with the pickup of 20 s


def test_what_the_fault_keeps_is_the_limit_and_who_stays_without_is_told(incident: Incident, live: Live) -> None:
    run = run_of(incident, live)
    trouble = Trouble.objects.get(breach=Breach.SUPPLY)
    assert trouble.source == NUMBER
    assert trouble.value == pytest.approx(4 * LOAD_KW, rel=0.02)
    assert trouble.limit == pytest.approx(LOAD_KW, rel=0.02)
    told = remedies(as_of=live.as_of)["troubles"][0]
    assert (told["breach"], told["unit"]) == ("supply", "kW")
    assert [one["customers"] for one in run.without] == [incident.customers - run.plans[0]["customers_restored"]]
    assert "A2 cable (97%)" in best(run).explanation
    assert NEAR in best(run).explanation


def test_no_state_on_the_way_breaks_a_limit_or_touches_the_fault(
    incident: Incident, live: Live, model: NetworkModel
) -> None:
    """By power flows of our own walk over the stored steps."""
    proposal = best(run_of(incident, live))
    network = live.scene.place.network
    faulted = network.nodes.name.index("A2")
    for count in range(1, len(proposal.steps) + 1):
        flow = flow_with(live.scene, steps_of(proposal)[:count])
        assert flow.state.converged
        assert not overloads(np.nan_to_num(flow.loading)).any()
        alive = ~flow.dead
        assert (flow.voltage_pu[alive] >= network.node.low_pu[: flow.shown][alive]).all()
        assert not alive[faulted]


def test_each_plan_is_told_with_what_it_costs(incident: Incident, live: Live) -> None:
    run = run_of(incident, live)
    plan = run.plans[0]
    assert plan["operations"] == len(plan["steps"]) == 4
    assert plan["gap"] == pytest.approx(0.0, abs=0.02)
    assert all(step["violations"] == 0 for step in plan["steps"])
    assert plan["customer_minutes"] > 0
    for one in run.plans[1:]:
        assert one["customers_restored"] <= plan["customers_restored"]


def test_nothing_is_planned_while_the_section_is_not_sure_and_a_person_makes_it_sure(
    incident: Incident, live: Live
) -> None:
    incident.sections.filter(rank=1).update(probability=0.6)
    incident.sections.filter(rank=2).update(probability=0.3)
    run = run_of(incident, live)
    assert run.outcome == RestorationOutcome.NOT_LOCATED
    assert not Proposal.objects.exists()
    assert look(as_of=live.as_of, live=live) == [], "the same is not told each second"
    IncidentSection.objects.filter(rank=1).update(is_confirmed=True)
    assert run_of(incident, live).outcome == RestorationOutcome.PROPOSED


def test_of_two_likely_sections_neither_is_fed(incident: Incident, live: Live) -> None:
    incident.sections.filter(rank=1).update(probability=0.6)
    incident.sections.filter(rank=2).update(probability=0.4)
    names = {step["device_name"] for step in best(run_of(incident, live)).steps}
    assert {NEAR, "A4 cable switch"} <= names
    assert FAR not in names


def test_switches_that_move_and_protection_that_has_just_moved_are_waited_for(
    incident: Incident, model: NetworkModel, live: Live
) -> None:
    stood_still(tripped_live(model, live.as_of, **{NEAR: False}), scans=1)
    assert run_of(incident, live).outcome == RestorationOutcome.MOVING
    stood_still(live)
    IncidentFact.objects.create(
        incident=incident, kind=FactKind.TRIPPED, key="t", at=live.as_of, recorded_at=live.as_of, text="Tripped."
    )
    assert run_of(incident, live).outcome == RestorationOutcome.MOVING
    assert look(as_of=live.as_of, live=live) == []
    settled = later(live, seconds=RECLOSING_OVER.total_seconds())
    assert run_of(incident, settled).outcome == RestorationOutcome.PROPOSED


def test_the_same_ground_is_not_planned_again(incident: Incident, live: Live) -> None:
    run_of(incident, live)
    assert look(as_of=live.as_of + timedelta(seconds=1), live=live) == []
    assert Proposal.objects.filter(status=ProposalStatus.VERIFIED).exists()


def test_the_watch_over_limits_leaves_the_trouble_of_an_incident_alone(incident: Incident, live: Live) -> None:
    run_of(incident, live)
    watch_troubles(live)
    assert Trouble.objects.standing().filter(breach=Breach.SUPPLY).exists()
    Incident.objects.update(status=IncidentStatus.CANCELLED)
    look(as_of=live.as_of, live=live)
    assert not Trouble.objects.standing().filter(breach=Breach.SUPPLY).exists()


def test_whoever_proposes_to_close_onto_the_fault_does_not_pass(
    incident: Incident, live: Live, model: NetworkModel
) -> None:
    trouble = Trouble.objects.get(pk=run_of(incident, live).trouble_id)
    steps = [Wanted(mrid_of(model, TRIPPED), StepQuantity.SWITCH_STATE, 1.0)]
    found = propose(Draft(desk="person", kind="by-hand", trouble=trouble, steps=steps), live=live)
    assert found.status == ProposalStatus.FAILED_VERIFICATION
    assert "would be put under voltage: the fault of INC-1 is in A2 cable" in found.reason


def test_a_desk_that_is_off_plans_nothing(incident: Incident, live: Live, anna: User) -> None:
    ruled(anna, live, AutonomyMode.OFF)
    assert look(as_of=live.as_of, live=live) == []
    with pytest.raises(Exception, match="switched off"):
        look_at(number=NUMBER, by=anna, as_of=live.as_of, live=live)


def ruled(by: User, live: Live, mode: AutonomyMode) -> None:
    set_autonomy(
        desk=DESK, feeder_mrid=None, mode=mode, by=by, as_of=live.as_of, reason="Trial", from_hour=0, to_hour=24,
        max_kw=1e5, max_operations_per_day=20, least_confidence=0.5,
    )  # fmt: skip


def test_only_a_rule_that_a_person_has_switched_on_approves(incident: Incident, live: Live, anna: User) -> None:
    ruled(anna, live, AutonomyMode.ADVISE)
    advised = best(run_of(incident, live))
    assert advised.status == ProposalStatus.VERIFIED
    ruled(anna, live, AutonomyMode.AUTOMATIC)
    look_at(number=NUMBER, by=anna, as_of=live.as_of, live=live)
    look(as_of=live.as_of + timedelta(minutes=6), live=later(live, minutes=6))
    taken = Proposal.objects.get(status=ProposalStatus.EXECUTING)
    assert (taken.desk, taken.rule is not None, taken.executor) == (DESK, True, anna)


def test_what_dead_loads_would_take_is_known_and_said_by_whom(incident: Incident, live: Live) -> None:
    run_of(incident, live)
    drawn = -sum(p for p, _ in incident.lost_load.powers.values())
    assert drawn == pytest.approx(4 * LOAD_KW)
    assert "rated load" in incident.lost_load.said_by, "no state from before the fault is stored in this test"
