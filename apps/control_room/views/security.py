from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path
from apps.state.selectors import past
from apps.state.selectors.security import latest_look_ahead, latest_run


@require_safe
@permission_required(Permission.VIEW_GRID)
def security(request: HttpRequest) -> HttpResponse:
    at = past_of(request)
    context: dict[str, Any] = {
        "display": "security",
        "page_path": page_path(("Security", "")),
        "run": past.security_run_at(at) if at else latest_run(),
        "look_ahead": past.look_ahead_at(at) if at else latest_look_ahead(),
    }
    return render(request, "control_room/security.html", context)
