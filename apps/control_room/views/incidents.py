"""The incident desk and one incident. The pages read; acts go through the API of incidents and dispatch."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.incidents.choices.incident import DamageClass
from apps.incidents.models import Incident
from apps.state.choices import OutageCause

_RIGHTS = {
    "mayManage": Permission.MANAGE_INCIDENTS,
    "mayDecide": Permission.DECIDE_PROPOSALS,
    "mayOperate": Permission.OPERATE,
}


@require_safe
@permission_required(Permission.VIEW_GRID)
def incidents(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "incidents",
        "page_path": page_path(("Incidents", "")),
        "about": _rights(request),
    }
    return render(request, "control_room/incidents.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def incident(request: HttpRequest, number: str) -> HttpResponse:
    found = get_object_or_404(Incident, number=number)
    rights = _rights(request)
    context: dict[str, Any] = {
        "display": "incidents",
        "page_path": page_path(("Incidents", reverse("control_room:incidents")), (found.number, "")),
        "incident": found,
        "about": rights | {"number": found.number},
        "may_manage": rights["mayManage"],
        "causes": OutageCause.choices,
        "damages": DamageClass.choices,
    }
    return render(request, "control_room/incident.html", context)


def _rights(request: HttpRequest) -> dict[str, bool]:
    user = request.user
    return {name: isinstance(user, User) and user.may(needed) for name, needed in _RIGHTS.items()}
