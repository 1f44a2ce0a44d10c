"""What becomes of an approved proposal in the field, as the live state shows it."""

from apps.dispatch.adapters.steps import BadStep, stands_as
from apps.dispatch.choices.proposal import OBSERVED_WITHIN, UNDER_WAY, ProposalStatus
from apps.dispatch.models import Proposal
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish
from apps.dispatch.services.verification import steps_of


def observe(live: Live) -> int:
    """Done is what the meters show, whoever operated; approved and not done in time is given up."""
    moved = 0
    for proposal in Proposal.objects.filter(status__in=UNDER_WAY).select_related("trouble"):
        if not differs(proposal, live):
            moved += finish(proposal, ProposalStatus.DONE, as_of=live.as_of, executed_at=live.as_of)
        elif ProposalStatus(proposal.status) == ProposalStatus.APPROVED and _is_late(proposal, live):
            reason = "It was approved, and not executed in time."
            moved += finish(proposal, ProposalStatus.WITHDRAWN, reason=reason, as_of=live.as_of)
    return moved


def differs(proposal: Proposal, live: Live) -> str:
    """Empty where all devices stand as the steps leave them."""
    try:
        return stands_as(steps_of(proposal), live.scene.base, live.scene.place, done=True)
    except BadStep as fault:
        return str(fault)


def _is_late(proposal: Proposal, live: Live) -> bool:
    return proposal.decided_at is not None and live.as_of - proposal.decided_at > OBSERVED_WITHIN
