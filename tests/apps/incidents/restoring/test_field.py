"""Restoration carried out in a field that answers, and in one that does not."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from apps.accounts.choices import Role
from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.assets.models import NetworkModel
from apps.assets.selectors import current_model
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.proposal import AutonomyMode, Breach, ProposalStatus
from apps.dispatch.models import Order, Proposal, Trouble
from apps.dispatch.services import decisions, execution
from apps.dispatch.services.autonomy import second_autonomy, set_autonomy
from apps.dispatch.services.order_telling import OrderRefused
from apps.incidents.choices.incident import IncidentStatus
from apps.incidents.choices.restoring import DESK, RECLOSING_OVER, RETURN_DESK, RestorationAim, RestorationOutcome
from apps.incidents.models import Incident, WayBack
from apps.incidents.services.restoring import look
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint
from tests.factories.faulted_rings import FAR, NEAR, TIE, TRIPPED, faulted_incident, mrid_of
from tests.factories.orders import Desk, make_desk, person
from tests.factories.rings import ring_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Time passes here only by `wait`, for whoever carries out as well."""
    made = make_desk(str(ring_file()))
    monkeypatch.setattr(execution, "timezone", SimpleNamespace(now=made.clock))
    made.room.step(made.now)
    yield made


@pytest.fixture
def model(desk: Desk) -> NetworkModel:
    found = current_model()
    assert found is not None
    return found


@pytest.fixture
def incident(desk: Desk, model: NetworkModel) -> Incident:
    """The feeder is dead, its fault located, and all scans since stand still."""
    moved(desk, model, TRIPPED, Act.OPEN)
    found = faulted_incident(model, desk.now - timedelta(seconds=6))
    settle(desk)
    return found


def control_of(model: NetworkModel, switch: str) -> ControlPoint:
    rows = ControlPoint.objects.filter(kind=ControlKind.POSITION).select_related("point")
    return rows.get(point__equipment_mrid=mrid_of(model, switch))


def moved(desk: Desk, model: NetworkModel, switch: str, act: Act) -> None:
    assert desk.carried_out(control_of(model, switch), act).status == OrderStatus.CONFIRMED
    settle(desk)


def settle(desk: Desk) -> None:
    for _ in range(3):
        desk.wait(2)
        desk.room.scanner.scan(as_of=desk.now)


def carry_on(desk: Desk, *, rounds: int = 12) -> None:
    """What the processes do: order, send, watch, scan, look."""
    for _ in range(rounds):
        execution.advance(as_of=desk.now)
        desk.gateway()
        desk.wait(4)
        desk.room.scanner.scan(as_of=desk.now)
        look(as_of=desk.now)


def proposed(desk: Desk) -> Proposal:
    runs = look(as_of=desk.now)
    assert [run.outcome for run in runs] == [RestorationOutcome.PROPOSED], [run.text for run in runs]
    return Proposal.objects.get(pk=runs[0].proposals[0])


def approved(desk: Desk) -> Proposal:
    proposal = proposed(desk)
    decisions.approve(proposal_id=proposal.pk, by=desk.anna.user, as_of=desk.now)
    execution.begin(proposal_id=proposal.pk, by=desk.anna.user, as_of=desk.now)
    return proposal


def test_nobody_closes_onto_the_fault_by_hand(incident: Incident, desk: Desk, model: NetworkModel) -> None:
    look(as_of=desk.now)
    with pytest.raises(OrderRefused, match="the fault of INC-1 is in A2 cable"):
        desk.select(control_of(model, TRIPPED), Act.CLOSE)
    assert not Order.objects.filter(act=Act.CLOSE).exists()


def test_by_hand_the_load_that_comes_back_is_seen(incident: Incident, desk: Desk, model: NetworkModel) -> None:
    """An estimate knows nothing of what dead customers would take."""
    look(as_of=desk.now)
    moved(desk, model, NEAR, Act.OPEN)
    order = desk.select(control_of(model, TRIPPED), Act.CLOSE)
    assert order.look_ahead["effect"]["kw_gained"] == pytest.approx(600, rel=0.3), "as the state before had it"


def test_the_loads_are_those_of_the_state_before_the_fault(incident: Incident, desk: Desk) -> None:
    look(as_of=desk.now)
    assert incident.lost_load.said_by.startswith("the load just before the fault")
    assert -sum(p for p, _ in incident.lost_load.powers.values()) == pytest.approx(2400, rel=0.3)


