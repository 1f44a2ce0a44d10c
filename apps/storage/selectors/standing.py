"""The plans that stand: of each plant the rolling one while it is fresh, else the day ahead's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import QuerySet

from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.choices import STEP, Horizon, PlanOutcome
from apps.storage.models import StoragePlant, StorageSchedule

ROLLING_STANDS = timedelta(hours=2)  # after that nobody goes by it any more
LONGEST_AHEAD = timedelta(days=3)
COLUMNS = ("power_kw", "soc", "stored_value")


def plans_standing(
    plants: Sequence[StoragePlant], *, starts_at: datetime, steps: int, as_of: datetime
) -> dict[int, dict[str, FloatArray]]:
    """By plant: power, charge and value of what is stored for each quarter hour; nan where nothing is planned."""
    ends_at = starts_at + steps * STEP
    rows = [*_days_ahead(plants, starts_at, ends_at, as_of), *_rolling(plants, ends_at, as_of)]
    found: dict[int, dict[str, FloatArray]] = {}
    for row in rows:
        columns = found.setdefault(row.plant_id, {name: np.full(steps, np.nan) for name in COLUMNS})
        _place(row, columns, (row.starts_at - starts_at) // STEP, steps)
    return found


def begin_of_step(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)


def _days_ahead(
    plants: Sequence[StoragePlant], starts_at: datetime, ends_at: datetime, as_of: datetime
) -> list[StorageSchedule]:
    rows = _planned(plants, Horizon.DAY_AHEAD, as_of).filter(
        starts_at__lt=ends_at, starts_at__gt=starts_at - timedelta(days=1, hours=2)
    )
    rows = rows.filter(as_of__gt=as_of - LONGEST_AHEAD)
    return list(rows.order_by("plant_id", "starts_at", "-as_of").distinct("plant_id", "starts_at"))


def _rolling(plants: Sequence[StoragePlant], ends_at: datetime, as_of: datetime) -> list[StorageSchedule]:
    rows = _planned(plants, Horizon.INTRADAY, as_of).filter(as_of__gt=as_of - ROLLING_STANDS, starts_at__lt=ends_at)
    return list(rows.order_by("plant_id", "-as_of").distinct("plant_id"))


def _planned(plants: Sequence[StoragePlant], horizon: Horizon, as_of: datetime) -> QuerySet[StorageSchedule]:
    rows = StorageSchedule.objects.filter(plant__in=[plant.pk for plant in plants], horizon=horizon)
    return rows.filter(outcome=PlanOutcome.PLANNED, as_of__lte=as_of).only("plant_id", "starts_at", "steps", *COLUMNS)


def _place(row: StorageSchedule, columns: dict[str, FloatArray], at: int, steps: int) -> None:
    first, last = max(at, 0), min(at + row.steps, steps)
    for name in COLUMNS:
        values = unpacked(getattr(row, name))
        if len(values) == row.steps and first < last:
            columns[name][first:last] = values[first - at : last - at]
