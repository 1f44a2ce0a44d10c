"""Where what moves a load, and what the model reckons with, say the same of a driver: two ways to one reason."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.explaining import Driver
from apps.forecasts.adapters.separating import CURVE, parts_of
from apps.forecasts.models import STEP_S, STEPS_A_DAY, Series
from apps.forecasts.selectors.issues import Issue
from apps.forecasts.selectors.separations import place_of, separation_at, weather_of

_PARTS = {
    "warmer": ("heating", "cooling"),
    "colder": ("heating", "cooling"),
    "sunnier": ("solar",),
    "duller": ("solar",),
    "windier": ("wind", CURVE),
    "calmer": ("wind", CURVE),
}
_WORDS = {"solar": "solar power", "wind": "wind power"}
_LEAST, _MOST = 0.5, 2.0  # of what the model reckons with


def agreed(series: Series, issue: Issue, drivers: Sequence[Driver], around: slice) -> list[Driver]:
    """The drivers, in words that name the part behind them where both agree in sign and about in size."""
    changes = _changes(series, issue, around)
    return [
        _named(one, {name: changes[name] for name in _PARTS.get(one.name, ()) if name in changes}) for one in drivers
    ]


def _named(driver: Driver, parts: dict[str, float]) -> Driver:
    change = sum(parts.values())
    if not parts or not _LEAST * abs(driver.kw) <= abs(change) <= _MOST * abs(driver.kw) or change * driver.kw <= 0:
        return driver
    name = max(parts, key=lambda one: abs(parts[one]))
    if name == CURVE:
        return replace(driver, name=f"{driver.name} (as its power curve says)")
    more = (parts[name] > 0) != (name in _WORDS)  # generation is negative
    return replace(driver, name=f"{driver.name} ({'more' if more else 'less'} {_WORDS.get(name, name)})")


def _changes(series: Series, issue: Issue, around: slice) -> dict[str, float]:
    """kW by part, against the week before; nothing where nothing was told apart or the weather is not known."""
    row, place = separation_at(series, as_of=issue.run.as_of), place_of(series)
    if row is None or place is None:
        return {}
    first, end = issue.first + around.start, issue.first + around.stop
    found = []
    for begin in (first, first - 7 * STEPS_A_DAY):
        known = weather_of(place, first=begin, end=begin + end - first, as_of=issue.run.as_of)
        found.append(parts_of(row, np.zeros(end - first), known, place, begin * STEP_S))
    changes = {name: _mean(found[0][name]) - _mean(found[1][name]) for name in found[0]}
    return {name: value for name, value in changes.items() if np.isfinite(value)}


def _mean(values: FloatArray) -> float:
    return float(np.mean(values))
