"""The way in for calls: a desk proposes one, the power flow lets it pass, people decide, and only then it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.dispatch.adapters.expected import STEP
from apps.dispatch.choices.call import CALLS_THAT_COUNT, CallAim, CallStatus
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy, Call, CallStage
from apps.dispatch.rules.calls import (
    draft_objection,
    may_be_approved,
    may_be_submitted,
    may_move,
    may_run_alone,
    needs_check,
)
from apps.dispatch.selectors.autonomy import rule_for
from apps.dispatch.services.call_telling import move, tell
from apps.dispatch.services.call_verification import Ground, verify_call
from apps.dispatch.services.proposals import Withheld
from apps.dispatch.services.refusal import Refused


@dataclass(frozen=True, slots=True)
class StageDraft:
    """`response`: kW less drawn of each load while it lasts; `rebound_kw`: all loads together after it, per quarter of
    an hour. `intervals`: in order, each with duration_s and payloads (type, values)."""

    starts_at: datetime
    ends_at: datetime
    ven_ids: Sequence[int]
    customers: int
    kw: tuple[float, float, float]  # P10, P50, P90
    response: Mapping[UUID, float]
    rebound_kw: Sequence[float]
    intervals: Sequence[Mapping[str, Any]]
    stagger_reason: str = ""


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What a desk says. kw: what is expected of all stages at their best hour, P10, P50, P90."""

    desk: str
    program_name: str
    title: str
    aim: CallAim
    feeder_mrids: Sequence[UUID]
    stages: Sequence[StageDraft]
    kw: tuple[float, float, float]
    approval_above_customers: int
    cost_eur: float
    explanation: str = ""
    worth_eur: float | None = None
    supplements: Call | None = None
    versions: Mapping[str, Any] = field(default_factory=dict)


def propose_call(draft: CallDraft, *, as_of: datetime, by: User | None = None, ground: Ground | None = None) -> Call:
    """A draft, checked by power flow. ground: of these feeders and this time, where the desk has it already.

    Raises Refused, and Withheld where a rule has the desk off on a feeder.
    """
    spans = [(stage.starts_at, stage.ends_at) for stage in draft.stages]
    _insist(draft_objection(starts=spans, customers=[stage.customers for stage in draft.stages], as_of=as_of).reason)
    rules = _rules(draft.desk, draft.feeder_mrids)
    off = next((rule for rule in rules if rule is not None and rule.mode == AutonomyMode.OFF), None)
    if off is not None:
        raise Withheld(f"{off}. Reason: {off.reason}")
    call = _stored(draft, by=by, as_of=as_of)
    verify_call(call, as_of=as_of, ground=ground)
    return call


def submit_call(*, call_id: int, as_of: datetime, by: User | None = None) -> Call:
    """Only what the power flow lets pass. by: none where a desk hands in by itself. Raises Refused."""
    call = Call.objects.get(pk=call_id)
    if needs_check(call, as_of=as_of) and may_move(call, CallStatus.SUBMITTED).allowed:
        verify_call(call, as_of=as_of)
    _insist(may_be_submitted(call, as_of=as_of).reason)
    _moved(call, CallStatus.SUBMITTED, as_of=as_of, by=by, submitted_at=as_of, submitted_by=by)
    return _approved_by_rule(call, as_of)


def approve_call(*, call_id: int, by: User, as_of: datetime) -> Call:
    """Checked anew where that is long ago. Raises Refused."""
    call = Call.objects.get(pk=call_id)
    _insist(may_be_approved(call, by, as_of=as_of).reason)
    if needs_check(call, as_of=as_of):
        found = verify_call(call, as_of=as_of)
        _insist("" if found.verdict.is_passed else " ".join(found.sentences))
    return _moved(call, CallStatus.APPROVED, as_of=as_of, by=by, decided_at=as_of, decided_by=by)


def reject_call(*, call_id: int, reason: str, by: User, as_of: datetime) -> Call:
    """Raises Refused."""
    call = Call.objects.get(pk=call_id)
    return _moved(call, CallStatus.REJECTED, as_of=as_of, by=by, reason=reason, decided_at=as_of, decided_by=by)


