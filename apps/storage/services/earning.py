"""What a plant's day has earned, beside what was planned, what perfect foresight and a simple rule would have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from apps.forecasts.selectors.measured import point_means
from apps.storage.adapters.bounds import unrestrained
from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.adapters.planning import STEP_H, Ahead, planned
from apps.storage.choices import STEP, Horizon, PlanOutcome
from apps.storage.models import Earning, StoragePlant, StorageSchedule
from apps.storage.selectors.ahead import NoPrices, PricesAhead, market_day, prices_ahead
from apps.storage.selectors.limits import limits_of
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

DECIDED_BEFORE = timedelta(hours=12)  # of the day: noon of the day before, when its prices are not out yet
ENOUGH_KNOWN = 0.9  # of the quarter hours of a meter


@dataclass(frozen=True, slots=True)
class Day:
    plant: StoragePlant
    starts_at: datetime
    steps: int
    prices: PricesAhead

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.steps * STEP


def settle_day(*, as_of: datetime) -> int:
    """The day of each plant's market that has ended last. How many rows were made."""
    plants = StoragePlant.objects.filter(is_planned=True).select_related("price_zone")
    rows = [_settled(plant, as_of) for plant in plants.prefetch_related("limits", "settings")]
    return len(Earning.objects.bulk_create([row for row in rows if row is not None], ignore_conflicts=True))


def _settled(plant: StoragePlant, as_of: datetime) -> Earning | None:
    """None where it was settled already, or has no prices at all."""
    begin, steps = market_day(plant, as_of, after=-1)
    day = (begin + DECIDED_BEFORE).date()
    if Earning.objects.filter(plant=plant, day=day).exists():
        return None
    try:
        prices = prices_ahead(plant, starts_at=begin, steps=steps, as_of=as_of)
    except NoPrices:
        return None
    if not prices.is_known.all():
        return None
    one = Day(plant, begin, steps, prices)
    return Earning(plant=plant, day=day, currency=prices.currency[:3], worked_out_at=as_of, **_figures(one))


def _figures(day: Day) -> dict[str, Any]:
    schedule = _schedule(day)
    soc = schedule.start_soc if schedule is not None and schedule.start_soc is not None else day.plant.resting_soc
    meter = _metered(day)
    known = float(np.isfinite(meter).mean())
    reasons = [] if schedule is not None else ["No day-ahead schedule was made of it."]
    reasons += [] if known >= ENOUGH_KNOWN else [f"Its meter was known for {known:.0%} of the day only."]
    return {
        "planned": None if schedule is None else settled(day.prices, unpacked(schedule.power_kw)),
        "perfect": _foreseen(day, day.prices, soc),
        "simple_rule": _by_rule(day, soc),
        "known_share": known,
        "reason": " ".join(reasons),
        **(_realised(day, np.nan_to_num(meter)) if known >= ENOUGH_KNOWN else {}),
    }


def settled(prices: PricesAhead, power_kw: FloatArray) -> float:
    """Money earned by a course of powers at the meter, positive while it charges."""
    bought, sold = np.maximum(power_kw, 0.0), np.maximum(-power_kw, 0.0)
    return float(STEP_H * (prices.sell @ sold - prices.buy @ bought))


def _realised(day: Day, meter: FloatArray) -> dict[str, float]:
    charged, discharged = (float(STEP_H * np.maximum(way * meter, 0.0).sum()) for way in (1.0, -1.0))
    return {
        "realised": settled(day.prices, meter),
        "wear": discharged * day.plant.wear_per_kwh,
        "charged_kwh": charged,
        "discharged_kwh": discharged,
        "cycles": discharged / day.plant.discharge_efficiency / day.plant.energy_kwh,
    }


def _schedule(day: Day) -> StorageSchedule | None:
    rows = StorageSchedule.objects.filter(plant=day.plant, horizon=Horizon.DAY_AHEAD, outcome=PlanOutcome.PLANNED)
    return rows.filter(starts_at=day.starts_at, steps=day.steps).first()


def _metered(day: Day) -> FloatArray:
    point = MeasurementPoint.objects.filter(equipment_mrid=day.plant.mrid, quantity=Quantity.ACTIVE_POWER).first()
    if point is None:
        return np.full(day.steps, np.nan)
    return np.asarray(point_means([point.pk], start=day.starts_at, end=day.ends_at)[0], np.float64)


def _by_rule(day: Day, soc: float) -> float | None:
    """Planned at the expected price, the mean of the last days, that stood before the prices were out."""
    try:
        expected = prices_ahead(
            day.plant, starts_at=day.starts_at, steps=day.steps, as_of=day.starts_at - DECIDED_BEFORE
        )
    except NoPrices:
        return None
    return _foreseen(day, expected, soc)


def _foreseen(day: Day, by: PricesAhead, soc: float) -> float | None:
    """Planned by some prices, settled at those that came."""
    free = np.full(day.steps, np.inf)
    draw = free if day.plant.import_kw is None else np.full(day.steps, day.plant.import_kw)
    give = free if day.plant.export_kw is None else np.full(day.steps, day.plant.export_kw)
    ahead = Ahead(by.buy, by.sell, draw, give, soc, 0.0, day.plant.resting_soc, final_at_least=False)
    told = planned(day.plant, limits_of(day.plant), unrestrained(day.plant), ahead)
    return settled(day.prices, told.power_kw) if told.outcome == PlanOutcome.PLANNED else None
