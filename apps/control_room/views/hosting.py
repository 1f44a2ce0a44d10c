"""What the network can host: of every node, and of all plants to come together."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.renewables.choices import HostingReactive


@require_safe
@permission_required(Permission.VIEW_GRID)
def hosting(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "hosting",
        "page_path": page_path(("Hosting", "")),
        "reactive": HostingReactive.choices,
        "may_ask": isinstance(user, User) and user.may(Permission.RUN_STUDIES),
    }
    return render(request, "control_room/hosting.html", context)
