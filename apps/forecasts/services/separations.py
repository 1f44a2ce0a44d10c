"""Each night: what moves each load, from what it was under the weather that was."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from apps.forecasts.adapters.panels import clock_of
from apps.forecasts.adapters.separating import LOADS, effects_of, separation
from apps.forecasts.choices import Quantity
from apps.forecasts.models import STEP_S, Separation, Series
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.ahead import nearest
from apps.forecasts.selectors.inputs import history_of, holidays, zone
from apps.forecasts.selectors.separations import weather_of
from apps.weather.models import Location

PAST_DAYS = 180  # a season of sun and one of cold; older installations say too little of today's
KEPT = timedelta(days=40)
_AT_ONCE = 500


def separate(*, as_of: datetime) -> int:
    """Returns how many series were looked at; none without a place whose weather is known."""
    wanted = Series.objects.in_use().filter(quantity__in=[*LOADS, Quantity.WIND])
    series, places = list(wanted.order_by("pk")), list(Location.objects.order_by("pk"))
    if not series or not places:
        return 0
    by_place: dict[int, list[Series]] = {}
    for one, place in zip(series, nearest(series, places).tolist(), strict=True):
        by_place.setdefault(place, []).append(one)
    for place, members in by_place.items():
        for first in range(0, len(members), _AT_ONCE):
            rows = list(_of(places[place], members[first : first + _AT_ONCE], as_of))
            Separation.objects.bulk_create(rows, ignore_conflicts=True)
    Separation.objects.filter(as_of__lt=as_of - KEPT).delete()
    return len(series)


def _of(place: Location, series: Sequence[Series], as_of: datetime) -> Iterator[Separation]:
    """Of series that share a place."""
    history = history_of(series, days=PAST_DAYS, as_of=as_of)
    clock = clock_of(history.first, PAST_DAYS + 1, zone(), holidays())
    first = step_of(history.until) - history.at
    weather = weather_of(place, first=first, end=first + history.at, as_of=as_of)
    known = effects_of(weather, place, first * STEP_S)
    for one in series:
        yield separation(one, history, clock, known, weather)


def is_missing() -> bool:
    return not Separation.objects.exists()
