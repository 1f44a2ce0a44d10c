"""What desks proposed in a quarter hour, and what became of it: approved by whom, sent, observed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count

from apps.accounts.models import User
from apps.dispatch.choices.order import DONE, PENDING, OrderStatus
from apps.dispatch.choices.proposal import DESK_LABEL
from apps.dispatch.models import Autonomy, Call, Course, Order, Proposal
from apps.impact.choices.cycle import STAGE_OF_DESK, CycleStage

# Asked of the field, and not done or not known to be.
NOT_DONE = frozenset({OrderStatus.REFUSED, OrderStatus.NOT_SENT, OrderStatus.TIMED_OUT, OrderStatus.UNKNOWN})
_PEOPLE = ("decided_by", "rule")


def proposed_within(*, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    """Proposals, courses of set-points and calls to customers, the newest first."""
    within = {"created_at__gte": begin, "created_at__lt": end}
    proposals = Proposal.objects.filter(**within).select_related(*_PEOPLE).defer("profile", "verification")
    courses = Course.objects.filter(**within).select_related(*_PEOPLE)
    calls = Call.objects.filter(**within).defer("verification").select_related(*_PEOPLE)
    return [
        *(_document("proposal", one) | {"orders": len(one.orders)} for one in proposals),
        *(_document("course", one) | {"orders": None} for one in courses),
        *(_document("call", one) | {"orders": None} for one in calls),
    ]


def _document(kind: str, one: Proposal | Course | Call) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": one.pk,
        "stage": STAGE_OF_DESK.get(one.desk, CycleStage.DISPATCH).value,
        "desk": one.desk,
        "desk_label": DESK_LABEL.get(one.desk, one.desk),
        "title": one.title,
        "status": one.status,
        "status_label": one.get_status_display(),
        "reason": one.reason,
        "decided_by": _decided(one.decided_by, one.rule),
    }


def _decided(by: User | None, rule: Autonomy | None) -> str:
    if rule is not None:
        return f"rule: {rule}"
    return by.get_username() if by is not None else ""


def orders_within(*, begin: datetime, end: datetime) -> dict[str, Any]:
    """By what became of them."""
    rows = Order.objects.filter(selected_at__gte=begin, selected_at__lt=end)
    told = {row["status"]: row["count"] for row in rows.values("status").annotate(count=Count("pk")).order_by()}
    return {
        "count": sum(told.values()),
        "sent": rows.filter(sent_at__isnull=False).count(),
        "done": _sum(told, DONE),
        "pending": _sum(told, PENDING),
        "failed": _sum(told, NOT_DONE),
        "by_status": {OrderStatus(status).label: count for status, count in told.items()},
    }


def _sum(told: dict[str, int], those: Iterable[str]) -> int:
    return sum(told.get(str(one), 0) for one in those)
