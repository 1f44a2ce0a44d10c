"""The log of orders to the field. The page reads; acts go through the API of dispatch."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.dispatch.choices.order import OrderStatus


@require_safe
@permission_required(Permission.VIEW_GRID)
def orders(request: HttpRequest) -> HttpResponse:
    user = request.user
    rights = {"mayApprove": Permission.APPROVE_ORDERS, "mayOperate": Permission.OPERATE}
    may = {name: isinstance(user, User) and user.may(right) for name, right in rights.items()}
    context: dict[str, Any] = {
        "display": "orders",
        "page_path": page_path(("Orders", "")),
        "statuses": OrderStatus.choices,
        "orders": {**may, "user": user.get_username()},
    }
    return render(request, "control_room/orders.html", context)
