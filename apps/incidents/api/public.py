"""Outages for everybody: a page, JSON, and CAP messages with their feed. No session is read and no cookie is set."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_safe

from apps.incidents.api.cap import ATOM_TYPE, CAP_TYPE, EXERCISE_NOTE, Publisher, atom_feed, cap_message
from apps.incidents.selectors.public import PublicOutage, public_outage, public_outages

CACHED_S = 30
REAL_ENVIRONMENT = "PROD"

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]


def _public(view: View) -> View:
    """Not there at all where the site does not publish."""

    kept = require_safe(cache_page(CACHED_S)(view))

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PUBLIC_OUTAGES:
            raise Http404("This site publishes no outages.")
        response: HttpResponse = kept(request, *args, **kwargs)
        return response

    return guarded


@_public
def outage_page(request: HttpRequest) -> HttpResponse:
    as_of = timezone.now()
    outages = public_outages(as_of=as_of)
    context = {
        "going_on": [one for one in outages if not one.is_over],
        "over": [one for one in outages if one.is_over],
        "as_of": as_of,
        "note": "" if _is_real() else EXERCISE_NOTE,
    }
    # Without the request: what is kept for everybody knows nothing of who asked first.
    return HttpResponse(render_to_string("incidents/outages.html", context))


@_public
def outage_list(request: HttpRequest) -> HttpResponse:
    as_of = timezone.now()
    outages = [outage_document(one) for one in public_outages(as_of=as_of)]
    return JsonResponse({"as_of": as_of.isoformat(), "is_real": _is_real(), "outages": outages})


@_public
def cap_feed(request: HttpRequest) -> HttpResponse:
    as_of = timezone.now()
    outages = public_outages(as_of=as_of)
    return HttpResponse(atom_feed(outages, _publisher(request), as_of=as_of), content_type=ATOM_TYPE)


@_public
def cap_single(request: HttpRequest, outage_mrid: UUID) -> HttpResponse:
    outage = public_outage(outage_mrid, as_of=timezone.now())
    if outage is None:
        raise Http404("There is no such outage, or it ended long ago.")
    return HttpResponse(cap_message(outage, _publisher(request)), content_type=CAP_TYPE)


def outage_document(outage: PublicOutage) -> dict[str, Any]:
    area = outage.area
    is_placed = area.latitude is not None
    return {
        "id": outage.id,
        "area": area.name,
        "latitude": area.latitude,
        "longitude": area.longitude,
        "radius_km": area.radius_km if is_placed else None,
        "began_at": outage.began_at.isoformat(),
        "ended_at": outage.ended_at.isoformat() if outage.ended_at else None,
        "customers_about": outage.customers,
        "customers": outage.customers_words,
        "state": outage.state_words,
        "earliest_at": outage.earliest_at.isoformat() if outage.earliest_at else None,
        "latest_at": outage.latest_at.isoformat() if outage.latest_at else None,
        "estimate": outage.estimate_words,
        "updated_at": outage.updated_at.isoformat(),
    }


def _is_real() -> bool:
    return bool(settings.ENVIRONMENT_NAME == REAL_ENVIRONMENT)


def _publisher(request: HttpRequest) -> Publisher:
    host = request.get_host()
    return Publisher(host=host, base=f"{request.scheme}://{host}", is_real=_is_real())
