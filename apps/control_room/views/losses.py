"""Where energy is lost: by feeder, line, transformer and hour, and what cannot be explained."""

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
def losses(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "losses",
        "page_path": page_path(("Losses", "")),
        "may_name": _may(request, Permission.VIEW_DEMAND),
        "may_decide": _may(request, Permission.VIEW_DEMAND) and _may(request, Permission.MANAGE_EFFICIENCY),
    }
    return render(request, "control_room/losses.html", context)


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