def test_an_approved_restoration_is_carried_out_step_by_step_and_has_its_way_back(
    incident: Incident, desk: Desk, model: NetworkModel
) -> None:
    proposal = approved(desk)
    carry_on(desk)
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.DONE, proposal.reason
    assert not Trouble.objects.standing().filter(breach=Breach.SUPPLY).exists(), "all that can be restored is"
    way = WayBack.objects.get(proposal_id=proposal.pk)
    back = [(str(step.equipment_mrid), step.payload["closed"]) for step in way.plan.steps.all()]
    assert back == [(step["device_mrid"], not step["to"]) for step in reversed(proposal.steps)]
    assert not standing_sources([Condition.RESTORATION_STOPPED])


def test_a_device_that_does_not_answer_stops_it_with_an_alarm_and_the_next_plan_does_without(
    incident: Incident, desk: Desk, model: NetworkModel
) -> None:
    proposal = approved(desk)
    tie = control_of(model, TIE)
    desk.room.field.devices.stuck.update(stuck_of(desk, tie))
    carry_on(desk, rounds=40)
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.FAILED
    way = WayBack.objects.get(proposal_id=proposal.pk)
    assert way.stopped
    done = {str(step.equipment_mrid) for step in way.plan.steps.all()}
    assert done and done < set(proposal.devices)
    assert mrid_of(model, TIE) not in done
    assert [source for source, _ in standing_sources([Condition.RESTORATION_STOPPED])] == ["restoration/INC-1"]
    later = Proposal.objects.filter(desk=DESK, created_at__gt=proposal.created_at)
    assert all(mrid_of(model, TIE) not in row.devices for row in later)


def stuck_of(desk: Desk, control: ControlPoint) -> set[int]:
    network, mrid = desk.room.field.case, str(control.point.equipment_mrid)
    return {n for n, switch in enumerate(network.switches) if switch.mrid == mrid}


def test_it_stops_before_a_step_that_would_now_be_wrong(incident: Incident, desk: Desk, model: NetworkModel) -> None:
    """Between two steps the fault turns out to lie elsewhere."""
    proposal = approved(desk)
    execution.advance(as_of=desk.now)
    desk.gateway()
    desk.wait(4)
    incident.sections.filter(rank=2).update(is_confirmed=True)
    carry_on(desk, rounds=4)
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.FAILED
    assert "A3 cable" in proposal.reason
    assert standing_sources([Condition.RESTORATION_STOPPED])


def test_an_automatic_rule_restores_by_itself_and_critical_devices_need_that_a_second_person_agreed(
    incident: Incident, desk: Desk, model: NetworkModel
) -> None:
    ControlPoint.objects.filter(pk=control_of(model, TRIPPED).pk).update(is_critical=True)
    rule = set_autonomy(
        desk=DESK, feeder_mrid=None, mode=AutonomyMode.AUTOMATIC, by=desk.anna.user, as_of=desk.now, reason="Nights",
        from_hour=0, to_hour=24, max_kw=1e5, max_operations_per_day=20, least_confidence=0.5,
    )  # fmt: skip
    second_autonomy(rule_id=rule.pk, by=person("sam", Role.SUPERVISOR).user, as_of=desk.now)
    begun = desk.now
    look(as_of=desk.now)
    carry_on(desk)
    proposal = Proposal.objects.get(rule=rule)
    assert proposal.status == ProposalStatus.DONE, proposal.reason
    assert proposal.executed_at is not None
    assert proposal.executed_at - begun <= timedelta(seconds=60)
    assert Order.objects.get(device_mrid=mrid_of(model, TRIPPED), act=Act.CLOSE).approved_by.username == "sam"


def test_after_the_repair_the_switches_go_back_without_anybody_losing_supply(
    incident: Incident, desk: Desk, model: NetworkModel
) -> None:
    approved(desk)
    carry_on(desk)
    Incident.objects.update(status=IncidentStatus.REPAIRED)
    settle(desk)
    (run,) = look(as_of=desk.now)
    assert (run.aim, run.outcome) == (RestorationAim.RETURN, RestorationOutcome.PROPOSED), run.text
    proposal = Proposal.objects.get(pk=run.proposals[0])
    acts = [(step["device_name"], bool(step["to"])) for step in proposal.steps]
    assert proposal.desk == RETURN_DESK
    assert set(acts) == {(NEAR, True), (FAR, True), (TIE, False)}
    assert acts.index((FAR, True)) < acts.index((TIE, False)), "the tie opens when both sides are fed"
    assert acts[0][1]
    assert proposal.verification["customers_lost"] == 0


def test_protection_that_moves_again_is_waited_for(incident: Incident, desk: Desk) -> None:
    incident.facts.create(kind="tripped", key="again", at=desk.now, recorded_at=desk.now, text="Tripped again.")
    (run,) = look(as_of=desk.now)
    assert run.outcome == RestorationOutcome.MOVING
    desk.now += RECLOSING_OVER
    settle(desk)
    proposed(desk)
