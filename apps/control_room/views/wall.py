"""What hangs on the wall: to be read from afar and never touched. A token in the address signs a viewer in."""

from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission, Role
from apps.accounts.permissions import permission_required
from apps.accounts.rules import why_refused
from apps.accounts.selectors import token_for
from apps.accounts.services import note_use
from apps.control_room.choices import PLACES
from apps.control_room.views.diagram import found_element

NOT_A_VIEWER = "A wall display takes the token of a viewer only: whoever stands before it is nobody in particular."


@never_cache
@require_safe
def wall(request: HttpRequest, mrid: UUID | None = None) -> HttpResponseBase:
    if "token" in request.GET:
        return _signed_in(request)
    shown: HttpResponseBase = _shown(request, mrid)
    return shown


def _signed_in(request: HttpRequest) -> HttpResponse:
    """For as long as the token lives; the address that stays in the browser is without it."""
    now = timezone.now()
    token = token_for(request.GET["token"])
    reason = why_refused(token, at=now)
    if token is None or reason:
        return HttpResponse(reason, status=403, content_type="text/plain")
    if token.owner.role != Role.VIEWER or not token.may(Permission.VIEW_GRID):
        return HttpResponse(NOT_A_VIEWER, status=403, content_type="text/plain")
    note_use(token=token, at=now)
    login(request, token.owner, backend="django.contrib.auth.backends.ModelBackend")
    request.session.set_expiry(token.expires_at)
    return HttpResponseRedirect(request.path)


@permission_required(Permission.VIEW_GRID)
def _shown(request: HttpRequest, mrid: UUID | None) -> HttpResponse:
    place: dict[str, Any] | None = None
    if mrid is not None:
        found = found_element(mrid)
        if found.class_name not in PLACES:
            raise Http404("A wall shows a substation, a feeder or, without an mRID, the whole network.")
        place = {"mrid": found.mrid, "class": found.class_name, "name": found.name.replace("_", " ")}
    return render(request, "control_room/wall.html", {"display": "wall", "place": place})
