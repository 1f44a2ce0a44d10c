"""Schedules that were planned: what one says of an instant."""

from collections.abc import Sequence
from datetime import datetime

from apps.storage.adapters.packed import unpacked
from apps.storage.choices import STEP, Horizon, PlanOutcome
from apps.storage.models import StoragePlant, StorageSchedule


def newest_planned(plant: StoragePlant, horizon: Horizon, *, as_of: datetime) -> StorageSchedule | None:
    rows = StorageSchedule.objects.filter(plant=plant, horizon=horizon, outcome=PlanOutcome.PLANNED, as_of__lte=as_of)
    return rows.first()


def planned_soc(plant: StoragePlant, instant: datetime, *, as_of: datetime) -> float | None:
    """What the charge will be at an instant by the newest schedule that reaches it: the day ahead's word first."""
    for horizon in (Horizon.DAY_AHEAD, Horizon.INTRADAY):
        row = newest_planned(plant, horizon, as_of=as_of)
        step = _step(row, instant) if row else None
        if row is not None and step is not None:
            return float(unpacked(row.soc)[step])
    return None


def _step(row: StorageSchedule, instant: datetime) -> int | None:
    """The one that ends at that instant, or the first that ends after it."""
    passed = (instant - row.starts_at) / STEP
    return int(-(-passed // 1)) - 1 if 0 < passed <= row.steps else None


def planned_socs(plants: Sequence[StoragePlant], instant: datetime, *, as_of: datetime) -> dict[int, float]:
    """The same of many plants, in two queries."""
    found: dict[int, float] = {}
    for horizon in (Horizon.INTRADAY, Horizon.DAY_AHEAD):
        rows = StorageSchedule.objects.filter(
            plant__in=[plant.pk for plant in plants], horizon=horizon, outcome=PlanOutcome.PLANNED, as_of__lte=as_of
        )
        newest = rows.order_by("plant_id", "-id").distinct("plant_id").only("plant_id", "starts_at", "steps", "soc")
        for row in newest:
            step = _step(row, instant)
            if step is not None:
                found[row.plant_id] = float(unpacked(row.soc)[step])
    return found
