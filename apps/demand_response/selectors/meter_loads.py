"""Interval readings of many meters as arrays."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from django.db.models import BinaryField, F, Func, Max

from apps.demand_response.adapters.packed_days import kw_of_points
from apps.demand_response.models import MeterDay

FloatArray = npt.NDArray[np.float64]
_PACKED = Func(F("kwh"), function="array_send", output_field=BinaryField())


def customer_kw(
    points: Sequence[Sequence[int]], *, starts_at: datetime, steps: int, days: tuple[date, date], as_of: datetime
) -> FloatArray:
    """Customers x quarters of an hour: sums over the usage points of each; NaN where one of them is unknown."""
    flat = sorted({point for row in points for point in row})
    places = {point: place for place, point in enumerate(flat)}
    rows = MeterDay.objects.filter(usage_point__in=flat, day__range=days, received_at__lte=as_of)
    told = rows.order_by().annotate(packed=_PACKED).values_list("usage_point_id", "starts_at", "step_s", "packed")
    kw = kw_of_points(told.iterator(chunk_size=4000), places, starts_at=starts_at, steps=steps)
    found = np.full((len(points), steps), np.nan)
    for row, mine in enumerate(points):
        if mine:
            found[row] = kw[[places[point] for point in mine]].sum(axis=0)
    return found


def newest_reading(points: Sequence[int], *, days: tuple[date, date]) -> datetime | None:
    """When the last of them came."""
    rows = MeterDay.objects.filter(usage_point__in=points, day__range=days)
    found: Mapping[str, datetime | None] = rows.aggregate(newest=Max("received_at"))
    return found["newest"]
