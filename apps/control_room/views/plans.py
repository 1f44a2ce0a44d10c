"""Switching plans. The pages read; acts go through the API of dispatch."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.plan import DocumentKind, PlanKind, PlanStatus, StepKind
from apps.dispatch.models import SwitchingPlan
from apps.dispatch.selectors import plans as selectors

SHOWN = 200
ENDED = (PlanStatus.COMPLETED, PlanStatus.ABORTED)


@require_safe
@permission_required(Permission.VIEW_GRID)
def plans(request: HttpRequest) -> HttpResponse:
    is_archive = "ended" in request.GET
    statuses = [one for one in PlanStatus if (one in ENDED) == is_archive]
    context: dict[str, Any] = {
        "display": "plans",
        "page_path": page_path(("Switching plans", "")),
        "rows": [selectors.plan_document(plan) for plan in selectors.plans(statuses=statuses)[:SHOWN]],
        "is_archive": is_archive,
        "kinds": PlanKind.choices,
        "may_prepare": _may(request, Permission.PREPARE_PLANS),
    }
    return render(request, "control_room/plans.html", context)


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
    }
    return render(request, "control_room/plan.html", context)


_RIGHTS = {
    "prepare": Permission.PREPARE_PLANS,
    "approve": Permission.APPROVE_PLANS,
    "operate": Permission.OPERATE,
}


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
