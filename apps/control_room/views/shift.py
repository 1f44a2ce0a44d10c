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
def shift(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "shift",
        "page_path": page_path(("Shift", "")),
        "shift": {
            "user": user.get_username(),
            "mayKeepLog": isinstance(user, User) and user.may(Permission.KEEP_LOG),
        },
    }
    return render(request, "control_room/shift.html", context)
