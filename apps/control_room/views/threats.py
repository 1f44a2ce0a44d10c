from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_ALARMS)
def threats(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "threats",
        "page_path": page_path(("Threats", "")),
        "may_decide": isinstance(request.user, User) and request.user.may(Permission.MANAGE_RESILIENCE),
    }
    return render(request, "control_room/threats.html", context)
