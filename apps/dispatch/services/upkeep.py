"""What time brings to proposals: expiry, what was carried out meanwhile, and receipts that have come due."""

from dataclasses import dataclass
from datetime import datetime

from apps.dispatch.choices.proposal import UNDER_WAY, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt
from apps.dispatch.services.course_following import expire_courses
from apps.dispatch.services.execution import observe
from apps.dispatch.services.proposals import expire_proposals
from apps.dispatch.services.receipts import settle_receipts
from apps.dispatch.services.scenes import NoState, live_scene


@dataclass(frozen=True, slots=True)
class Kept:
    expired: int
    observed: int
    settled: int


def keep(*, as_of: datetime) -> Kept:
    """The live state is worked out only where something waits for it."""
    expired = expire_proposals(as_of=as_of) + expire_courses(as_of=as_of)
    is_due = Receipt.objects.filter(outcome=ReceiptOutcome.DUE, due_at__lte=as_of).exists()
    if not is_due and not Proposal.objects.filter(status__in=UNDER_WAY).exists():
        return Kept(expired, 0, 0)
    try:
        live = live_scene(as_of=as_of)
    except NoState:
        return Kept(expired, 0, 0)
    return Kept(expired, observe(live), settle_receipts(live))
