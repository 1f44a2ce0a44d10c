"""The one-line diagram of a substation or a feeder, and the way to it from any element."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.control_room import selectors
from apps.control_room.choices import PLACES
from apps.control_room.context import NO_MRID
from apps.control_room.past import network_of, past_of
from apps.control_room.views.paths import page_path


def found_element(mrid: UUID, model: NetworkModel | None = None) -> assets.Element:
    model = model or assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise Http404("No element of the network has this mRID.")
    return found


@require_safe
@permission_required(Permission.VIEW_GRID)
def diagram(request: HttpRequest, mrid: UUID) -> HttpResponse:
    found = found_element(mrid, network_of(request))
    if found.class_name not in PLACES:
        return _of_its_place(found, request.GET.get("at"))
    station = selectors.place_mrids([found.substation] if found.substation else [])
    steps = [(name, reverse("control_room:diagram", args=[place])) for name, place in station.items()]
    user = request.user
    context: dict[str, Any] = {
        "display": "diagram",
        "may_operate": past_of(request) is None and isinstance(user, User) and user.may(Permission.OPERATE),
        "page_path": page_path(*steps, (found.name, "")),
        "diagram": {
            "mrid": found.mrid,
            "class": found.class_name,
            "name": found.name.replace("_", " "),
            "url": reverse("control_room:diagram", args=[NO_MRID]),
        },
    }
    return render(request, "control_room/diagram.html", context)


def _of_its_place(found: assets.Element, at: str | None) -> HttpResponse:
    """In the diagram of its feeder, else of its substation, else of where it ends, else on the map."""
    places = selectors.place_mrids(filter(None, (found.substation, found.feeder)))
    place = places.get(found.feeder) or places.get(found.substation) or selectors.station_at_an_end(found.mrid)
    asked = {"select": found.mrid} | ({"at": at} if at else {})
    if place is None:
        return HttpResponseRedirect(f"{reverse('control_room:overview')}?{urlencode(asked)}")
    return HttpResponseRedirect(f"{reverse('control_room:diagram', args=[place])}?{urlencode(asked)}")
