"""Microgrids: all of them, and one with everything that is known of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.microgrids.choices.microgrid import LoadPriority
from apps.microgrids.models import Microgrid

DESK = "Microgrids"


@require_safe
@permission_required(Permission.VIEW_GRID)
def microgrids(request: HttpRequest) -> HttpResponse:
    may_manage = _may(request, Permission.MANAGE_MICROGRIDS)
    context: dict[str, Any] = {"display": "microgrids", "page_path": page_path((DESK, "")), "may_manage": may_manage}
    return render(request, "control_room/microgrids.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def microgrid(request: HttpRequest, mrid: UUID) -> HttpResponse:
    found = get_object_or_404(Microgrid, mrid=mrid)
    may_manage, may_operate = (_may(request, one) for one in (Permission.MANAGE_MICROGRIDS, Permission.OPERATE))
    context: dict[str, Any] = {
        "display": "microgrids",
        "page_path": page_path((DESK, reverse("control_room:microgrids")), (found.name, "")),
        "microgrid": found,
        "may_manage": may_manage,
        "may_operate": may_operate,
        "about": {
            "mrid": str(found.mrid),
            "may_manage": may_manage,
            "may_operate": may_operate,
            "priorities": [{"value": value, "label": str(label)} for value, label in LoadPriority.choices],
        },
    }
    return render(request, "control_room/microgrid.html", context)


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
