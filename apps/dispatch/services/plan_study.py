"""A plan carried out on a copy of the live state, before anybody approves it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets.models import Switch
from apps.dispatch.adapters.plan_steps import device_name
from apps.dispatch.adapters.plan_walk import Ground, taps_before, walked
from apps.dispatch.adapters.unsupplied import with_unsupplied
from apps.dispatch.checks import faulted_parts, unsupplied_loads
from apps.dispatch.choices import TagKind
from apps.dispatch.models import PlanStudy, SwitchingPlan, SwitchingStep, Tag
from apps.dispatch.rules.interlocks import HungTag
from apps.dispatch.services.plans import digest_of, locked, tell
from apps.dispatch.services.refusal import Refused
from apps.studies.adapters.changes import Place
from apps.studies.rules import Conflict
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import Start, live_start


def study_plan(*, plan_id: int, by: User, as_of: datetime) -> SwitchingPlan:
    steps = list(SwitchingStep.objects.filter(plan_id=plan_id))
    if not steps:
        raise Refused("The plan has no steps. Write them first.")
    try:
        start = live_start(as_of=as_of)
    except Conflict as conflict:
        raise Refused(str(conflict)) from None
    place = place_of(start.model)
    gone = [step for step in steps if step.equipment_mrid and not device_name(str(step.equipment_mrid), place)]
    if gone:
        raise Refused(f"Step {gone[0].position}: {gone[0].equipment_name} is not in the live network. Write it anew.")
    allowed = SwitchingPlan.objects.values_list("customers_may_lose", flat=True).get(pk=plan_id)
    results = walked(steps, replace(ground_of(start, place), customers_may_lose=allowed))
    with transaction.atomic():
        plan = locked(plan_id)
        study = PlanStudy.objects.create(
            plan=plan,
            network_model=start.model,
            as_of=start.as_of,
            made_by=by,
            digest=digest_of(steps),
            is_safe=not any(result["forbids"] for result in results),
            text=_words(results),
            taps_before=taps_before(steps, start.base, place),
            results=results,
        )
        detail = {"study": study.pk, "safe": study.is_safe, "text": study.text, "network": start.model.pk}
        tell(plan, "plan.studied", by=by, as_of=as_of, detail=detail)
    return plan


def ground_of(start: Start, place: Place) -> Ground:
    """The state, and what hangs on it now."""
    kinds = Switch.objects.filter(model=start.model).values_list("mrid", "kind")
    tags = Tag.objects.standing().select_related("placed_by")
    hung = [(str(t.equipment_mrid), HungTag(TagKind(t.kind), t.reason, t.placed_by.get_username())) for t in tags]
    base = with_unsupplied(start.base, place.network, unsupplied_loads(as_of=start.as_of))
    faulted = faulted_parts(as_of=start.as_of)
    return Ground(base, place, {str(mrid): kind for mrid, kind in kinds}, hung, faulted=faulted)


def _words(results: Sequence[dict[str, Any]]) -> str:
    bad = [result for result in results if result["forbids"]]
    if not bad:
        return f"All {len(results)} steps keep the network within its limits."
    return f"Step {bad[0]['position']}: {bad[0]['forbids'][0]}"[:400]
