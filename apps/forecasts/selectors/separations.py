"""What moves a load: its past and its forecast, split into what could be told apart."""

from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from apps.forecasts.adapters.arrays import FloatArray, midnight
from apps.forecasts.adapters.separating import BASE, CURVE, LOADS, REST, WEATHER, parts_of
from apps.forecasts.choices import Quantity
from apps.forecasts.models import STEP_S, Separation, Series
from apps.forecasts.selectors.actual import actual, instant_of, step_of
from apps.forecasts.selectors.ahead import nearest
from apps.forecasts.selectors.desk import rounded
from apps.forecasts.selectors.issues import Issue, effective, issue_at, overrides_at
from apps.weather import selectors as weather
from apps.weather.models import Location

LABELS = {
    BASE: "Base load and all else",
    "heating": "Heating",
    "cooling": "Cooling",
    "solar": "Solar power below it",
    "wind": "Wind power below it",
    CURVE: "What the wind alone gives",
    REST: "The rest: wakes, outages, curtailment",
}
UNITS = {
    "heating": "kW per °C below 15 °C",
    "cooling": "kW per °C above 22 °C",
    "solar": "kW of usual panels",
    "wind": "kW of usual turbines",
}


class NotSeparated(Exception):
    """Says why there is nothing to tell."""


def separation_at(series: Series, *, as_of: datetime) -> Separation | None:
    return Separation.objects.filter(series=series, as_of__lte=as_of).order_by("-as_of").first()


def weather_of(place: Location, *, first: int, end: int, as_of: datetime) -> FloatArray:
    """Steps x WEATHER: as it was measured, else as it was forecast at its gate; from today on the newest forecast."""
    asked: dict[str, Any] = {"location_id": place.pk, "variables": WEATHER, "step_s": STEP_S}
    values = weather.observed(**asked, starts_at=instant_of(first), steps=end - first, as_of=as_of)
    today = min(max(step_of(midnight(as_of.date())), first), end)
    if today < end:
        newest = weather.known_at(**asked, starts_at=instant_of(today), steps=end - today, as_of=as_of)
        values[today - first :] = np.where(np.isfinite(values[today - first :]), values[today - first :], newest)
    if first < today and not np.isfinite(values[: today - first]).all():
        said = weather.as_forecast(**asked, starts_at=instant_of(first), steps=today - first)
        values[: today - first] = np.where(np.isfinite(values[: today - first]), values[: today - first], said)
    return values


def place_of(series: Series) -> Location | None:
    places = list(Location.objects.order_by("pk"))
    return places[int(nearest([series], places)[0])] if places else None


def separation_document(
    series: Series, *, start: datetime, as_of: datetime, seen_at: datetime, horizon: str
) -> dict[str, Any]:
    """Raises NotSeparated. From `start` on what was, from the issue on what is forecast, overrides included."""
    row, place = _told(series, as_of)
    issue = issue_at(series, as_of=as_of, horizon=horizon)
    first = step_of(start)
    kw, begin = _course(series, issue, first, as_of, seen_at)
    known = weather_of(place, first=first, end=first + len(kw), as_of=issue.run.as_of if issue else as_of)
    parts = parts_of(row, kw, known, place, first * STEP_S)
    return {
        "series": series.pk,
        "as_of": row.as_of,
        "days": row.days,
        "unit": "kW",
        "step_s": STEP_S,
        "t": [(first + step) * STEP_S for step in range(len(kw))],
        "forecast_from": begin * STEP_S if issue else None,
        "kw": rounded(kw),
        "parts": [_part(row, name, values) for name, values in parts.items()],
        "cannot": [{"name": name, "label": LABELS[name], "reason": why} for name, why in row.reasons.items()],
        "sentence": _sentence(first, kw, parts, begin - first) if issue else "",
    }


def _told(series: Series, as_of: datetime) -> tuple[Separation, Location]:
    if series.quantity not in (*LOADS, Quantity.WIND):
        raise NotSeparated("Solar power has one cause, the sun: there is nothing to separate.")
    row, place = separation_at(series, as_of=as_of), place_of(series)
    if row is None:
        raise NotSeparated("It has not been looked at yet: the next training, each night, does that.")
    if place is None or not (row.size_kw or row.curve):
        raise NotSeparated(f"Nothing can be told apart from its {row.days:.0f} days: {_all(row)}.")
    return row, place


def _all(row: Separation) -> str:
    """Each reason once, with what it is of."""
    of: dict[str, list[str]] = {}
    for name, why in row.reasons.items():
        of.setdefault(why, []).append(LABELS[name].lower())
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in of.items())


def _course(
    series: Series, issue: Issue | None, first: int, as_of: datetime, seen_at: datetime
) -> tuple[FloatArray, int]:
    """What was, then the median; and the step from which on it is forecast."""
    begin = max(issue.first, first) if issue else step_of(as_of)
    was = actual([series.pk], start=first, end=begin, until=step_of(as_of))[series.pk]
    if issue is None:
        return was, begin
    overrides = overrides_at([series.pk], as_of=seen_at, start=issue.first, end=issue.end)
    held = effective(series, issue.first, issue.at_level(0.5)[:, None], overrides)[:, 0]
    return np.concatenate([was, held[begin - issue.first :]]), begin


def _part(row: Separation, name: str, values: FloatArray) -> dict[str, Any]:
    return {
        "name": name,
        "label": LABELS[name],
        "kw": rounded(values),
        "size": row.size_kw.get(name),
        "error": row.error_kw.get(name),
        "size_unit": UNITS.get(name, ""),
    }


def _sentence(first: int, kw: FloatArray, parts: dict[str, FloatArray], begin: int) -> str:
    """'14.0 MW at the peak, Tuesday 18:15: base load 11.9, heating +2.1.'"""
    ahead = np.where(np.isfinite(parts[next(iter(parts))]), kw, np.nan)[begin:]
    if not np.isfinite(ahead).any():
        return "For what is forecast no weather is known: it cannot be split."
    at = begin + int(np.nanargmax(ahead))
    unit, by = ("MW", 1000.0) if max(abs(values[at]) for values in parts.values()) >= 2000 else ("kW", 1.0)
    (whole, rest), *others = [(LABELS[name], values[at] / by) for name, values in parts.items()]
    words = [f"{whole[0].lower()}{whole[1:]} {rest:.1f}"]
    words += [f"{label[0].lower()}{label[1:]} {value:+.1f}" for label, value in others if abs(value) >= 0.05]
    when = timezone.localtime(instant_of(first + at))
    return f"{kw[at] / by:.1f} {unit} at the peak, {when:%A %H:%M}: {', '.join(words)}.".replace("-", "\u2212")
