"""What may fail in the next 72 hours, and how well that was foreseen so far."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def risk(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "risk",
        "page_path": page_path(("Outage risk", "")),
        "may_ask": isinstance(user, User) and user.may(Permission.MANAGE_RESILIENCE),
    }
    return render(request, "control_room/risk.html", context)
