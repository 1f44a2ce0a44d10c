"""What is known ahead of the hours to come: weather forecasts, days of the calendar, economic factors."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from apps.forecasts.adapters.arrays import DAY, Float32Array, FloatArray, IntArray, midnight, steps_between
from apps.forecasts.adapters.panels import Ahead, History
from apps.forecasts.models import STEP_S, STEPS_A_DAY, CalendarDay, Regressor, Series
from apps.weather import selectors as weather
from apps.weather.choices import Variable
from apps.weather.models import Location, WeatherRun

VARIABLES = (Variable.TEMPERATURE_C, Variable.GHI_W_M2, Variable.WIND_SPEED_100M_M_S)
_GATE = STEPS_A_DAY - steps_between(midnight(date(1970, 1, 1)), midnight(date(1970, 1, 1)) + weather.GATE_LEAD)
_MOST_DAYS = 6  # so that a week ahead is learned from forecasts of a week ahead
_REACHES_DAYS = 45  # a factor that is published once a month or quarter counts so long


def known_ahead(history: History, local_day: IntArray, *, as_of: datetime, is_past: bool = False) -> Ahead:
    """`local_day`: per step of the clock, days since 1970 of the local calendar. `is_past`: also what had been forecast
    up to a week before."""
    places = list(Location.objects.order_by("pk"))
    local, told = _weather(places, history, len(local_day), as_of)
    names, shared = _shared(local_day, as_of)
    known = np.asarray(np.isfinite(local).any(axis=(0, 1)))
    chosen = [str(name) for name, is_known in zip(VARIABLES, known, strict=False) if is_known]
    if not chosen and not names:
        return Ahead(told=told)
    count = max(len(places), 1)
    everywhere = np.broadcast_to(shared, (count, *shared.shape)).astype(np.float32)
    values = np.concatenate([local[:, :, known], everywhere], axis=2) if places else everywhere
    later = np.empty((0, *values.shape), np.float32)
    if is_past and known.any():
        later = _later(places, history, local.shape[1], known, everywhere)
    place = nearest(history.series, places) if places else np.zeros(len(history.series), np.int64)
    return Ahead((*chosen, *names), np.ascontiguousarray(values, np.float32), place, told, later, _GATE)


def _later(
    places: Sequence[Location], history: History, steps: int, known: np.ndarray, everywhere: Float32Array
) -> Float32Array:
    """Days x places x steps x columns: passed days as they were forecast at gates further and further back."""
    start = midnight(history.first)
    passed = steps_between(start, midnight(history.until.date()))
    found = np.full((_MOST_DAYS, len(places), steps, len(VARIABLES)), np.nan, np.float32)
    for row, place in enumerate(places):
        asked: dict[str, Any] = {"location_id": place.pk, "variables": VARIABLES, "step_s": STEP_S}
        for days in range(_MOST_DAYS):
            lead = weather.GATE_LEAD + DAY * (days + 1)
            found[days, row, :passed] = weather.as_forecast(**asked, starts_at=start, steps=passed, gate_lead=lead)
    shared = np.broadcast_to(everywhere, (_MOST_DAYS, *everywhere.shape))
    return np.concatenate([found[..., known], shared], axis=3)


def nearest(series: Sequence[Series], places: Sequence[Location]) -> IntArray:
    """Per series; what stands nowhere is in the middle of the rest."""
    at = np.array([(one.latitude, one.longitude) for one in series], float)
    known = np.isfinite(at).all(axis=1)
    middle = at[known].mean(axis=0) if known.any() else (places[0].latitude, places[0].longitude)
    at = np.where(known[:, None], at, middle)
    to = np.array([(one.latitude, one.longitude) for one in places])
    apart = (at[:, None] - to[None]) * [1.0, float(np.cos(np.radians(middle[0])))]
    return np.asarray((apart**2).sum(axis=2).argmin(axis=1), np.int64)


def _weather(
    places: Sequence[Location], history: History, steps: int, as_of: datetime
) -> tuple[Float32Array, dict[str, object]]:
    """Days that have passed as they were forecast at their gate, else as they were observed; from today on the newest
    forecast."""
    today = midnight(history.until.date())
    passed = steps_between(midnight(history.first), today)
    found = np.full((len(places), steps, len(VARIABLES)), np.nan, np.float32)
    runs: set[int] = set()
    reach = steps
    for row, place in enumerate(places):
        asked: dict[str, Any] = {"location_id": place.pk, "variables": VARIABLES, "step_s": STEP_S}
        if passed:
            found[row, :passed] = _past(asked, history, passed, as_of)
        newest = weather.known(**asked, starts_at=today, steps=steps - passed, as_of=as_of)
        found[row, passed:] = newest.values
        runs |= set(newest.run_ids[:1])
        reach = min(reach, _reach(found[row]))
    until = midnight(history.first) + timedelta(seconds=STEP_S * reach)
    return found, {"weather": _told(runs), "weather_until": until.isoformat()} if runs else {}


def _reach(values: Float32Array) -> int:
    """Steps until the last at which all that is known at all is known."""
    ends = [int(np.flatnonzero(column)[-1]) + 1 for column in np.isfinite(values).T if column.any()]
    return min(ends, default=0)


def _past(asked: dict[str, Any], history: History, steps: int, as_of: datetime) -> FloatArray:
    start = midnight(history.first)
    values = weather.as_forecast(**asked, starts_at=start, steps=steps)
    if not np.isfinite(values).all():
        values = np.where(
            np.isfinite(values), values, weather.observed(**asked, starts_at=start, steps=steps, as_of=as_of)
        )
    return values


def _told(runs: set[int]) -> list[str]:
    rows = WeatherRun.objects.filter(pk__in=runs).order_by("issued_at", "pk")
    return [f"{row.provider} {row.model} {row.issued_at:%Y-%m-%dT%H:%MZ}".replace("  ", " ") for row in rows]


def _shared(local_day: IntArray, as_of: datetime) -> tuple[list[str], FloatArray]:
    """Steps x columns of what is alike everywhere."""
    first, size = int(local_day[0]), int(local_day[-1] - local_day[0]) + 1
    columns = {**_calendar(first, size), **_regressors(first, size, as_of)}
    by_day = np.stack(list(columns.values()), axis=1) if columns else np.empty((size, 0))
    return list(columns), by_day[local_day - first]


def _calendar(first: int, size: int) -> dict[str, FloatArray]:
    """Holidays stand in the clock; other kinds are columns of their own."""
    found: dict[str, FloatArray] = {}
    begin = _day(first)
    rows = CalendarDay.objects.exclude(kind=CalendarDay.HOLIDAY).order_by("kind", "day", "name")
    kinds = sorted({kind for (kind,) in rows.values_list("kind")})
    for kind in kinds:
        found[f"calendar_{kind}"] = np.zeros(size)
    for kind, day, value in rows.filter(day__gte=begin, day__lt=begin + DAY * size).values_list("kind", "day", "value"):
        found[f"calendar_{kind}"][(day - begin).days] += value
    return found


def _regressors(first: int, size: int, as_of: datetime) -> dict[str, FloatArray]:
    """Each value from its day on, or from when it became known if that was later, until the next."""
    begin = _day(first)
    rows: dict[str, list[tuple[date, datetime, float]]] = defaultdict(list)
    wanted = Regressor.objects.filter(known_at__lte=as_of, day__lt=begin + DAY * size)
    for name, day, known_at, value in wanted.order_by("day", "known_at").values_list(
        "name", "day", "known_at", "value"
    ):
        rows[name].append((day, known_at, value))
    return {f"factor_{name}": _held(found, begin, size) for name, found in sorted(rows.items())}


def _held(rows: list[tuple[date, datetime, float]], begin: date, size: int) -> FloatArray:
    values = np.full(size, np.nan)
    for day, known_at, value in rows:
        since = max((day - begin).days, (known_at.date() - begin).days, 0)
        values[since : max((day - begin).days + _REACHES_DAYS, since)] = value
    return values


def _day(number: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)
