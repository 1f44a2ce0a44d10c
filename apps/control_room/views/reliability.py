"""Reliability of the recorded past, and what to buy against interruptions to come."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.resilience.choices.studio import MeasureKind


@require_safe
@permission_required(Permission.VIEW_GRID)
def reliability(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "reliability",
        "page_path": page_path(("Reliability", "")),
        "may_import": _may_manage(request),
    }
    return render(request, "control_room/reliability.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def resilience_studio(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "resilience_studio",
        "page_path": page_path(("Hardening", "")),
        "kinds": MeasureKind.choices,
        "may_ask": _may_manage(request),
    }
    return render(request, "control_room/resilience_studio.html", context)


def _may_manage(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.MANAGE_RESILIENCE)
