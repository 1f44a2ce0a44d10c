"""Templates: made from a plan, made into a plan, carried out by nobody."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.dispatch.choices.plan import DocumentKind, DocumentStatus, PlanKind, PlanStatus
from apps.dispatch.models import SafetyDocument, SwitchingPlan
from apps.dispatch.selectors.plans import plan_document
from apps.dispatch.services import plans, safety_documents
from apps.dispatch.services.plan_copies import copy_plan
from apps.dispatch.services.refusal import Refused
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(anna: User) -> SwitchingPlan:
    """Opens a switch, hangs a hold on it and issues a permit, which is done and signed."""
    now: dict[str, Any] = {"by": anna, "as_of": timezone.now()}
    mrid = assets.assembled(imported(CASE33)).switches.mrid[0]
    made = plans.create_plan(
        name="Joint", purpose="Replace it", kind=PlanKind.PLANNED, steps=[], customers_may_lose=40, **now
    )
    permit = safety_documents.draft_document(
        plan_id=made.pk, kind=DocumentKind.PERMIT, work="Joint", crew="North 2", devices=[mrid], **now
    )
    steps = [
        {"kind": "switch", "mrid": mrid, "closed": False, "crew": "North 2"},
        {"kind": "tag", "mrid": mrid, "tag": "hold", "reason": "WO 7"},
        {"kind": "issue", "document": permit.pk},
    ]
    plans.write_steps(plan_id=made.pk, steps=steps, **now)
    SafetyDocument.objects.update(status=DocumentStatus.RELEASED, released_by=anna)
    SwitchingPlan.objects.filter(pk=made.pk).update(status=PlanStatus.COMPLETED)
    return made


def copied(plan: SwitchingPlan, kind: PlanKind, by: User) -> SwitchingPlan:
    given: dict[str, Any] = {"name": f"{kind} of it", "purpose": "p", "kind": kind}
    return copy_plan(plan_id=plan.pk, by=by, as_of=timezone.now(), **given)


def test_a_template_is_made_from_a_plan_and_a_plan_from_a_template(plan: SwitchingPlan, anna: User) -> None:
    template = copied(plan, PlanKind.TEMPLATE, anna)
    made = copied(template, PlanKind.PLANNED, anna)

    permit = made.documents.get()
    assert [(step.kind, step.crew) for step in made.steps.all()] == [("switch", "North 2"), ("tag", ""), ("issue", "")]
    assert made.steps.get(kind="issue").payload == {"document": permit.pk}, "its own, not that of the first plan"
    assert (permit.status, permit.mrids, permit.released_by) == (
        DocumentStatus.DRAFT,
        plan.documents.get().mrids,
        None,
    )
    assert (made.status, made.customers_may_lose, made.from_template) == (PlanStatus.NEW, 40, template)
    assert [move.status for move in made.moves.all()] == [PlanStatus.NEW]


def test_a_template_is_written_and_given_up_and_nothing_else(plan: SwitchingPlan, anna: User) -> None:
    template = copied(plan, PlanKind.TEMPLATE, anna)
    assert plan_document(template)["may_become"] == [PlanStatus.ABORTED]
    for to in set(PlanStatus) - {PlanStatus.ABORTED}:
        with pytest.raises(Refused, match="make a plan from it"):
            plans.move_plan(plan_id=template.pk, to=to, reason="r", by=anna, as_of=timezone.now())
    plans.write_steps(plan_id=template.pk, steps=[], by=anna, as_of=timezone.now())
    ended = plans.move_plan(plan_id=template.pk, to=PlanStatus.ABORTED, reason="r", by=anna, as_of=timezone.now())
    assert ended.status == PlanStatus.ABORTED


def test_a_template_whose_device_is_gone_says_so_and_nothing_is_made(plan: SwitchingPlan, anna: User) -> None:
    template = copied(plan, PlanKind.TEMPLATE, anna)
    SafetyDocument.objects.filter(plan=template).delete()
    template.steps.filter(kind="switch").update(equipment_mrid="00000000-0000-4000-8000-000000000000")
    client = Client()
    client.force_login(anna)
    path, body = f"/api/v1/plans/{template.pk}/copies", {"name": "n", "purpose": "p", "kind": "planned"}
    answer = client.post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["steps"][0][:12]) == (400, "Step 1, mrid")
    assert not SwitchingPlan.objects.filter(from_template=template).exists()


def test_the_lists_keep_templates_and_ended_plans_apart(plan: SwitchingPlan, anna: User) -> None:
    template = copied(plan, PlanKind.TEMPLATE, anna)
    new = copied(template, PlanKind.EMERGENCY, anna)
    client = Client()
    client.force_login(anna)
    shown = {query: client.get(f"/plans/{query}").context["rows"] for query in ("", "?templates", "?ended")}
    assert {query: [row["id"] for row in rows] for query, rows in shown.items()} == {
        "": [new.pk],
        "?templates": [template.pk],
        "?ended": [plan.pk],
    }
