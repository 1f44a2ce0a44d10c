"""A page at a past instant: `?at=` in its address."""

from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.state.selectors.past import model_id_at

# Pages that can show what was; static/js/past_url.js knows their addresses.
SHOW_PAST = frozenset(
    {
        "overview",
        "alarms",
        "alarm_figures",
        "element",
        "diagram",
        "security",
        "performance",
        "trends",
        "events",
        "forecasts",
        "forecast_series",
        "forecast_skill",
        "prices",
        "courses",
        "course",
        "renewables",
        "storage_studio",
    }
)
NO_INSTANT = "‘at’ is no instant: give ISO 8601 with offset, such as 2026-01-31T12:00:00Z. This page shows the present."
NOT_YET = "‘at’ lies in the future. This page shows the present."
NO_PAST = "This display has no past: it shows the present."


def asked_instant(request: HttpRequest, *, now: datetime) -> tuple[datetime | None, str]:
    """The past instant of this page, or why it shows the present although an instant was asked for."""
    if "at" not in request.GET:
        return None, ""
    try:
        at = parse_datetime(request.GET["at"])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 9000:
        return None, NO_INSTANT
    at = at.astimezone(UTC)
    if at > now:
        return None, NOT_YET
    match = request.resolver_match
    return (at, "") if match and match.url_name in SHOW_PAST else (None, NO_PAST)


def past_of(request: HttpRequest) -> datetime | None:
    return asked_instant(request, now=timezone.now())[0]


def network_of(request: HttpRequest) -> NetworkModel | None:
    """The version that the page is about: the current one, or the one that was live then."""
    at = past_of(request)
    return assets.current_model() if at is None else assets.model_by_id(model_id_at(at))
