"""Records and measured weather to fitted rates, and back from what is stored of a fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.resilience.adapters.rates import Rates
from apps.resilience.adapters.risk_network import KINDS, Fallible
from apps.resilience.choices.risk import RECORDS_NEEDED, AssetKind
from gridops.engine.reliability.hazard.ahead import (
    HOURS_A_YEAR,
    KindRate,
    WeatherHours,
    hour_features,
    own_history,
)
from gridops.engine.reliability.hazard.counts import CountModel, fit_counts, no_counts
from gridops.engine.reliability.hazard.weather import soil_moisture

__all__ = [
    "ENGINE_VERSION",
    "Failure",
    "Fitted",
    "WeatherHours",
    "class_rates",
    "fitted",
    "history_factors",
    "packed",
    "unpacked",
    "weather_hours",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ENGINE_VERSION = "hazard-1"
DAY_H = 24
GUST_OF_WIND = 1.5  # where a place tells wind and no gusts
_ARRAYS = ("mean", "scale", "slopes", "covariance")


@dataclass(frozen=True, slots=True)
class Failure:
    """Of a recorded outage: the element's position, and the hour of the records in which it began."""

    element: int
    hour: int


@dataclass(frozen=True, slots=True)
class Fitted:
    kind: AssetKind
    model: CountModel
    records: int
    left_out: int
    own_failures: dict[str, int]


def weather_hours(told: FloatArray) -> WeatherHours:
    """told: hours x (gust, wind, precipitation, temperature), nan where unknown."""
    gust = np.where(np.isfinite(told[:, 0]), told[:, 0], GUST_OF_WIND * told[:, 1])
    days = -(-len(told) // DAY_H)
    rain = np.full(days * DAY_H, np.nan)
    rain[: len(told)] = told[:, 2]
    by_day = np.nansum(rain.reshape(days, DAY_H), axis=1)
    soil = np.repeat(soil_moisture(by_day[:, None])[:, 0], DAY_H)[: len(told)]
    return WeatherHours(gust, told[:, 2], told[:, 3], soil)


def fitted(
    grid: Fallible, place: IntArray, weather: Sequence[WeatherHours], failures: Sequence[Failure]
) -> list[Fitted]:
    """place: per element. Only hours with a known gust count; failures in other hours are left out and counted."""
    found = []
    for number, kind in enumerate(KINDS):
        mine = [one for one in failures if grid.kind[one.element] == number]
        used = [one for one in mine if np.isfinite(weather[place[one.element]].gust_m_s[one.hour])]
        model = _fit(grid, place, weather, used, number)
        names = [grid.mrid[one.element] for one in used]
        own = {name: names.count(name) for name in set(names)}
        found.append(Fitted(kind, model, len(used), len(mine) - len(used), own))
    return found


def _fit(
    grid: Fallible, place: IntArray, weather: Sequence[WeatherHours], failures: Sequence[Failure], kind: int
) -> CountModel:
    features, counts, exposures = [], [], []
    for number, one in enumerate(weather):
        exposure = float(grid.exposure[(grid.kind == kind) & (place == number)].sum())
        known = np.isfinite(one.gust_m_s)
        if exposure <= 0 or not known.any():
            continue
        hours = [failure.hour for failure in failures if place[failure.element] == number]
        features.append(hour_features(one)[known])
        counts.append(np.bincount(hours, minlength=len(known)).astype(np.float64)[known])
        exposures.append(np.full(int(known.sum()), exposure))
    if not features:
        return no_counts("No element of this kind has measured weather.")
    rows = np.concatenate(features), np.concatenate(counts), np.concatenate(exposures)
    return fit_counts(*rows, ridge=10.0, least_events=RECORDS_NEEDED)


def packed(model: CountModel, hours: int) -> dict[str, Any]:
    """`hours`: of all the records, for who compares an element with what was expected of it."""
    if not model.is_fitted:
        return {}
    arrays = {name: getattr(model, name).tolist() for name in _ARRAYS}
    return arrays | {
        "level": model.level,
        "dispersion": model.dispersion,
        "rows": model.rows,
        "events": model.events,
        "hours": hours,
    }


def unpacked(stored: Mapping[str, Any]) -> CountModel | None:
    if not stored:
        return None
    arrays = {name: np.array(stored[name], np.float64) for name in _ARRAYS}
    return CountModel(
        mean=arrays["mean"],
        scale=arrays["scale"],
        slopes=arrays["slopes"],
        covariance=arrays["covariance"],
        level=float(stored["level"]),
        dispersion=float(stored["dispersion"]),
        rows=int(stored["rows"]),
        events=int(stored["events"]),
    )


def class_rates(models: Sequence[CountModel | None]) -> list[KindRate]:
    """In the order of KINDS: fitted where there is a model, else the published class rate and its weather."""
    rates = Rates()
    per_year = (
        rates.overhead_failures_per_km_year,
        rates.cable_failures_per_km_year,
        rates.transformer_failures_per_year,
    )
    return [
        KindRate(rate / HOURS_A_YEAR, feels_wind=number == 0, feels_heat=number > 0, model=model)
        for number, (rate, model) in enumerate(zip(per_year, models, strict=True))
    ]


def history_factors(grid: Fallible, kinds: Sequence[KindRate], stored: Sequence[Mapping[str, Any]]) -> FloatArray:
    """Per element, from the failures and hours kept with each kind's fit; 1 where nothing is fitted."""
    factor = np.ones(len(grid.mrid))
    for number, (kind, one) in enumerate(zip(kinds, stored, strict=True)):
        if kind.model is None or not one:
            continue
        mine = np.flatnonzero(grid.kind == number)
        failures = np.array([float(one["own_failures"].get(grid.mrid[n], 0)) for n in mine])
        share = grid.exposure[mine] / max(grid.exposure[mine].sum(), 1e-9)
        factor[mine] = own_history(failures, kind.model.events * share)
    return factor
