"""An approved proposal's steps as orders, by the simulated field's own control points."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled, current_model
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.proposal import OBSERVED_WITHIN, AutonomyMode, Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Order, Proposal, Trouble
from apps.dispatch.services import decisions, execution
from apps.dispatch.services.autonomy import set_autonomy
from apps.dispatch.services.execution import advance
from apps.dispatch.services.refusal import Refused
from tests.factories.field import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(room: Room, begun: datetime, anna: User) -> Proposal:
    """Close a tie of the room and open another switch; approved, not begun."""
    model = current_model()
    assert model is not None
    switches, normal = assembled(model).switches, assembled(model).normal_closed
    tie, other = (next(n for n in range(len(normal)) if bool(normal[n]) == closed) for closed in (False, True))
    trouble = Trouble.objects.create(
        origin="live", breach=Breach.OVERLOAD, source="x", place="F01", value=110, limit=100, unit="%",
        began_at=begun, seen_at=begun,
    )  # fmt: skip
    steps = [
        {
            "device_mrid": switches.mrid[n],
            "device_name": switches.name[n],
            "quantity": StepQuantity.SWITCH_STATE.value,
            "unit": "",
            "from": 1.0 - to,
            "to": to,
            "low": 0.0,
            "high": 1.0,
            "words": "",
        }
        for n, to in ((tie, 1.0), (other, 0.0))
    ]
    times = {"created_at": begun, "refreshed_at": begun, "expires_at": begun + timedelta(hours=1), "decided_at": begun}
    return Proposal.objects.create(
        trouble=trouble, desk="single-device", kind="transfer", title="Transfer", status=ProposalStatus.APPROVED,
        steps=steps, devices=[step["device_mrid"] for step in steps], network_model=model, unit="%", key="k",
        decided_by=anna, **times,
    )  # fmt: skip


def carried(approved: Proposal, by: User) -> Proposal:
    now = timezone.now()
    execution.begin(proposal_id=approved.pk, by=by, as_of=now)
    advance(as_of=now)
    approved.refresh_from_db()
    return approved


def test_a_warning_of_the_look_ahead_waits_for_a_person_and_is_asked_for_once_when_read(
    approved: Proposal, room: Room, anna: User
) -> None:
    room.step(timezone.now())
    found = carried(approved, anna)
    assert (found.status, found.waits_at, found.reason[:6]) == (ProposalStatus.EXECUTING, 1, "Step 1")
    assert "ring" in found.reason or "paralleled" in found.reason
    assert not Order.objects.exclude(status=OrderStatus.CANCELLED).exists()

    going = carried(found, anna)
    order = Order.objects.exclude(status=OrderStatus.CANCELLED).get()
    purpose = f"proposal {found.pk}, step 1"
    # The room's breakers are critical: carrying out gets round nobody, the second person least of all.
    assert (order.status, order.act, order.purpose) == (OrderStatus.AWAITING, Act.CLOSE, purpose)
    assert (going.orders, going.waits_at, going.confirmed) == ([order.pk], 0, 1)
    advance(as_of=timezone.now())
    assert Order.objects.exclude(status=OrderStatus.CANCELLED).count() == 1


def test_an_order_without_an_answer_leaves_the_proposal_unknown_and_is_not_repeated(
    approved: Proposal, anna: User
) -> None:
    Proposal.objects.filter(pk=approved.pk).update(status=ProposalStatus.EXECUTING, executor=anna)
    ordered(approved, anna, OrderStatus.UNKNOWN)
    advance(as_of=timezone.now())
    approved.refresh_from_db()
    assert approved.status == ProposalStatus.UNKNOWN
    assert advance(as_of=timezone.now()) == 0
    assert Order.objects.count() == 1


def ordered(approved: Proposal, by: User, status: OrderStatus, number: int = 1) -> Order:
    """A step's order as it stands at some time."""
    step = approved.steps[number - 1]
    found = {"settled_by": by, "finding": "Seen on site"} if status.startswith("found") else {}
    return Order.objects.create(
        device_mrid=step["device_mrid"], device_name="Tie", point_name="Tie", act=Act.CLOSE, value=step["to"],
        status=status, purpose=f"proposal {approved.pk}, step {number}", nonce="n", selected_at=timezone.now(),
        selected_by=by, selected_session="s", expires_at=timezone.now(), **found,
    )  # fmt: skip


def executing(approved: Proposal, by: User, **fields: object) -> Proposal:
    Proposal.objects.filter(pk=approved.pk).update(status=ProposalStatus.EXECUTING, executor=by, **fields)
    approved.refresh_from_db()
    return approved


def advanced(proposal: Proposal) -> tuple[str, str]:
    advance(as_of=timezone.now())
    proposal.refresh_from_db()
    return proposal.status, proposal.reason


def test_what_was_found_out_ends_a_proposal_that_was_not_known(approved: Proposal, anna: User) -> None:
    """Its later steps were thought out for a state that is minutes old by then: a desk thinks anew."""
    order = ordered(executing(approved, anna), anna, OrderStatus.UNKNOWN)
    assert advanced(approved)[0] == ProposalStatus.UNKNOWN
    settle = {"settled_by": anna, "finding": "Seen on site"}
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FOUND_DONE, **settle)
    status, reason = advanced(approved)
    assert (status, reason[:23]) == (ProposalStatus.FAILED, "Step 2 was not ordered:")
    assert Order.objects.count() == 1


