"""Days of readings -> rows. What a newer file tells goes before what was known; what it leaves open stays."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import numpy as np

from apps.demand_response.adapters.readings import DayReadings, FloatArray
from apps.demand_response.choices import MeterQuality, MeterSource
from apps.demand_response.models import MeterDay

BATCH = 2000


def store_days(
    days: Sequence[DayReadings], *, points: dict[str, int], source: MeterSource, as_of: datetime
) -> dict[str, int]:
    """points: usage points by name. Inside the caller's transaction."""
    known = _known(days, points)
    rows = [_row(one, points[one.usage_point], known, source, as_of) for one in days]
    MeterDay.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["usage_point", "day"],
        update_fields=["starts_at", "step_s", "kwh", "source", "quality", "received_at"],
    )
    return {"days changed": len(known), "days new": len(rows) - len(known)}


def _known(days: Iterable[DayReadings], points: dict[str, int]) -> dict[tuple[int, date], MeterDay]:
    wanted = {(points[one.usage_point], one.day) for one in days}
    if not wanted:
        return {}
    dates = {day for _, day in wanted}
    rows = MeterDay.objects.select_for_update().filter(
        usage_point__in={point for point, _ in wanted}, day__gte=min(dates), day__lte=max(dates)
    )
    return {(row.usage_point_id, row.day): row for row in rows if (row.usage_point_id, row.day) in wanted}


def _row(
    one: DayReadings,
    point: int,
    known: dict[tuple[int, date], MeterDay],
    source: MeterSource,
    as_of: datetime,
) -> MeterDay:
    before = known.get((point, one.day))
    kwh, has_estimates = one.kwh, one.has_estimates
    if before is not None and before.step_s == one.step_s and len(before.kwh) == len(kwh):
        has_estimates |= before.quality == MeterQuality.ESTIMATED and bool(np.isnan(kwh).any())
        kwh = np.where(np.isnan(kwh), np.array(before.kwh), kwh)
    return MeterDay(
        usage_point_id=point,
        day=one.day,
        starts_at=one.starts_at,
        step_s=one.step_s,
        kwh=kwh.tolist(),
        source=source,
        quality=_quality(kwh, has_estimates=has_estimates),
        received_at=as_of,
    )


def _quality(kwh: FloatArray, *, has_estimates: bool) -> MeterQuality:
    if np.isnan(kwh).any():
        return MeterQuality.PARTIAL
    return MeterQuality.ESTIMATED if has_estimates else MeterQuality.MEASURED
