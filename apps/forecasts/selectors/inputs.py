"""Everything that a forecast may stand on, as it was known at an instant."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.forecasts.adapters.arrays import floored, midnight, steps_between
from apps.forecasts.adapters.panels import ROOM_DAYS, History, Panel, clock_of, panel_of
from apps.forecasts.models import CalendarDay, DataFault, Series
from apps.forecasts.selectors.ahead import known_ahead
from apps.forecasts.selectors.matrix import matrix

LEARNED_FROM = frozenset({"level shift"})  # a series may well stay on its new level


def active_series() -> list[Series]:
    return list(Series.objects.in_use().order_by("pk"))


def history_of(series: Sequence[Series], *, days: int, as_of: datetime) -> History:
    """Without what is known to be wrong."""
    until = floored(as_of)
    first = until.date() - timedelta(days)
    values = matrix([one.pk for one in series], first=first, days=days + 1, until=until)
    history = History(series, first, until, values)
    _forget_faults(history, as_of)
    return history


def _forget_faults(history: History, as_of: datetime) -> None:
    row_of, begin = {key: row for row, key in enumerate(history.keys)}, midnight(history.first)
    rows = DataFault.objects.filter(series__in=history.keys, ends_at__gt=begin, begins_at__lt=history.until)
    for key, start, end in (
        rows.filter(found_at__lte=as_of)
        .exclude(fault__in=LEARNED_FROM)
        .values_list("series_id", "begins_at", "ends_at")
    ):
        history.values[row_of[key], max(steps_between(begin, start), 0) : steps_between(begin, end)] = np.nan


def holidays() -> frozenset[date]:
    return frozenset(CalendarDay.objects.filter(kind=CalendarDay.HOLIDAY).values_list("day", flat=True))


def panel_known(
    history: History, *, groups: Sequence[str], as_of: datetime, is_past: bool = False
) -> tuple[Panel, dict[str, object]]:
    """With what the panel stands on, in words that can be stored. `is_past`: to learn from and to be tried on, with
    weather as it had been forecast from farther away too."""
    days = (history.until.date() - history.first).days + ROOM_DAYS
    clock = clock_of(history.first, days, zone(), holidays())
    ahead = known_ahead(history, clock.local_day, as_of=as_of, is_past=is_past)
    return panel_of(history, clock, ahead, groups), {"history_until": history.until.isoformat(), **ahead.told}


def zone() -> ZoneInfo:
    """Of the clock that people, and so their loads, live by."""
    return ZoneInfo(settings.TIME_ZONE)
