"""Switching plans as they are written, moved and turned back. What they do to the field is plan_execution's."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.dispatch.adapters.plan_steps import checked_step, reversed_steps
from apps.dispatch.choices.plan import MOST_STEPS, PLAN_STREAM, PlanKind, PlanStatus
from apps.dispatch.models.plan import PlanMove, PlanStudy, SwitchingPlan, SwitchingStep
from apps.dispatch.rules.plans import PlanFacts, may_move, may_write
from apps.dispatch.selectors.plans import plan_document
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.studies.selectors.places import place_of

Steps = Sequence[Mapping[str, Any]]


@transaction.atomic
def create_plan(
    *,
    name: str,
    purpose: str,
    kind: PlanKind,
    steps: Steps,
    by: User,
    as_of: datetime,
    begins_at: datetime | None = None,
    customers_may_lose: int = 0,
    from_template: SwitchingPlan | None = None,
    go_back_of: SwitchingPlan | None = None,
) -> SwitchingPlan:
    plan = SwitchingPlan.objects.create(
        name=name,
        purpose=purpose,
        kind=kind,
        created_at=as_of,
        created_by=by,
        begins_at=begins_at,
        customers_may_lose=customers_may_lose,
        from_template=from_template,
        go_back_of=go_back_of,
    )
    PlanMove.objects.create(plan=plan, status=PlanStatus.NEW, at=as_of, by=by)
    _write(plan, steps)
    tell(plan, "plan.created", by=by, as_of=as_of, detail={"name": name, "kind": kind, "steps": len(steps)})
    return plan


@transaction.atomic
def write_steps(
    *, plan_id: int, steps: Steps, by: User, as_of: datetime, replaces: Sequence[int] | None = None
) -> SwitchingPlan:
    """All of them anew: who reads the audit sees what the plan said at each time. replaces: keys of the steps that the
    writer has seen; where others stand by now nothing is written."""
    plan = locked(plan_id)
    verdict = may_write(plan)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    if replaces is not None and list(replaces) != list(plan.steps.values_list("pk", flat=True)):
        raise Refused("Somebody else has written the steps meanwhile: look at them, then do it again.")
    plan.steps.all().delete()
    _write(plan, steps)
    texts = list(plan.steps.values_list("text", flat=True))
    tell(plan, "plan.steps-written", by=by, as_of=as_of, detail={"steps": texts})
    return plan


def _write(plan: SwitchingPlan, steps: Steps) -> None:
    if len(steps) > MOST_STEPS:
        raise Refused(f"A plan holds at most {MOST_STEPS} steps; this one has {len(steps)}. Make two of it.")
    model = assets.current_model()
    if model is None:
        raise Refused("There is no network yet. Import one first.")
    place = place_of(model)
    rows = [checked_step(given, at, place) for at, given in enumerate(steps, start=1)]
    SwitchingStep.objects.bulk_create(
        SwitchingStep(plan=plan, position=at, **row) for at, row in enumerate(rows, start=1)
    )


@transaction.atomic
def move_plan(*, plan_id: int, to: PlanStatus, reason: str, by: User, as_of: datetime) -> SwitchingPlan:
    plan = locked(plan_id)
    verdict = may_move(plan, to, by=by, reason=reason, facts=facts_of(plan))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    before, plan.status = plan.status, to
    plan.save(update_fields=["status"])
    PlanMove.objects.create(plan=plan, status=to, at=as_of, by=by, reason=reason)
    tell(plan, f"plan.{to.value}", by=by, as_of=as_of, detail={"from": before, "reason": reason})
    return plan


@transaction.atomic
def create_go_back(*, plan_id: int, by: User, as_of: datetime) -> SwitchingPlan:
    """The way back from where the plan leads, or has led so far: its acts undone, the last one first."""
    plan = locked(plan_id)
    if SwitchingPlan.objects.filter(go_back_of=plan).exists():
        raise Refused(f"{plan.number} has its go-back already: {plan.go_back.number}.")
    steps = reversed_steps(list(plan.steps.all()), (facts_of(plan).study or PlanStudy()).taps_before)
    if not steps:
        raise Refused(f"{plan.number} has no step that can be taken back.")
    return create_plan(
        name=f"Go back from {plan.number} {plan.name}"[:120],
        purpose=f"To be as before {plan.number}: {plan.purpose}"[:500],
        kind=PlanKind(plan.kind),
        steps=steps,
        by=by,
        as_of=as_of,
        customers_may_lose=plan.customers_may_lose,
        go_back_of=plan,
    )


def locked(plan_id: int) -> SwitchingPlan:
    return SwitchingPlan.objects.select_for_update(of=("self",)).get(pk=plan_id)


def facts_of(plan: SwitchingPlan) -> PlanFacts:
    steps = list(plan.steps.all())
    model = assets.current_model()
    return PlanFacts(
        steps=steps,
        moves=list(plan.moves.all()),
        documents=list(plan.documents.all()),
        study=PlanStudy.objects.filter(plan=plan).order_by("-id").first(),
        digest=digest_of(steps),
        network_model_id=model.pk if model else None,
    )


def digest_of(steps: Sequence[SwitchingStep]) -> str:
    plain = [[step.kind, str(step.equipment_mrid or ""), step.payload, step.crew, step.text] for step in steps]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def tell(plan: SwitchingPlan, action: str, *, by: User, as_of: datetime, detail: dict[str, Any]) -> None:
    audit.record(actor=by, action=action, target=f"plan/{plan.pk}", detail=detail, at=as_of)
    live.record(stream=PLAN_STREAM, kind=action, subject=str(plan.pk), payload=plan_document(plan))
