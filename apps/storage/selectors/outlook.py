"""Half a day back and one and a half ahead: what was planned, what came, at which prices. Of one plant or of many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from apps.forecasts.selectors.measured import LEAST_SHARE, point_means
from apps.storage.adapters.packed import FloatArray
from apps.storage.choices import STEP
from apps.storage.models import StoragePlant
from apps.storage.selectors.ahead import NoPrices, PricesAhead, price_course
from apps.storage.selectors.documents import numbers
from apps.storage.selectors.kept import kept_quarters
from apps.storage.selectors.readings import meters_of
from apps.storage.selectors.standing import begin_of_step, plans_standing

BACK, STEPS = 48, 192
_KEPT = ("soc", "sigma", "planned_kw", "planned_soc")


@dataclass(frozen=True, slots=True)
class Columns:
    """Plants x quarter hours; nan: not known, or not planned."""

    energy_kwh: FloatArray  # of each plant
    soc: FloatArray
    sigma: FloatArray
    power_kw: FloatArray
    planned_kw: FloatArray
    planned_soc: FloatArray
    stored_value: FloatArray


def outlook_document(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[str, Any]:
    now = begin_of_step(as_of)
    starts_at = now - BACK * STEP
    columns = _columns(plants, starts_at, now, as_of)
    told = {
        "soc": _weighed(columns.soc, columns.energy_kwh),
        "soc_sigma": _spread(columns.sigma, columns.energy_kwh),
        "planned_soc": _weighed(columns.planned_soc, columns.energy_kwh),
        "power_kw": _summed(columns.power_kw, columns.energy_kwh),
        "planned_kw": _summed(columns.planned_kw, columns.energy_kwh),
        "stored_value": _weighed(columns.stored_value, columns.energy_kwh),
    }
    return {
        "starts_at": starts_at.isoformat(),
        "step_s": int(STEP.total_seconds()),
        "now": as_of.isoformat(),
        "plants": len(plants),
        "known": _ever(columns.soc),
        "metered": _ever(columns.power_kw),
        "planned": _ever(columns.planned_kw[:, BACK:]),
        **{name: numbers(values) for name, values in told.items()},
        **_prices(plants, starts_at, as_of),
    }


def _columns(plants: Sequence[StoragePlant], starts_at: datetime, now: datetime, as_of: datetime) -> Columns:
    """What stood planned then goes before what the newest plan says of then."""
    kept = kept_quarters(plants, _KEPT, starts_at=starts_at, steps=STEPS)
    ahead = plans_standing(plants, starts_at=starts_at, steps=STEPS, as_of=as_of)
    planned = {name: _stacked(plants, ahead, source) for name, source in _OF_PLAN.items()}
    past = {name: _stacked(plants, kept, name) for name in _KEPT}
    for name in ("planned_kw", "planned_soc"):
        planned[name] = np.where(np.isfinite(past[name]), past[name], planned[name])
    energy = np.array([plant.energy_kwh for plant in plants])
    return Columns(energy, past["soc"], past["sigma"], _metered(plants, starts_at, now), **planned)


_OF_PLAN = {"planned_kw": "power_kw", "planned_soc": "soc", "stored_value": "stored_value"}


def _ever(values: FloatArray) -> int:
    return int(np.isfinite(values).any(axis=1).sum())


def _stacked(plants: Sequence[StoragePlant], found: Mapping[int, Mapping[str, FloatArray]], name: str) -> FloatArray:
    blank = np.full(STEPS, np.nan)
    rows = [found[plant.pk][name] if plant.pk in found else blank for plant in plants]
    return np.stack(rows) if rows else np.empty((0, STEPS))


def _metered(plants: Sequence[StoragePlant], starts_at: datetime, now: datetime) -> FloatArray:
    place, points = {plant.mrid: at for at, plant in enumerate(plants)}, meters_of(plants)
    found = np.full((len(plants), STEPS), np.nan)
    means = point_means([point.pk for point in points], start=starts_at, end=now)
    for point, row in zip(points, means, strict=True):
        found[place[point.equipment_mrid], : len(row)] = row
    return found


def _summed(values: FloatArray, energy_kwh: FloatArray) -> FloatArray:
    """Of the plants that tell it at all. Where those that hold a tenth of their energy do not there is no sum."""
    total = np.nansum(values, axis=0)
    return np.where(_known_share(values, energy_kwh) >= LEAST_SHARE, total, np.nan)


def _weighed(values: FloatArray, energy_kwh: FloatArray) -> FloatArray:
    known = np.isfinite(values) * energy_kwh[:, None]
    mean = np.nansum(values * energy_kwh[:, None], axis=0) / np.maximum(known.sum(axis=0), 1e-9)
    return np.where(_known_share(values, energy_kwh) >= LEAST_SHARE, mean, np.nan)


def _spread(sigma: FloatArray, energy_kwh: FloatArray) -> FloatArray:
    """Of the mean, of plants that err each by itself."""
    known = np.isfinite(sigma) * energy_kwh[:, None]
    sums = np.sqrt(np.nansum((sigma * energy_kwh[:, None]) ** 2, axis=0)) / np.maximum(known.sum(axis=0), 1e-9)
    return np.where(_known_share(sigma, energy_kwh) >= LEAST_SHARE, sums, np.nan)


def _known_share(values: FloatArray, energy_kwh: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    ever = energy_kwh * known.any(axis=1)
    return np.asarray(known.T @ energy_kwh / max(float(ever.sum()), 1e-9))


def _prices(plants: Sequence[StoragePlant], starts_at: datetime, as_of: datetime) -> dict[str, Any]:
    """Those that most of the plants go by."""
    told = _course(plants, starts_at, as_of)
    if isinstance(told, str):
        return {"price": [], "price_is_known": [], "currency": "", "price_basis": told}
    return {
        "price": numbers(told.buy),
        "price_is_known": told.is_known.tolist(),
        "currency": told.currency,
        "price_basis": told.basis,
    }


def _course(plants: Sequence[StoragePlant], starts_at: datetime, as_of: datetime) -> PricesAhead | str:
    plant = _most(plants)
    if plant is None:
        return "There is no plant."
    try:
        return price_course(plant, starts_at=starts_at, steps=STEPS, as_of=as_of)
    except NoPrices as fault:
        return str(fault)


def _most(plants: Sequence[StoragePlant]) -> StoragePlant | None:
    """One whose prices are those of most plants that have any."""
    priced = {plant.pk: (plant.tariff, plant.price_zone_id) for plant in plants if plant.tariff or plant.price_zone_id}
    often = Counter(priced.values()).most_common(1)
    return next((plant for plant in plants if not often or priced.get(plant.pk) == often[0][0]), None)
