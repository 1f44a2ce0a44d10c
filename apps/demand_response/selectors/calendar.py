"""Events of a month, of the programs that somebody may see."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.accounts.models import User
from apps.demand_response.models import DemandProgram
from apps.dispatch.models import Call

MOST = 1000
_NAMES = ("id", "title", "status", "aim", "starts_at", "ends_at", "customers", "expected_kw_p50")


def month_of_calls(user: User, *, year: int, month: int) -> dict[str, Any]:
    """By the clock of the site; an event that begins in the month belongs to it."""
    programs = DemandProgram.objects.visible_to(user).filter(openadr_program__isnull=False)
    known = {
        name: (key, title) for name, key, title in programs.values_list("openadr_program__program_name", "pk", "title")
    }
    first, until = _span(year, month)
    rows = Call.objects.filter(program_name__in=known, starts_at__gte=first, starts_at__lt=until).order_by("starts_at")
    found = [
        {name: getattr(row, name) for name in _NAMES}
        | {"program": known[row.program_name][0], "program_title": known[row.program_name][1]}
        for row in rows.only("program_name", *_NAMES)[:MOST]
    ]
    return {"year": year, "month": month, "starts_at": first, "ends_at": until, "calls": found}


def _span(year: int, month: int) -> tuple[datetime, datetime]:
    zone = ZoneInfo(settings.TIME_ZONE)
    first = date(year, month, 1)
    after = (first + timedelta(days=32)).replace(day=1)
    begin, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (first, after))
    return begin, end
