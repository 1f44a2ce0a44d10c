"""What each desk's word has been worth, by its receipts."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from apps.dispatch.adapters.records import Record, newcomer, record_document, records_of
from apps.dispatch.choices.proposal import DESK_LABEL, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt

SINCE = timedelta(days=90)
MOST_LISTED = 200


def _scored(as_of: datetime) -> QuerySet[Receipt]:
    return Receipt.objects.filter(outcome=ReceiptOutcome.SCORED, measured_at__gt=as_of - SINCE).order_by("measured_at")


def track_records(as_of: datetime) -> dict[tuple[str, str], Record]:
    return records_of(_scored(as_of))


def record_for(desk: str, kind: str, as_of: datetime) -> Record:
    return records_of(_scored(as_of).filter(desk=desk, kind=kind)).get((desk, kind), newcomer())


def records_document(as_of: datetime) -> dict[str, Any]:
    """Also of desks and kinds of which no receipt is scored yet: they are newcomers, and that is said."""
    records, counts = track_records(as_of), _counts(as_of)
    keys = sorted({*records, *counts})
    rows = [
        {
            "desk": desk,
            "desk_label": desk_label(desk),
            "kind": kind,
            **record_document(records.get((desk, kind), newcomer())),
            **counts.get((desk, kind), _NO_COUNTS),
        }
        for desk, kind in keys
    ]
    return {"as_of": as_of.isoformat(), "since": (as_of - SINCE).isoformat(), "records": rows}


_NO_COUNTS = {"proposed": 0, "failed_verification": 0, "taken": 0, "rejected": 0}
_COUNTED = {
    ProposalStatus.FAILED_VERIFICATION: "failed_verification",
    ProposalStatus.DONE: "taken",
    ProposalStatus.REJECTED: "rejected",
}


def _counts(as_of: datetime) -> dict[tuple[str, str], dict[str, int]]:
    rows = Proposal.objects.filter(created_at__gt=as_of - SINCE).order_by().values("desk", "kind", "status")
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows.annotate(count=Count("pk")):
        told = found.setdefault((row["desk"], row["kind"]), dict(_NO_COUNTS))
        told["proposed"] += row["count"]
        if (name := _COUNTED.get(ProposalStatus(row["status"]))) is not None:
            told[name] += row["count"]
    return found


def desk_label(desk: str) -> str:
    return DESK_LABEL.get(desk, desk.replace("-", " ").capitalize())


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.pk,
        "proposal": receipt.proposal_id,
        "title": receipt.proposal.title,
        "trouble": str(receipt.proposal.trouble),
        "desk": receipt.desk,
        "desk_label": desk_label(receipt.desk),
        "kind": receipt.kind,
        "status": receipt.proposal.status,
        "outcome": receipt.outcome,
        "reason": receipt.reason,
        "is_taken": receipt.is_taken,
        "due_at": receipt.due_at.isoformat(),
        "measured_at": receipt.measured_at.isoformat() if receipt.measured_at else None,
        **{name: getattr(receipt, name) for name in _FIGURES},
    }


_FIGURES = (
    "unit",
    "expected",
    "low",
    "high",
    "confidence",
    "said_ends",
    "value_with",
    "value_without",
    "realised",
    "ends",
    "is_inside",
    "is_hit",
)


def receipt_documents(*, desk: str = "", kind: str = "", limit: int = MOST_LISTED) -> list[dict[str, Any]]:
    """The newest first."""
    wanted = {name: value for name, value in (("desk", desk), ("kind", kind)) if value}
    rows = Receipt.objects.filter(**wanted).select_related("proposal__trouble").defer("proposal__profile")
    return [receipt_document(row) for row in rows[:limit]]
