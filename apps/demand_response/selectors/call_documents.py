"""Calls as people see them: by whom they were decided, how their hours go by power flow, what is delivered."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.demand_response.choices import Answer
from apps.demand_response.models import DemandProgram, Participation, StageProgress, Strategy
from apps.demand_response.selectors.progress import Told, stage_outlook
from apps.dispatch.choices.call import CallStatus
from apps.dispatch.models import Call, CallStage
from apps.dispatch.rules.calls import needs_second

MOST_LISTED = 50
MOST_PEOPLE = 500


def calls_visible_to(user: User) -> QuerySet[Call]:
    """By the program that they are of."""
    programs = DemandProgram.objects.visible_to(user).values("pk")
    return Call.objects.filter(strategy__program__in=programs)


def call_list(user: User, *, at: datetime, status: str = "", before: int | None = None) -> list[dict[str, Any]]:
    """As they stood then, the newest first."""
    rows = calls_visible_to(user).filter(created_at__lte=at)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if status:
        rows = rows.filter(status=status)
    found = list(rows.defer("verification").select_related("submitted_by", "decided_by", "rule")[:MOST_LISTED])
    stood, programs = _stood(found, at), _programs(found)
    return [call_document(one, programs[one.pk], status=stood.get(one.pk)) for one in found]


def call_alone(call: Call) -> dict[str, Any]:
    return call_document(call, _programs([call])[call.pk])


def _programs(calls: Sequence[Call]) -> dict[int, DemandProgram]:
    rows = Strategy.objects.filter(call__in=list(calls)).select_related("program")
    return {one.call_id: one.program for one in rows if one.call_id is not None}


def call_document(call: Call, program: DemandProgram, *, status: CallStatus | None = None) -> dict[str, Any]:
    stands = status or CallStatus(call.status)
    return {
        "id": call.pk,
        "title": call.title,
        "program": program.pk,
        "program_title": program.title,
        "aim": call.aim,
        "aim_label": call.get_aim_display(),
        "status": stands.value,
        "status_label": str(stands.label),
        "reason": call.reason,
        "verdict": call.verdict,
        "verdict_label": call.get_verdict_display(),
        "verified_at": call.verified_at,
        "starts_at": call.starts_at,
        "ends_at": call.ends_at,
        "settled_at": call.settled_at,
        "customers": call.customers,
        "needs_second": needs_second(call),
        "approval_above_customers": call.approval_above_customers,
        "kw_p10": call.expected_kw_p10,
        "kw_p50": call.expected_kw_p50,
        "kw_p90": call.expected_kw_p90,
        "cost_eur": call.cost_eur,
        "worth_eur": call.worth_eur,
        "supplements": call.supplements_id,
        "created_at": call.created_at,
        "submitted_at": call.submitted_at,
        "submitted_by": call.submitted_by.get_username() if call.submitted_by else None,
        "decided_at": call.decided_at,
        "decided_by": call.decided_by.get_username() if call.decided_by else None,
        "rule": str(call.rule) if call.rule else None,
        "ended_at": call.ended_at,
    }


def call_page(call: Call, *, as_of: datetime) -> dict[str, Any]:
    """With its stages, power flows, progress and the record of who did what."""
    stages = list(call.stages.defer("ven_ids", "response"))
    told = _progress(stages, as_of)
    counts = _answers(stages)
    documents = [_stage(one, told[one.pk], counts[one.pk], as_of) for one in stages]
    strategy = Strategy.objects.select_related("program").get(call=call)
    return call_document(call, strategy.program, status=_stood([call], as_of).get(call.pk)) | {
        "as_of": as_of,
        "explanation": call.explanation,
        "verification": call.verification,
        "stages": documents,
        "outlook": _together(documents),
        "staging": strategy.staging,
        "left_out": strategy.left_out,
        "figures": strategy.figures,
        "supplemented_by": list(call.supplemented_by.order_by("id").values_list("pk", flat=True)),
        "record": _record(call, as_of),
    }


def participants(call: Call, user: User, *, offset: int = 0) -> dict[str, Any]:
    """By name for who runs the program; for others there are none."""
    rows = Participation.objects.visible_to(user).filter(stage__call=call)
    found = rows.select_related("enrolment__customer", "stage").order_by("stage__number", "pk")
    return {"count": found.count(), "participants": [_person(one) for one in found[offset : offset + MOST_PEOPLE]]}


def _person(one: Participation) -> dict[str, Any]:
    known = one.used_kwh is not None and one.said_baseline_kwh is not None
    return {
        "id": one.pk,
        "customer": one.enrolment.customer_id,
        "reference": one.enrolment.customer.reference,
        "stage": one.stage.number,
        "kw_p50": one.kw_p50,
        "answer": one.answer,
        "answer_label": one.get_answer_display() if one.answer else "has not told",
        "opted_out_at": one.opted_out_at,
        "opted_out_by": one.opted_out_by,
        "opt_out_reason": one.opt_out_reason,
        "last_report_at": one.last_report_at,
        "saved_kwh": (one.said_baseline_kwh or 0.0) - (one.used_kwh or 0.0) if known else None,
    }


def _stage(
    stage: CallStage, told: Sequence[StageProgress], counts: Mapping[str, int], as_of: datetime
) -> dict[str, Any]:
    outlook = stage_outlook(stage, [Told(row.planned_kw, row.baseline_kw, row.used_kw) for row in told], counts)
    return {
        "number": stage.number,
        "status": stage.status,
        "status_label": stage.get_status_display(),
        "reason": stage.reason,
        "stagger_reason": stage.stagger_reason,
        "starts_at": stage.starts_at,
        "ends_at": stage.ends_at,
        "customers": stage.customers,
        "kw_p10": stage.expected_kw_p10,
        "kw_p50": stage.expected_kw_p50,
        "kw_p90": stage.expected_kw_p90,
        "rebound_kw": stage.rebound_kw,
        "intervals": stage.intervals,
        "event": str(stage.openadr_event.public_id) if stage.openadr_event else None,
        "published_at": stage.published_at,
        "answers": dict(counts),
        "progress": [_quarter(row) for row in told],
        "outlook": outlook if stage.starts_at <= as_of else None,
    }


def _quarter(row: StageProgress) -> dict[str, Any]:
    known = row.used_kw is not None and row.baseline_kw is not None
    return {
        "at": row.at,
        "told": row.told,
        "planned_kw": row.planned_kw,
        "used_kw": row.used_kw,
        "baseline_kw": row.baseline_kw,
        "delivered_kw": (row.baseline_kw or 0.0) - (row.used_kw or 0.0) if known else None,
    }


def _progress(stages: Iterable[CallStage], as_of: datetime) -> dict[int, list[StageProgress]]:
    found: dict[int, list[StageProgress]] = defaultdict(list)
    for row in StageProgress.objects.filter(stage__in=list(stages), at__lte=as_of).order_by("at"):
        found[row.stage_id].append(row)
    return found


def _answers(stages: Iterable[CallStage]) -> dict[int, Counter[str]]:
    """How many said what; `silent` have not told at all."""
    rows = Participation.objects.filter(stage__in=list(stages)).values("stage_id")
    counted = rows.annotate(
        asked=Count("pk"),
        opted_out=Count("pk", filter=Q(opted_out_at__isnull=False)),
        takes_part=Count("pk", filter=Q(answer=Answer.TAKES_PART, opted_out_at__isnull=True)),
        declined=Count("pk", filter=Q(answer=Answer.DECLINED, opted_out_at__isnull=True)),
        faulty=Count("pk", filter=Q(answer=Answer.FAULTY, opted_out_at__isnull=True)),
        silent=Count("pk", filter=Q(last_report_at__isnull=True, opted_out_at__isnull=True)),
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in counted:
        found[row["stage_id"]].update({name: count for name, count in row.items() if name != "stage_id"})
    return found


def _together(stages: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    known = [one["outlook"] for one in stages if one["outlook"] is not None]
    if not known:
        return None
    names = (
        "planned_kw",
        "told_kw",
        "expected_kw",
        "unknown_kw",
        "opted_out_kw",
        "shortfall_kw",
        "shortfall_at_worst_kw",
    )
    return {name: sum(one[name] for one in known) for name in names} | {"told": sum(one["told"] for one in known)}


def _record(call: Call, as_of: datetime) -> list[dict[str, Any]]:
    rows = AuditEvent.objects.filter(target=f"call/{call.pk}", at__lte=as_of).order_by("id")
    return [
        {"at": row.at, "who": row.actor_name or "GridOps", "what": row.action, "reason": row.detail.get("reason", "")}
        for row in rows
    ]


def _stood(calls: Sequence[Call], at: datetime) -> dict[int, CallStatus]:
    """Where each stood then, by the record."""
    keys = {f"call/{one.pk}": one.pk for one in calls}
    rows = AuditEvent.objects.filter(target__in=keys, at__lte=at).order_by("id").values_list("target", "action")
    words = {f"call.{status.value}": status for status in CallStatus}
    return {keys[target]: words[action] for target, action in rows if action in words}
