"""What a look ahead comes to: chances of elements and feeders, customers, hours, districts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.resilience.adapters.rates import Rates
from apps.resilience.adapters.risk_network import KINDS, Fallible
from apps.resilience.choices.risk import (
    EXPECTED_LIFE_YEARS,
    EXPOSURE_FACTOR,
    LEADS_H,
    VEGETATION_FACTOR,
    AssetKind,
    Exposure,
    Vegetation,
)
from apps.resilience.models import AssetCondition
from gridops.engine.reliability.hazard.ahead import Ahead, Fleet, KindRate, WeatherHours, customers_out, look_ahead
from gridops.engine.reliability.hazard.health import Health, Known, health_of
from gridops.engine.reliability.hazard.staging import Staging, stage_crews

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DAYS_A_YEAR = 365.25
OVERLOAD_EXPONENT, MOST_OVERLOAD = 4.0, 5.0  # an assumption: above the rating with the fourth power
PLAYED = 20
SPEED_KM_H, SETS_OUT_H = 30.0, 0.25
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Element:
    health: Health
    factors: dict[str, float]  # those that are not 1

    @property
    def factor(self) -> float:
        return float(np.prod(list(self.factors.values()))) if self.factors else 1.0


def elements_of(
    grid: Fallible,
    conditions: Mapping[str, AssetCondition],
    loading: Mapping[str, float],
    history: FloatArray,
    today: date,
) -> list[Element]:
    return [
        _element(KINDS[grid.kind[n]], conditions.get(mrid), loading.get(mrid), float(history[n]), today)
        for n, mrid in enumerate(grid.mrid)
    ]


def _element(
    kind: AssetKind, condition: AssetCondition | None, loading: float | None, history: float, today: date
) -> Element:
    health = health_of(_known(kind, condition, loading, today))
    factors = {"health": health.failure_factor, "own history": history}
    if loading is not None:
        factors["loading"] = min(max(loading, 1.0) ** OVERLOAD_EXPONENT, MOST_OVERLOAD)
    if condition is not None and kind is AssetKind.OVERHEAD:
        factors["vegetation"] = VEGETATION_FACTOR.get(Vegetation(condition.vegetation), 1.0)
        factors["exposure"] = EXPOSURE_FACTOR.get(Exposure(condition.exposure), 1.0)
    return Element(health, {name: round(value, 4) for name, value in factors.items() if abs(value - 1) > 1e-6})


def _known(kind: AssetKind, condition: AssetCondition | None, loading: float | None, today: date) -> Known:
    if condition is None:
        return Known(expected_life_years=EXPECTED_LIFE_YEARS[kind], highest_loading=loading)
    built = condition.commissioned_on
    return Known(
        age_years=None if built is None else max((today - built).days, 0) / DAYS_A_YEAR,
        expected_life_years=condition.expected_life_years or EXPECTED_LIFE_YEARS[kind],
        highest_loading=loading,
        operations_share=condition.operations_share,
        hot_spot_c=condition.hot_spot_c,
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    ahead: Ahead
    load: FloatArray  # per element
    customers: dict[str, float]
    hourly: list[dict[str, Any]]


def outlook_of(
    grid: Fallible,
    kinds: Sequence[KindRate],
    weather: Sequence[WeatherHours],
    place: IntArray,
    elements: Sequence[Element],
    *,
    gust_log_spread: FloatArray | None,
    seed: int,
) -> Outlook:
    rng = np.random.default_rng(seed)
    fleet = Fleet(grid.kind, place, grid.exposure, np.array([one.factor for one in elements]))
    ahead = look_ahead(kinds, weather, fleet, rng, gust_log_spread=gust_log_spread)
    load = fleet.exposure * fleet.factor
    return Outlook(ahead, load, _customers(grid, ahead, rng), _hourly(grid, ahead, weather, place, load))


def _customers(grid: Fallible, ahead: Ahead, rng: np.random.Generator) -> dict[str, float]:
    """By region, for all that fails in one takes the same customers with it."""
    # failures are rare: each draw of weather and rates is played several times
    sound = np.ones((len(ahead.p_drawn), grid.reach.regions))
    for region in range(grid.reach.regions):
        sound[:, region] = np.prod(1 - ahead.p_drawn[:, grid.region == region], axis=1)
    held = grid.node_customers > 0
    out = customers_out(np.repeat(1 - sound, PLAYED, axis=0), grid.reach.loses[:, held], grid.node_customers[held], rng)
    low, middle, high = np.quantile(out, [0.1, 0.5, 0.9])
    told = {"p10": low, "p50": middle, "p90": high, "mean": out.mean(), "all": grid.node_customers.sum()}
    return {name: float(value) for name, value in told.items()}


def _hourly(
    grid: Fallible, ahead: Ahead, weather: Sequence[WeatherHours], place: IntArray, load: FloatArray
) -> list[dict[str, Any]]:
    """Expected failures and customers by hour, and the highest gust and rain of any place; None where unknown."""
    kinds, places, hours = ahead.per_hour.shape
    weight, hit = np.zeros((kinds, places)), np.zeros((kinds, places))
    np.add.at(weight, (grid.kind, place), load)
    np.add.at(hit, (grid.kind, place), load * grid.customers)
    failures = np.einsum("kph,kp->h", ahead.per_hour, weight)
    customers = np.einsum("kph,kp->h", ahead.per_hour, hit)
    gust = np.stack([one.gust_m_s for one in weather])
    rain = np.stack([one.rain_mm for one in weather])
    heat = np.stack([one.temperature_c for one in weather])
    return [
        {
            "failures": round(float(failures[hour]), 6),
            "customers": round(float(customers[hour]), 3),
            "gust_m_s": _most(gust[:, hour]),
            "rain_mm": _most(rain[:, hour]),
            "temperature_c": _most(heat[:, hour]),
        }
        for hour in range(hours)
    ]


def _most(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(known.max()), 2) if len(known) else None


def feeder_chances(
    grid: Fallible, ahead: Ahead, place: IntArray, load: FloatArray, past: Mapping[str, float]
) -> dict[str, Any]:
    """By mRID: chance of a failure on each of the days, and that of climatology. past: chance a day, by feeder."""
    expected: dict[str, list[float]] = {}
    names: dict[str, str] = {}
    ends = [hour for hour in LEADS_H if hour <= ahead.per_hour.shape[2]]
    daily = np.stack([ahead.per_hour[:, :, end - 24 : end].sum(axis=2) for end in ends], axis=-1)
    of_element = daily[grid.kind, place] * load[:, None]
    for n, (mrid, name) in enumerate(grid.feeder):
        if mrid is not None:
            held = expected.setdefault(str(mrid), [0.0] * len(ends))
            expected[str(mrid)] = [a + float(b) for a, b in zip(held, of_element[n], strict=True)]
            names[str(mrid)] = name
    return {
        mrid: {
            "name": names[mrid],
            "p": [round(float(-np.expm1(-one)), 6) for one in days],
            "climatology": round(past[mrid], 6),
        }
        for mrid, days in expected.items()
        if mrid in past
    }


def class_chances(grid: Fallible, kinds: Sequence[KindRate]) -> dict[str, float]:
    """By feeder: chance of a failure on any day by the published class rates alone."""
    per_day = np.array([one.per_hour for one in kinds])[grid.kind] * grid.exposure * 24
    summed: dict[str, float] = {}
    for (mrid, _), value in zip(grid.feeder, per_day, strict=True):
        if mrid is not None:
            summed[str(mrid)] = summed.get(str(mrid), 0.0) + float(value)
    return {mrid: float(-np.expm1(-value)) for mrid, value in summed.items()}


@dataclass(frozen=True, slots=True)
class Station:
    mrid: str
    name: str
    longitude: float
    latitude: float


def districts_of(
    grid: Fallible, ahead: Ahead, place: IntArray, load: FloatArray, stations: Sequence[Station]
) -> list[dict[str, Any]]:
    """Failures expected around each station: of the elements that lie nearest to it."""
    if not stations:
        return []
    expected = ahead.per_hour.sum(axis=2)[grid.kind, place] * load
    far = np.stack([_km(one, grid.longitude, grid.latitude) for one in stations])
    nearest = np.argmin(far, axis=0)
    repair = _repair_h()[grid.kind]
    told = []
    for n, one in enumerate(stations):
        mine = nearest == n
        failures = float(expected[mine].sum())
        told.append(
            {
                "mrid": one.mrid,
                "name": one.name,
                "longitude": one.longitude,
                "latitude": one.latitude,
                "failures": failures,
                "repair_h": float(expected[mine] @ repair[mine] / failures) if failures > 0 else 0.0,
            }
        )
    return told


def staging_of(districts: Sequence[Mapping[str, Any]], crews: int, hours: int) -> Staging:
    failures = np.array([one["failures"] for one in districts], np.float64)
    longitude = np.array([one["longitude"] for one in districts], np.float64)
    latitude = np.array([one["latitude"] for one in districts], np.float64)
    stations = [Station(one["mrid"], one["name"], one["longitude"], one["latitude"]) for one in districts]
    ways = np.stack([_km(one, longitude, latitude) for one in stations]) if stations else np.zeros((0, 0))
    repair = np.array([one["repair_h"] for one in districts], np.float64)
    mean_repair = float(failures @ repair / failures.sum()) if failures.sum() > 0 else 0.0
    return stage_crews(failures, SETS_OUT_H + ways / SPEED_KM_H, crews, repair_h=mean_repair, hours=float(hours))


def _repair_h() -> FloatArray:
    rates = Rates()
    return np.array([rates.overhead_repair_h, rates.cable_repair_h, rates.transformer_repair_h])


def _km(one: Station, longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Plane, which is near enough within a city."""
    east = (longitude - one.longitude) * np.cos(np.radians(one.latitude))
    return np.asarray(KM_PER_DEGREE * np.hypot(east, latitude - one.latitude), np.float64)
