"""Days on which people live otherwise: those that the law knows, and those that a person names."""

from datetime import datetime
from typing import Final

from django.conf import settings

from apps.forecasts.models import CalendarDay
from gridops.public_days import public_holidays

_YEARS: Final = range(-6, 3)  # about this one
_LONGEST: Final = 120


def sync_holidays(*, as_of: datetime) -> int:
    """The country's public holidays; what a person has added stays. Returns how many are new."""
    years = [as_of.year + by for by in _YEARS]
    known = set(CalendarDay.objects.filter(kind=CalendarDay.HOLIDAY).values_list("day", flat=True))
    rows = [
        CalendarDay(day=day, name=name[:_LONGEST], kind=CalendarDay.HOLIDAY)
        for day, name in public_holidays(settings.COUNTRY, years).items()
        if day not in known
    ]
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
