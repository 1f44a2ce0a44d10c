from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path
from apps.dispatch.choices.proposal import AutonomyMode
from apps.optimization.choices import DESK_VOLTAGE, VoltageObjective


@require_safe
@permission_required(Permission.VIEW_GRID)
def voltage(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "voltage",
        "page_path": page_path(("Voltages", "")),
        "objectives": VoltageObjective.choices,
        "modes": AutonomyMode.choices,
        "may_set": _may(request, Permission.SET_AUTONOMY),
        "may_decide": _may(request, Permission.DECIDE_PROPOSALS),
        "about": {"desk": DESK_VOLTAGE},
    }
    return render(request, "control_room/voltage.html", context)


def _may(request: HttpRequest, permission: Permission) -> bool:
    return past_of(request) is None and isinstance(request.user, User) and request.user.may(permission)
