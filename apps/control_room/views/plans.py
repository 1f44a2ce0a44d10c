"""Switching plans. The pages read; acts go through the API of dispatch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.plan import ENDED_PLANS, DocumentKind, PlanKind, StepKind
from apps.dispatch.models import SwitchingPlan
from apps.dispatch.selectors import plans as selectors
from apps.dispatch.selectors.unfinished import open_plans

SHOWN = 200


@require_safe
@permission_required(Permission.VIEW_GRID)
def plans(request: HttpRequest) -> HttpResponse:
    shown = next((name for name in _LISTS if name in request.GET), "open")
    context: dict[str, Any] = {
        "display": "plans",
        "page_path": page_path(("Switching plans", "")),
        "rows": [selectors.plan_document(plan) for plan in _LISTS[shown].rows().select_related("created_by")[:SHOWN]],
        "listed": _LISTS[shown],
        "others": [(name, one.title) for name, one in _LISTS.items() if name != shown],
        "may_write": shown != "ended" and _may(request, Permission.PREPARE_PLANS),
        "kinds": PlanKind.choices,
    }
    return render(request, "control_room/plans.html", context)


def _templates() -> QuerySet[SwitchingPlan]:
    return selectors.plans(kind=PlanKind.TEMPLATE).exclude(status__in=ENDED_PLANS)


def _ended() -> QuerySet[SwitchingPlan]:
    return selectors.plans(statuses=sorted(ENDED_PLANS))


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the lists: what stands above it and in the link to it, and what is counted."""

    title: str
    noun: str
    rows: Callable[[], QuerySet[SwitchingPlan]]


_LISTS = {
    "open": Listed("Switching plans", "open plan", open_plans),
    "templates": Listed("Templates", "template", _templates),
    "ended": Listed("Ended switching plans", "ended plan", _ended),
}


@require_safe
@permission_required(Permission.VIEW_GRID)
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    found = get_object_or_404(SwitchingPlan.objects.select_related("created_by"), pk=plan_id)
    context: dict[str, Any] = {
        "display": "plans",
        "page_path": page_path(("Switching plans", reverse("control_room:plans")), (str(found), "")),
        "plan": found,
        "document": selectors.whole_plan(found),
        "rights": {name: _may(request, permission) for name, permission in _RIGHTS.items()},
        "step_kinds": StepKind.choices,
        "tag_kinds": TagKind.choices,
        "document_kinds": DocumentKind.choices,
        "kinds": PlanKind.choices,
        "copied_as": PlanKind.PLANNED if found.kind == PlanKind.TEMPLATE else found.kind,
    }
    return render(request, "control_room/plan.html", context)


_RIGHTS = {
    "prepare": Permission.PREPARE_PLANS,
    "approve": Permission.APPROVE_PLANS,
    "operate": Permission.OPERATE,
}


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
