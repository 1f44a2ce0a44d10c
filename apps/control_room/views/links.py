"""Where the data comes from: links, the quality of points, and the point map of a gateway."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.telemetry.choices import PointState
from apps.telemetry.models import Gateway
from apps.telemetry.rules.protocols import PROTOCOLS


@require_safe
@permission_required(Permission.VIEW_GRID)
def links(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "links",
        "page_path": page_path(("Data", "")),
        "states": [state for state in PointState if state is not PointState.GOOD],
        "links": {
            "mayEdit": isinstance(user, User) and user.may(Permission.EDIT_NETWORK),
            "map": reverse("control_room:point_map", args=["NAME"]),
            "element": reverse("control_room:element", args=["00000000-0000-0000-0000-000000000000"]),
        },
    }
    return render(request, "control_room/links.html", context)


@require_safe
@permission_required(Permission.EDIT_NETWORK)
def point_map(request: HttpRequest, name: str) -> HttpResponse:
    gateway = get_object_or_404(Gateway, name=name)
    rules = PROTOCOLS.get(gateway.protocol)
    context: dict[str, Any] = {
        "display": "links",
        "page_path": page_path(("Data", reverse("control_room:links")), (f"Points of {gateway.name}", "")),
        "gateway": gateway,
        "count": gateway.points.count(),
        "address_help": rules.address_help if rules else "",
        "imports": gateway.imports.order_by("-applied_at", "-pk")[:10],
        "map": {"id": gateway.pk, "name": gateway.name},
    }
    return render(request, "control_room/point_map.html", context)