def test_a_last_step_that_was_found_done_is_done_and_one_found_not_done_has_failed(
    approved: Proposal, anna: User
) -> None:
    executing(approved, anna, steps=approved.steps[:1])
    order = ordered(approved, anna, OrderStatus.FOUND_NOT_DONE)
    status, reason = advanced(approved)
    assert (status, "Seen on site" in reason) == (ProposalStatus.FAILED, True)

    Proposal.objects.filter(pk=approved.pk).update(status=ProposalStatus.UNKNOWN)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FOUND_DONE)
    assert advanced(approved)[0] == ProposalStatus.DONE


def test_nothing_goes_on_in_another_version_of_the_network(approved: Proposal, room: Room, anna: User) -> None:
    other = NetworkModel.objects.create(source="s", name="n", schematic=False, imported_at=timezone.now())
    Proposal.objects.filter(pk=approved.pk).update(network_model=other)
    with pytest.raises(Refused, match="another version"):
        execution.begin(proposal_id=approved.pk, by=anna, as_of=timezone.now())

    assert "another version" in advanced(executing(approved, anna))[1]
    assert (approved.status, Order.objects.exists()) == (ProposalStatus.FAILED, False)


def test_nothing_goes_on_long_after_its_approval(approved: Proposal, anna: User) -> None:
    long_ago = timezone.now() - OBSERVED_WITHIN - timedelta(seconds=1)
    Proposal.objects.filter(pk=approved.pk).update(decided_at=long_ago)
    with pytest.raises(Refused, match="not carried out in time"):
        execution.begin(proposal_id=approved.pk, by=anna, as_of=timezone.now())
    waiting = executing(approved, anna, waits_at=2)
    with pytest.raises(Refused, match="not carried out in time"):
        execution.begin(proposal_id=approved.pk, by=anna, as_of=timezone.now())
    status, reason = advanced(waiting)
    assert (status, reason) == (ProposalStatus.FAILED, "Nobody has read the warning of step 2 in time.")


@pytest.mark.parametrize(
    ("breach", "status"), [(Breach.SUPPLY, ProposalStatus.FAILED), (Breach.OVERLOAD, ProposalStatus.EXECUTING)]
)
def test_what_waits_for_a_person_gives_its_devices_back_when_its_incident_is_over(
    approved: Proposal, anna: User, breach: Breach, status: ProposalStatus
) -> None:
    now = timezone.now()
    Trouble.objects.filter(pk=approved.trouble_id).update(breach=breach, ended_at=now)
    waiting = executing(approved, anna, waits_at=2, decided_at=now)
    assert advanced(waiting)[0] == status


def test_a_rule_that_was_switched_off_meanwhile_waits_for_a_person(approved: Proposal, room: Room, anna: User) -> None:
    room.step(timezone.now())
    given = {"from_hour": 0, "to_hour": 24, "max_kw": 1e6, "max_operations_per_day": 99, "least_confidence": 0.1}
    said = {"desk": "single-device", "feeder_mrid": None, "by": anna, "as_of": timezone.now(), "reason": "Night"}
    rule = set_autonomy(mode=AutonomyMode.AUTOMATIC, **said, **given)
    executing(approved, anna, rule=rule, decided_by=None)
    set_autonomy(mode=AutonomyMode.ADVISE, **said, **given)

    status, reason = advanced(approved)
    assert (status, approved.waits_at) == (ProposalStatus.EXECUTING, 1)
    assert "The rule that approved it does not act by itself any more." in reason
    assert not Order.objects.exclude(status=OrderStatus.CANCELLED).exists()
    execution.begin(proposal_id=approved.pk, by=anna, as_of=timezone.now())
    advance(as_of=timezone.now())
    assert Order.objects.exclude(status=OrderStatus.CANCELLED).count() == 1, "a person has taken it over"


def test_a_switch_that_was_moved_by_hand_after_its_step_is_not_moved_back(
    approved: Proposal, room: Room, anna: User
) -> None:
    """The tie stands open: somebody has opened it again."""
    room.step(timezone.now())
    ordered(executing(approved, anna, confirmed=2), anna, OrderStatus.CONFIRMED)
    advanced(approved)
    assert Order.objects.filter(purpose__endswith="step 1").count() == 1


def test_what_is_being_carried_out_is_stopped_between_two_steps(approved: Proposal, anna: User) -> None:
    executing(approved, anna, waits_at=1)
    order = ordered(approved, anna, OrderStatus.SENDING)
    stop = {"proposal_id": approved.pk, "reason": "The crew is not ready", "by": anna, "as_of": timezone.now()}
    with pytest.raises(Refused, match="It is stopped when that has ended"):
        decisions.withdraw(**stop)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CONFIRMED)
    assert decisions.withdraw(**stop).reason == "Stopped by anna: The crew is not ready"
    assert (advanced(approved)[0], Order.objects.count()) == (ProposalStatus.FAILED, 1)
