"""Evaluations as they are shown; names of customers only where the program is one's own."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.demand_response.choices import EvaluationStatus
from apps.demand_response.models import CustomerOutcome, DemandProgram, Evaluation, Participation
from apps.demand_response.selectors.satisfaction import survey_answers
from apps.dispatch.models import Call

MOST, MOST_CUSTOMERS = 200, 200
_ROW = (
    "customers", "settled_customers", "delivered_kwh", "delivered_kw", "low_kw", "high_kw", "reason", "duration_ms",
)  # fmt: skip
_WHOLE = ("methods", "course", "hours", "stages", "rebound", "worth", "satisfaction", "versions")


def calls_of(user: User, *, own: bool = False) -> QuerySet[Call]:
    """Calls to customers of programs that this person sees, or runs."""
    programs = DemandProgram.objects.run_by(user) if own else DemandProgram.objects.visible_to(user)
    asked = Participation.objects.filter(stage__call=OuterRef("pk"), enrolment__program__in=programs.values("pk"))
    return Call.objects.filter(Exists(asked))


def evaluated_calls(user: User, *, at: datetime) -> list[dict[str, Any]]:
    """By call the newest that was there at that instant, newest call first."""
    rows = Evaluation.objects.visible_to(user).filter(asked_at__lte=at).select_related("call", "program")
    newest = rows.order_by("call_id", "-id").distinct("call_id").values("pk")
    shown = Evaluation.objects.filter(pk__in=newest).select_related("call", "program").defer(*_WHOLE)
    return [row_document(row) for row in shown.order_by("-call__starts_at")[:MOST]]


def call_evaluation(call: Call, user: User, *, at: datetime) -> dict[str, Any]:
    rows = Evaluation.objects.visible_to(user).filter(call=call, asked_at__lte=at).select_related("call", "program")
    done = rows.filter(status=EvaluationStatus.DONE, as_of__lte=at).order_by("-id").first()
    history = rows.order_by("-id").defer(*_WHOLE)[:20]
    return {
        "call": call.pk,
        "title": call.title,
        "starts_at": call.starts_at,
        "ends_at": call.ends_at,
        "promised_kw": [call.expected_kw_p10, call.expected_kw_p50, call.expected_kw_p90],
        "evaluation": whole_document(done) if done else None,
        "history": [row_document(row) for row in history],
        "survey": survey_answers(call.pk),
    }


def row_document(row: Evaluation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "call": row.call_id,
        "title": row.call.title,
        "starts_at": row.call.starts_at,
        "ends_at": row.call.ends_at,
        "program": row.program_id,
        "program_title": row.program.title,
        "status": row.status,
        "status_words": row.get_status_display(),
        "as_of": row.as_of,
        "method": row.method,
        "method_words": row.get_method_display(),
        "promised_kw": row.call.expected_kw_p50,
        **{name: getattr(row, name) for name in _ROW},
    }


def whole_document(row: Evaluation) -> dict[str, Any]:
    return row_document(row) | {name: getattr(row, name) for name in _WHOLE}


def outcomes(row: Evaluation, *, words: str = "", after: int = 0, most: int = MOST_CUSTOMERS) -> list[dict[str, Any]]:
    """By name or number, in the order of their ids."""
    rows = CustomerOutcome.objects.filter(evaluation=row, pk__gt=after).order_by("pk")
    for word in words.split():
        path = "participation__enrolment__customer__"
        rows = rows.filter(Q(**{f"{path}reference__icontains": word}) | Q(**{f"{path}name__icontains": word}))
    return [outcome_document(one) for one in rows.select_related(*_CUSTOMER)[:most]]


def outcome_rows(row: Evaluation) -> Iterator[dict[str, Any]]:
    """All of them, for a file."""
    rows = CustomerOutcome.objects.filter(evaluation=row).order_by("pk").select_related(*_CUSTOMER)
    return (outcome_document(one) for one in rows.iterator(chunk_size=2000))


_CUSTOMER = ("participation__enrolment__customer", "participation__stage")
SUMS = (
    "baseline_kwh", "load_kwh", "delivered_kwh", "low_kwh", "high_kwh", "missing", "baseline_days", "bias_percent",
    "rrmse_percent", "rebound_kwh",
)  # fmt: skip


def outcome_document(one: CustomerOutcome) -> dict[str, Any]:
    part: Participation = one.participation
    customer = part.enrolment.customer
    hours = (part.stage.ends_at - part.stage.starts_at).total_seconds() / 3600
    return {
        "id": one.pk,
        "enrolment": part.enrolment_id,
        "reference": customer.reference,
        "name": customer.name,
        "stage": part.stage.number,
        "promised_kwh": round(part.kw_p50 * hours, 3),
        "opted_out_at": part.opted_out_at,
        "answer": part.answer,
        "hours_kw": one.hours_kw,
        **{name: getattr(one, name) for name in SUMS},
    }
