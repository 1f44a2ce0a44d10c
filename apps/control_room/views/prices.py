"""What energy costs and when it was known: day-ahead prices, emission factors, tariffs, and where they come from."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.markets.choices import Product


@require_safe
@permission_required(Permission.VIEW_GRID)
def prices(request: HttpRequest) -> HttpResponse:
    user = request.user
    may_import = isinstance(user, User) and user.may(Permission.WRITE_PRICES)
    context: dict[str, Any] = {
        "display": "prices",
        "page_path": page_path(("Prices", "")),
        "products": Product.choices,
        "may_import": may_import,
    }
    return render(request, "control_room/prices.html", context)
