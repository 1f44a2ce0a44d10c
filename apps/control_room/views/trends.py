from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def trends(request: HttpRequest) -> HttpResponse:
    """What is drawn stands in the address: the page reads it, so that a bookmark is a saved picture."""
    context: dict[str, Any] = {"display": "trends", "page_path": page_path(("Trends", ""))}
    return render(request, "control_room/trends.html", context)
