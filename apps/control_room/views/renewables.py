"""Plants of sun and wind: what they will give, what is held back and why, what net load may need."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.choices import PAGES
from apps.control_room.views.paths import page_path

RELATED = ("hosting", "stability", "trading")


@require_safe
@permission_required(Permission.VIEW_GRID)
def renewables(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "renewables",
        "page_path": page_path(("Renewables", "")),
        "related": [page for page in PAGES if page.display in RELATED],
        "may_ask": isinstance(user, User) and user.may(Permission.RUN_STUDIES),
    }
    return render(request, "control_room/renewables.html", context)
