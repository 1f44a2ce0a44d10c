from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def events(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"display": "events", "page_path": page_path(("Events", ""))}
    return render(request, "control_room/events.html", context)