def expire_calls(*, as_of: datetime) -> int:
    """What nobody decided on before it should have begun."""
    late = Call.objects.filter(status__in=(CallStatus.DRAFT, CallStatus.SUBMITTED), starts_at__lte=as_of)
    return sum(move(one, CallStatus.EXPIRED, as_of=as_of, reason="Nobody decided on it in time.") for one in late)


def _approved_by_rule(call: Call, as_of: datetime) -> Call:
    """Every feeder concerned must have such a rule; the first is named."""
    rules = _rules(call.desk, [UUID(mrid) for mrid in call.feeder_mrids])
    if not rules or any(rule is None for rule in rules):
        return call
    given = [rule for rule in rules if rule is not None]
    if all(may_run_alone(rule, call, calls_today=_calls_today(rule, as_of)).allowed for rule in given):
        return _moved(call, CallStatus.APPROVED, as_of=as_of, by=None, decided_at=as_of, rule=given[0])
    return call


def _rules(desk: str, feeders: Sequence[UUID]) -> list[Autonomy | None]:
    return list(dict.fromkeys(rule_for(desk, feeder) for feeder in feeders)) or [rule_for(desk, None)]


def _calls_today(rule: Autonomy, as_of: datetime) -> int:
    midnight = timezone.localtime(as_of).replace(hour=0, minute=0, second=0, microsecond=0)
    return Call.objects.filter(rule=rule, decided_at__gte=midnight, status__in=CALLS_THAT_COUNT).count()


def _moved(call: Call, new: CallStatus, *, as_of: datetime, by: User | None, reason: str = "", **said: Any) -> Call:
    _insist(may_move(call, new).reason)
    if not move(call, new, as_of=as_of, by=by, reason=reason, **said):
        raise Refused(f"Somebody was faster: {call.get_status_display().lower()}.")
    return call


@transaction.atomic
def _stored(draft: CallDraft, *, by: User | None, as_of: datetime) -> Call:
    stages = sorted(draft.stages, key=lambda stage: (stage.starts_at, stage.ends_at))
    call = Call.objects.create(
        desk=draft.desk,
        program_name=draft.program_name,
        title=draft.title[:300],
        explanation=draft.explanation,
        aim=draft.aim,
        feeder_mrids=[str(mrid) for mrid in draft.feeder_mrids],
        starts_at=stages[0].starts_at,
        ends_at=max(stage.ends_at for stage in stages),
        settled_at=max(stage.ends_at + len(stage.rebound_kw) * STEP for stage in stages),
        customers=sum(stage.customers for stage in stages),
        approval_above_customers=draft.approval_above_customers,
        expected_kw_p10=draft.kw[0],
        expected_kw_p50=draft.kw[1],
        expected_kw_p90=draft.kw[2],
        cost_eur=draft.cost_eur,
        worth_eur=draft.worth_eur,
        versions=dict(draft.versions),
        supplements=draft.supplements,
        created_at=as_of,
        proposed_by=by,
    )
    CallStage.objects.bulk_create([_stage(call, number, stage) for number, stage in enumerate(stages, 1)])
    tell(call, "call.draft", by=by, as_of=as_of)
    return call


def _stage(call: Call, number: int, draft: StageDraft) -> CallStage:
    return CallStage(
        call=call,
        number=number,
        stagger_reason=draft.stagger_reason[:300],
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        target=f"stage-{call.pk}-{number}",
        intervals=[dict(one) for one in draft.intervals],
        customers=draft.customers,
        ven_ids=list(draft.ven_ids),
        expected_kw_p10=draft.kw[0],
        expected_kw_p50=draft.kw[1],
        expected_kw_p90=draft.kw[2],
        response=[{"mrid": str(mrid), "kw": round(kw, 3)} for mrid, kw in draft.response.items()],
        rebound_kw=[round(kw, 3) for kw in draft.rebound_kw],
    )


def _insist(reason: str) -> None:
    if reason:
        raise Refused(reason)
