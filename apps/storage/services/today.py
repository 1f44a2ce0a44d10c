"""The present day of every plant as far as it has come: what the meter and the plan say of it in energy and money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.forecasts.selectors.measured import point_means
from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H
from apps.storage.choices import STEP
from apps.storage.models import DaySoFar, StoragePlant
from apps.storage.selectors.ahead import NoPrices, PricesAhead, market_day, prices_ahead
from apps.storage.selectors.kept import kept_quarters
from apps.storage.selectors.readings import meters_of
from apps.storage.services.earning import DECIDED_BEFORE, settled

_FIELDS = [field.name for field in DaySoFar._meta.fields if field.name != "plant"]


def tell_day(*, as_of: datetime) -> int:
    """How many plants were told of. Plants with one clock and one price are looked at together."""
    groups: dict[tuple[object, ...], list[StoragePlant]] = {}
    for plant in StoragePlant.objects.select_related("price_zone").order_by("pk"):
        groups.setdefault((plant.price_zone_id, plant.tariff), []).append(plant)
    rows = [row for plants in groups.values() for row in _rows(plants, as_of)]
    told = DaySoFar.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["plant"], update_fields=_FIELDS, batch_size=1000
    )
    return len(told)


def _rows(plants: Sequence[StoragePlant], as_of: datetime) -> list[DaySoFar]:
    begin, steps = market_day(plants[0], as_of)
    ended = min((as_of - begin) // STEP, steps)
    if ended < 1:
        return [_row(plant, begin, begin, {}) for plant in plants]
    prices, end = _prices(plants[0], begin, ended, as_of), begin + ended * STEP
    meters = _metered(plants, begin, end)
    plans = kept_quarters(plants, ["planned_kw"], starts_at=begin, steps=ended)
    return [
        _row(plant, begin, end, _figures(prices, meters.get(plant.mrid), plans.get(plant.pk, {}).get("planned_kw")))
        for plant in plants
    ]


def _row(plant: StoragePlant, begin: datetime, end: datetime, figures: dict[str, Any]) -> DaySoFar:
    return DaySoFar(plant=plant, day=(begin + DECIDED_BEFORE).date(), until=end, **figures)


def _prices(plant: StoragePlant, begin: datetime, steps: int, as_of: datetime) -> PricesAhead | None:
    """None where a price of the day so far is not out: what it earned is not known then."""
    try:
        found = prices_ahead(plant, starts_at=begin, steps=steps, as_of=as_of)
    except NoPrices:
        return None
    return found if found.is_known.all() else None


def _metered(plants: Sequence[StoragePlant], begin: datetime, end: datetime) -> dict[UUID, FloatArray]:
    points = meters_of(plants)
    means = point_means([point.pk for point in points], start=begin, end=end)
    return {point.equipment_mrid: np.asarray(row, np.float64) for point, row in zip(points, means, strict=True)}


def _figures(prices: PricesAhead | None, meter: FloatArray | None, plan: FloatArray | None) -> dict[str, Any]:
    """Of either over the quarter hours in which it is known; the shares say how many."""
    told: dict[str, Any] = {"currency": prices.currency[:3] if prices else ""}
    wanted = ((meter, "metered_share", "earned", ""), (plan, "planned_share", "planned", "planned_"))
    for values, share, earned, begin in wanted:
        if values is not None and np.isfinite(values).any():
            power = np.nan_to_num(values)
            told |= {
                share: float(np.isfinite(values).mean()),
                earned: settled(prices, power) if prices else None,
                f"{begin}charged_kwh": float(STEP_H * np.maximum(power, 0.0).sum()),
                f"{begin}discharged_kwh": float(STEP_H * np.maximum(-power, 0.0).sum()),
            }
    return told
