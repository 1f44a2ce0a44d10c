"""Months of money, their lines, and what a customer gets as a statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import User
from apps.demand_response.choices import LineKind
from apps.demand_response.models import Enrolment, SettlementLine, SettlementMonth

MOST_MONTHS, MOST_LINES = 120, 300


def months(user: User) -> list[dict[str, Any]]:
    rows = SettlementMonth.objects.visible_to(user).select_related("program", "approved_by", "final_by")
    found = list(rows.order_by("-month", "program__title")[:MOST_MONTHS])
    sums = _sums([one.pk for one in found])
    return [month_document(one) | sums.get(one.pk, _NOTHING) for one in found]


def month_with_sums(month: SettlementMonth) -> dict[str, Any]:
    return month_document(month) | _sums([month.pk]).get(month.pk, _NOTHING)


def month_document(one: SettlementMonth) -> dict[str, Any]:
    return {
        "id": one.pk,
        "program": one.program_id,
        "program_title": one.program.title,
        "month": one.month,
        "status": one.status,
        "status_words": one.get_status_display(),
        "approved_at": one.approved_at,
        "approved_by": one.approved_by.username if one.approved_by else "",
        "final_at": one.final_at,
        "final_by": one.final_by.username if one.final_by else "",
    }


_NOTHING: dict[str, Any] = {"lines": 0, "unsettled": 0, "customers": 0, "amount_eur": 0.0, "by_kind": {}}


def _sums(keys: list[int]) -> dict[int, dict[str, Any]]:
    rows = SettlementLine.objects.filter(month__in=keys).order_by().values("month_id")
    told = rows.annotate(
        lines=Count("pk"),
        unsettled=Count("pk", filter=Q(amount_eur__isnull=True)),
        customers=Count("enrolment_id", distinct=True),
        total_eur=Sum("amount_eur"),
        **{f"kind_{kind}": Sum("amount_eur", filter=Q(kind=kind)) for kind in LineKind.values},
    )
    return {row["month_id"]: _sum(row) for row in told}


def _sum(row: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {LineKind(kind).label: row[f"kind_{kind}"] for kind in LineKind.values}
    return {
        "lines": row["lines"],
        "unsettled": row["unsettled"],
        "customers": row["customers"],
        "amount_eur": None if row["total_eur"] is None else float(row["total_eur"]),
        "by_kind": {label: float(amount) for label, amount in kinds.items() if amount is not None},
    }


def lines_of(month: SettlementMonth, *, words: str = "", kind: str = "", unsettled: bool = False) -> QuerySet[Any]:
    rows = SettlementLine.objects.filter(month=month).order_by("pk")
    rows = rows.select_related("enrolment__customer", "participation__stage__call")
    if kind:
        rows = rows.filter(kind=kind)
    if unsettled:
        rows = rows.filter(amount_eur__isnull=True)
    for word in words.split():
        one = Q(enrolment__customer__reference__icontains=word) | Q(enrolment__customer__name__icontains=word)
        rows = rows.filter(one)
    return rows


def line_document(one: SettlementLine) -> dict[str, Any]:
    customer, part = one.enrolment.customer, one.participation
    return {
        "id": one.pk,
        "enrolment": one.enrolment_id,
        "reference": customer.reference,
        "name": customer.name,
        "kind": one.kind,
        "kind_words": one.get_kind_display(),
        "call": part.stage.call_id if part else None,
        "event_at": part.stage.starts_at if part else None,
        "quantity": one.quantity,
        "unit": one.unit,
        "rate_eur": one.rate_eur,
        "amount_eur": None if one.amount_eur is None else float(one.amount_eur),
        "reason": one.reason,
    }


@dataclass(frozen=True)
class Statement:
    """What one customer gets for a month."""

    month: SettlementMonth
    enrolment: Enrolment
    lines: list[SettlementLine]

    @property
    def amount_eur(self) -> Decimal:
        return sum((one.amount_eur for one in self.lines if one.amount_eur is not None), Decimal(0))

    @property
    def unsettled(self) -> int:
        return sum(one.amount_eur is None for one in self.lines)


def statements(month: SettlementMonth, *, enrolment: int | None = None) -> Iterator[Statement]:
    """By customer in the order of their numbers."""
    rows = lines_of(month).order_by("enrolment__customer__reference", "enrolment_id", "pk")
    if enrolment is not None:
        rows = rows.filter(enrolment=enrolment)
    found: dict[int, list[SettlementLine]] = {}
    for row in rows:
        found.setdefault(row.enrolment_id, []).append(row)
    return (Statement(month, lines[0].enrolment, lines) for lines in found.values())
