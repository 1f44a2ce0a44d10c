"""The past of many plants by the quarter of an hour, as it was kept."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.choices import STEP
from apps.storage.models import ChargeDay, StoragePlant

QUARTERS = 96


def kept_quarters(
    plants: Sequence[StoragePlant], names: Sequence[str], *, starts_at: datetime, steps: int
) -> dict[int, dict[str, FloatArray]]:
    """By plant: columns of `steps` values; nan where nothing was kept. Plants without any are missing."""
    last = (starts_at + (steps - 1) * STEP).astimezone(UTC).date()
    rows = ChargeDay.objects.filter(plant__in=plants, day__gte=starts_at.astimezone(UTC).date(), day__lte=last)
    found: dict[int, dict[str, FloatArray]] = {}
    for row in rows.only("plant_id", "day", *names):
        columns = found.setdefault(row.plant_id, {name: np.full(steps, np.nan) for name in names})
        at = (datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC) - starts_at) // STEP
        low, high = max(at, 0), min(at + QUARTERS, steps)
        for name in names:
            kept = unpacked(getattr(row, name))
            if len(kept) == QUARTERS and low < high:
                columns[name][low:high] = kept[low - at : high - at]
    return found
