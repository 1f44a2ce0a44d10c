from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required


def _path(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "url": url} for name, url in (("City", reverse("control_room:overview")), *steps)]


@require_safe
@permission_required(Permission.VIEW_GRID)
def overview(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"display": "overview", "page_path": _path(("Overview", ""))}
    return render(request, "control_room/overview.html", context)


@require_safe
@permission_required(Permission.VIEW_ALARMS)
def alarm_list(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"display": "alarms", "page_path": _path(("Alarms", ""))}
    return render(request, "control_room/alarms.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def element(request: HttpRequest, mrid: UUID) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "element",
        "page_path": _path(("Equipment", "")),
        "element": {"mrid": str(mrid)},
    }
    return render(request, "control_room/element.html", context)
