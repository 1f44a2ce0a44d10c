"""A quarter hour of the whole, drawn."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def cycle(request: HttpRequest, cycle_id: UUID | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "cycle",
        "page_path": page_path(("Cycle", "")),
        "cycle_id": str(cycle_id) if cycle_id else "",
    }
    return render(request, "control_room/cycle.html", context)
