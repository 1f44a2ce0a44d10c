"""Experiments of conservation voltage reduction."""

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
def cvr(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "cvr",
        "page_path": page_path(("Voltage reduction", "")),
        "may_draft": _may(request, Permission.MANAGE_EFFICIENCY),
        "may_decide": _may(request, Permission.DECIDE_PROPOSALS),
    }
    return render(request, "control_room/cvr.html", context)


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
