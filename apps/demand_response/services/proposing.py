"""A plan as a call of dispatch, with each customer's part in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.demand_response.adapters.staging import STEP, Planned, PlannedStage
from apps.demand_response.choices import DESK, DeviceKind, Objective
from apps.demand_response.models import Participation, Strategy
from apps.dispatch.choices.call import CallAim
from apps.dispatch.models import Call
from apps.dispatch.services.call_verification import Ground
from apps.dispatch.services.calls import CallDraft, StageDraft, propose_call

# Levels of SIMPLE (ADR 0058): reserve and limits of the network ask for more than peaks and prices.
_LEVEL = {Objective.PEAK: 2, Objective.ENERGY: 2, Objective.CONGESTION: 3, Objective.RESERVE: 3}
_BY_PERCENT = frozenset({DeviceKind.BATTERY, DeviceKind.INDUSTRIAL})
_WHOLE_PERCENT = -100.0


def propose(strategy: Strategy, plan: Planned, *, ground: Ground, why_staggered: str, as_of: datetime) -> Call:
    """Raises Refused and Withheld."""
    program = strategy.program
    assert program.openadr_program is not None  # noqa: S101  checked before anything was worked out
    stages = sorted(plan.stages, key=lambda stage: (stage.starts_at, stage.ends_at))
    draft = CallDraft(
        desk=DESK,
        program_name=program.openadr_program.program_name,
        title=_title(strategy),
        aim=CallAim(program.objective),
        feeder_mrids=[UUID(feeder.mrid) for feeder in ground.hours.feeders],
        stages=[_draft(strategy, stage, why_staggered) for stage in stages],
        kw=plan.kw,
        approval_above_customers=program.approval_above_customers,
        cost_eur=plan.cost_eur,
        explanation=strategy.objective,
        worth_eur=_worth(strategy, plan),
        supplements=strategy.supplements,
        versions={"strategy": strategy.pk, "program": program.pk, "program_revision": program.revision},
    )
    call = propose_call(draft, as_of=as_of, by=strategy.made_by, ground=ground)
    _take_part(call, stages)
    return call


def _take_part(call: Call, stages: Sequence[PlannedStage]) -> None:
    rows = dict(call.stages.values_list("number", "pk"))
    Participation.objects.bulk_create(
        (
            Participation(
                stage_id=rows[number],
                enrolment_id=one.enrolment_id,
                ven_id=one.ven_id,
                kw_p10=one.kw[0],
                kw_p50=one.kw[1],
                kw_p90=one.kw[2],
            )
            for number, stage in enumerate(stages, 1)
            for one in stage.members
        ),
        batch_size=5000,
    )


def _draft(strategy: Strategy, stage: PlannedStage, why_staggered: str) -> StageDraft:
    is_usual = (stage.starts_at, stage.ends_at) == (strategy.starts_at, strategy.ends_at)
    return StageDraft(
        starts_at=stage.starts_at,
        ends_at=stage.ends_at,
        ven_ids=sorted({one.ven_id for one in stage.members}),
        customers=len(stage.members),
        kw=stage.kw,
        response=stage.response,
        rebound_kw=stage.rebound_kw,
        intervals=_intervals(strategy, stage),
        stagger_reason="" if is_usual else why_staggered or _relay_reason(strategy),
    )


def _relay_reason(strategy: Strategy) -> str:
    longest = strategy.program.longest_event_min
    return f"In turns: nobody is asked for longer than {longest} minutes, nor more at once than is needed."


def _intervals(strategy: Strategy, stage: PlannedStage) -> list[dict[str, Any]]:
    payloads: list[dict[str, Any]] = [{"type": "SIMPLE", "values": [_LEVEL[Objective(strategy.program.objective)]]}]
    if any(one.kind in _BY_PERCENT for one in stage.members):
        payloads.append({"type": "DISPATCH_SETPOINT_RELATIVE", "values": [_WHOLE_PERCENT]})
    count = (stage.ends_at - stage.starts_at) // STEP
    return [{"duration_s": STEP.total_seconds(), "payloads": payloads} for _ in range(count)]


def _worth(strategy: Strategy, plan: Planned) -> float | None:
    """Of what is expected, where an opportunity says what a kWh is worth."""
    if strategy.opportunity is None:
        return None
    hours = (strategy.ends_at - strategy.starts_at).total_seconds() / 3600
    return plan.kw[1] * hours * strategy.opportunity.worth_eur_per_kwh * strategy.opportunity.probability


def _title(strategy: Strategy) -> str:
    begin, end = (timezone.localtime(at) for at in (strategy.starts_at, strategy.ends_at))
    place = strategy.opportunity.place if strategy.opportunity else ""
    what = "Shortfall made up" if strategy.supplements_id else strategy.program.title
    return f"{what}, {begin:%d %b %H:%M}-{end:%H:%M}" + (f", {place}" if place else "")
