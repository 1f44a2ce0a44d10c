"""A plan from a template, a template from a plan: the steps and documents of one as those of another, unsigned."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.dispatch.adapters.plan_steps import Row, given_of
from apps.dispatch.choices.plan import DocumentKind, PlanKind
from apps.dispatch.models import SafetyDocument, SwitchingPlan
from apps.dispatch.services.plans import create_plan, write_steps
from apps.dispatch.services.safety_documents import draft_document


@transaction.atomic
def copy_plan(
    *,
    plan_id: int,
    name: str,
    purpose: str,
    kind: PlanKind,
    by: User,
    as_of: datetime,
    begins_at: datetime | None = None,
) -> SwitchingPlan:
    """Checked against the live network: a device that is gone since is named. Raises Refused or BadStep."""
    source = SwitchingPlan.objects.get(pk=plan_id)
    made = create_plan(
        name=name,
        purpose=purpose,
        kind=kind,
        steps=[],
        by=by,
        as_of=as_of,
        begins_at=begins_at,
        customers_may_lose=source.customers_may_lose,
        from_template=source,
    )
    numbers = {old.pk: _drafted(old, made, by=by, as_of=as_of) for old in source.documents.all()}
    steps = [_renumbered(given_of(step), numbers) for step in source.steps.all()]
    return write_steps(plan_id=made.pk, steps=steps, by=by, as_of=as_of)


def _drafted(old: SafetyDocument, made: SwitchingPlan, *, by: User, as_of: datetime) -> int:
    """Who works where is drafted anew; who has signed what there is not."""
    return draft_document(
        plan_id=made.pk,
        kind=DocumentKind(old.kind),
        work=old.work,
        crew=old.crew,
        devices=[UUID(mrid) for mrid in sorted(old.mrids)],
        by=by,
        as_of=as_of,
    ).pk


def _renumbered(given: Row, numbers: dict[int, int]) -> Row:
    return {**given, "document": numbers.get(given["document"], given["document"])} if "document" in given else given
