"""One way in which a proposal changes: compare and swap, journal, and a receipt where it was shown and has ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.dispatch.choices.proposal import (
    PROPOSALS,
    TAKEN,
    ProposalStatus,
)
from apps.dispatch.models import Proposal, Receipt, Trouble
from apps.live import services as live

_HAVE_ENDED = frozenset(
    {
        ProposalStatus.REJECTED,
        ProposalStatus.WITHDRAWN,
        ProposalStatus.EXPIRED,
        ProposalStatus.SUPERSEDED,
        ProposalStatus.FAILED,
        ProposalStatus.DONE,
    }
)


@transaction.atomic
def move(proposal: Proposal, new: ProposalStatus, *, as_of: datetime, reason: str = "", **fields: Any) -> bool:
    """False if it stands elsewhere by now; then nothing was changed."""
    old = ProposalStatus(proposal.status)
    told: dict[str, Any] = {"reason": reason[:300], **fields}
    if not Proposal.objects.move(proposal.pk, old, new, **told):
        proposal.refresh_from_db()
        return False
    proposal.status = new
    for name, value in told.items():
        setattr(proposal, name, value)
    if new in _HAVE_ENDED:
        _owe_receipt(proposal, as_of)
    tell(proposal)
    return True


def finish(proposal: Proposal, new: ProposalStatus, *, as_of: datetime, reason: str = "", **fields: Any) -> bool:
    return move(proposal, new, as_of=as_of, reason=reason, ended_at=as_of, **fields)


def tell(proposal: Proposal) -> None:
    payload = {
        "id": proposal.pk,
        "trouble": proposal.trouble_id,
        "status": proposal.status,
        "title": proposal.title,
        "reason": proposal.reason,
    }
    live.record(stream=PROPOSALS, kind=f"proposal.{proposal.status}", subject=str(proposal.pk), payload=payload)


def tell_troubles(troubles: Sequence[Trouble]) -> None:
    payload = {"standing": [{"id": one.pk, "breach": one.breach, "place": one.place} for one in troubles]}
    live.record(stream=PROPOSALS, kind="troubles", subject="troubles", payload=payload)


def _owe_receipt(proposal: Proposal, as_of: datetime) -> None:
    """Also for what nobody took: what would have come of it is worked out as well."""
    if proposal.expected_relief is None or proposal.low_relief is None or proposal.high_relief is None:
        return
    is_taken = ProposalStatus(proposal.status) in TAKEN
    Receipt.objects.get_or_create(
        proposal=proposal,
        defaults={
            "is_taken": is_taken,
            "desk": proposal.desk,
            "kind": proposal.kind,
            "due_at": _due_at(proposal, as_of),
            "unit": proposal.unit,
            "expected": proposal.expected_relief,
            "low": proposal.low_relief,
            "high": proposal.high_relief,
            "confidence": proposal.confidence or 0.0,
            "said_ends": bool(proposal.ends),
            "raw_low": proposal.raw_low if proposal.raw_low is not None else proposal.low_relief,
            "raw_high": proposal.raw_high if proposal.raw_high is not None else proposal.high_relief,
            "raw_confidence": proposal.raw_confidence or 0.0,
        },
    )


def _due_at(proposal: Proposal, as_of: datetime) -> datetime:
    """Of what was foreseen: in the hour that it was foreseen for."""
    due_at = as_of + timedelta(seconds=settings.RECEIPT_AFTER_S + proposal.time_to_effect_s)
    return max(due_at, proposal.trouble.worst_at or due_at)
