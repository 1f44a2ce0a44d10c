"""Where the network is or will be short, and what its connection points may draw and feed in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def congestion(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"display": "congestion", "page_path": page_path(("Congestion", ""))}
    return render(request, "control_room/congestion.html", context)
