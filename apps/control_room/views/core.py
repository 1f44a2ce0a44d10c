from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.assets import selectors as assets
from apps.control_room import selectors
from apps.control_room.choices import CONNECTED, PLACES, SUPPLIED
from apps.control_room.past import network_of, past_of
from apps.control_room.views.paths import page_path
from apps.dispatch.choices import TagKind
from apps.forecasts.models import Series
from apps.storage.models import StoragePlant


@require_safe
@permission_required(Permission.VIEW_GRID)
def overview(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"display": "overview", "page_path": page_path(("Overview", ""))}
    return render(request, "control_room/overview.html", context)


@require_safe
@permission_required(Permission.VIEW_ALARMS)
def alarm_list(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "alarms",
        "page_path": page_path(("Alarms", "")),
        "journal": selectors.alarm_journal_tail(until=past_of(request)),
    }
    return render(request, "control_room/alarms.html", context)


def _places(found: assets.Element) -> list[tuple[str, str]]:
    """The station and the feeder that the element belongs to, each with its page."""
    names = [name for name in (found.substation, found.feeder) if name and name != found.name]
    pages = selectors.place_mrids(names)
    return [(name, reverse("control_room:element", args=[pages[name]]) if name in pages else "") for name in names]


def _may_report(request: HttpRequest, found: assets.Element) -> bool:
    """A loss of supply: with the dialog of those who may hang tags."""
    user, is_now = request.user, past_of(request) is None
    may = isinstance(user, User) and user.may(Permission.TAG) and user.may(Permission.MANAGE_INCIDENTS)
    return is_now and may and found.class_name in SUPPLIED


@require_safe
@permission_required(Permission.VIEW_GRID)
def element(request: HttpRequest, mrid: UUID) -> HttpResponse:
    model, user = network_of(request), request.user
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise Http404("No element of the network has this mRID.")
    context: dict[str, Any] = {
        "display": "element",
        "forecasts": Series.objects.in_use().filter(subject_mrid=found.mrid).order_by("quantity"),
        "may_operate": past_of(request) is None and isinstance(user, User) and user.may(Permission.OPERATE),
        "may_tag": past_of(request) is None and isinstance(user, User) and user.may(Permission.TAG),
        "may_report": _may_report(request, found),
        "has_envelope": past_of(request) is None and found.class_name in CONNECTED,
        "is_storage": StoragePlant.objects.filter(mrid=found.mrid).exists(),
        "tag_kinds": TagKind.choices,
        "has_diagram": found.class_name in PLACES or bool(found.substation or found.feeder),
        "page_path": page_path(*_places(found), (found.name, "")),
        "element": {
            "mrid": found.mrid,
            "class": found.class_name,
            "name": found.name,
            "is_place": found.class_name in PLACES,
        },
    }
    return render(request, "control_room/element.html", context)
