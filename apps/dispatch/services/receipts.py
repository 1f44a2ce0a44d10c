"""What was promised beside what came: the live state against the same state by power flow with the steps undone.

For what nobody took it is the other way round: with the steps done, on paper.
"""

from collections.abc import Sequence

from django.db import transaction

from apps.dispatch.adapters.checking import value_of
from apps.dispatch.adapters.records import is_hit
from apps.dispatch.adapters.steps import BadStep, Step, stands_as, undone
from apps.dispatch.choices.proposal import RECEIPT_GIVEN_UP_AFTER, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt
from apps.dispatch.services.execution import differs
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import tell
from apps.dispatch.services.verification import checked_trouble, steps_of

MOST_AT_ONCE = 100


def settle_receipts(live: Live) -> int:
    """Those that are due; how many were settled."""
    due = Receipt.objects.filter(outcome=ReceiptOutcome.DUE, due_at__lte=live.as_of).order_by("due_at")
    return sum(_settle(receipt, live) for receipt in due.select_related("proposal__trouble")[:MOST_AT_ONCE])


@transaction.atomic
def _settle(receipt: Receipt, live: Live) -> bool:
    steps, instead = steps_of(receipt.proposal), _taken_instead(receipt, live)
    late = live.as_of - receipt.due_at > RECEIPT_GIVEN_UP_AFTER
    objection = "Nobody looked at the state while it was due." if late else _objection(receipt, steps, instead, live)
    if objection:
        return _close(receipt, live, outcome=ReceiptOutcome.VOID, reason=objection[:300])
    trouble, back = checked_trouble(receipt.proposal.trouble), undone(instead)
    having = value_of(live.scene, trouble, [] if receipt.is_taken else [*back, *steps])
    lacking = value_of(live.scene, trouble, undone(steps) if receipt.is_taken else back)
    if having is None or lacking is None:
        return _close(receipt, live, outcome=ReceiptOutcome.VOID, reason="One of the two states has no power flow.")
    receipt.value_with, receipt.value_without = having[0], lacking[0]
    receipt.realised, receipt.ends = lacking[1] - having[1], having[1] <= 0
    receipt.is_inside = receipt.low <= receipt.realised <= receipt.high
    receipt.is_hit = is_hit(receipt)
    return _close(receipt, live, outcome=ReceiptOutcome.SCORED, reason="")


def _taken_instead(receipt: Receipt, live: Live) -> list[Step]:
    """Another answer to the same trouble that stands in the field now: it is taken back on paper first."""
    if receipt.is_taken:
        return []
    rows = Proposal.objects.filter(trouble=receipt.proposal.trouble_id, status=ProposalStatus.DONE)
    taken = rows.filter(executed_at__gte=receipt.proposal.created_at).order_by("-executed_at").first()
    return steps_of(taken) if taken is not None and not differs(taken, live) else []


def _objection(receipt: Receipt, steps: Sequence[Step], instead: Sequence[Step], live: Live) -> str:
    """Somebody has moved a device since: then the difference is not this proposal's."""
    if receipt.proposal.trouble.is_of_supply and not receipt.is_taken and not instead:
        return "What customers without supply would have drawn is not measured."
    if receipt.proposal.network_model_id != live.model.pk:
        return "The network has another version since."
    known = {(step.device_mrid, step.quantity) for step in instead}
    own = [step for step in steps if (step.device_mrid, step.quantity) not in known]
    try:
        stands = stands_as(own, live.scene.base, live.scene.place, done=receipt.is_taken)
    except BadStep as fault:
        return str(fault)
    return f"A device was moved since: {stands}" if stands else ""


def _close(receipt: Receipt, live: Live, *, outcome: ReceiptOutcome, reason: str) -> bool:
    """False if another worker was faster."""
    fields = {
        name: getattr(receipt, name)
        for name in ("value_with", "value_without", "realised", "ends", "is_inside", "is_hit")
    }
    told = {"outcome": outcome, "reason": reason, "measured_at": live.as_of, "versions": live.versions}
    done = Receipt.objects.filter(pk=receipt.pk, outcome=ReceiptOutcome.DUE).update(**fields, **told) == 1
    if done:
        tell(receipt.proposal)
    return done
