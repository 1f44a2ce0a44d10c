"""An approved proposal's steps as orders, by the simulated field's own control points."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.selectors import assembled, current_model
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.proposal import Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Order, Proposal, Trouble
from apps.dispatch.services import execution
from apps.dispatch.services.execution import advance
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
    first = approved.steps[0]
    Order.objects.create(
        device_mrid=first["device_mrid"], device_name="Tie", point_name="Tie", act=Act.CLOSE, value=1.0,
        status=OrderStatus.UNKNOWN, purpose=f"proposal {approved.pk}, step 1", nonce="n", selected_at=timezone.now(),
        selected_by=anna, selected_session="s", expires_at=timezone.now(),
    )  # fmt: skip
    advance(as_of=timezone.now())
    approved.refresh_from_db()
    assert approved.status == ProposalStatus.UNKNOWN
    assert advance(as_of=timezone.now()) == 0
    assert Order.objects.count() == 1
