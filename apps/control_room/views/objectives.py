"""What the grid is run for, and which desk honours what."""

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
def objectives(request: HttpRequest) -> HttpResponse:
    may_set = isinstance(request.user, User) and request.user.may(Permission.SET_OBJECTIVES)
    context: dict[str, Any] = {
        "display": "objectives",
        "page_path": page_path(("Objectives", "")),
        "may_set": may_set,
    }
    return render(request, "control_room/objectives.html", context)
