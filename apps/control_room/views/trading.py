"""The trading desk: bids of the next day, what is sold against what is expected, and what came of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def trading(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "trading",
        "page_path": page_path(("Trading", "")),
        "may_trade": isinstance(user, User) and user.may(Permission.TRADE),
        "may_approve": isinstance(user, User) and user.may(Permission.APPROVE_TRADES),
    }
    return render(request, "control_room/trading.html", context)
