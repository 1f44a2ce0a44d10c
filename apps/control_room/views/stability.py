"""Frequency and voltage after the loss of a plant: what is needed against it, who gives it, and what meters read."""

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
def stability(request: HttpRequest) -> HttpResponse:
    may_look = isinstance(request.user, User) and request.user.may(Permission.RUN_STUDIES)
    context: dict[str, Any] = {
        "display": "stability",
        "page_path": page_path(("Stability", "")),
        "may_look": may_look,
    }
    return render(request, "control_room/stability.html", context)
