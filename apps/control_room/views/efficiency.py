"""Programs of efficiency: sites, measures on their way, what was saved and what that kept out of the air."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.efficiency.choices.programs import SavingMethod, SiteKind
from apps.markets.models import BiddingZone
from apps.weather.models import Location


@require_safe
@permission_required(Permission.VIEW_GRID)
def efficiency(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "efficiency",
        "page_path": page_path(("Efficiency", "")),
        "may_manage": isinstance(request.user, User) and request.user.may(Permission.MANAGE_EFFICIENCY),
        "kinds": SiteKind.choices,
        "methods": SavingMethod.choices,
        "zones": BiddingZone.objects.order_by("code"),
        "places": Location.objects.order_by("name"),
        "time_zone": settings.TIME_ZONE,
    }
    return render(request, "control_room/efficiency.html", context)
