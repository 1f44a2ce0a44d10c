"""How far forecasts were from what was then measured, by how long before they were issued."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from apps.weather.adapters.grids import on_grid
from apps.weather.choices import DataKind, Variable
from apps.weather.models import WeatherSeries
from apps.weather.selectors.observed import observed

FloatArray = npt.NDArray[np.float64]

HOUR_S = 3600
LEADS_H = (0, 1, 3, 6, 12, 24, 48, 72, 120, 168)
MOST_LEAD = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class LeadError:
    """Of the hours that end more than `from_h` and at most `to_h` after the issue."""

    from_h: int
    to_h: int
    count: int
    rms: float | None
    mean: float | None  # forecast less measured


def errors_by_lead(*, location_id: int, variable: Variable, as_of: datetime, days: int = 14) -> Sequence[LeadError]:
    """Hourly, over the last days; every stored issue counts. Not of directions."""
    end = as_of.replace(minute=0, second=0, microsecond=0)
    begin, steps = end - timedelta(days=days), days * 24
    truth = observed(
        location_id=location_id, variables=[variable], starts_at=begin, steps=steps, step_s=HOUR_S, as_of=as_of
    )[:, 0]
    rows = WeatherSeries.objects.filter(
        run__data_kind=DataKind.FORECAST,
        run__available_at__lte=as_of,
        run__issued_at__gte=begin - MOST_LEAD,
        location_id=location_id,
        variable=variable,
        member=0,
        starts_at__lt=end,
        ends_at__gt=begin,
    ).select_related("run")
    ends_s = begin.timestamp() + HOUR_S * np.arange(1, steps + 1)
    found = [
        (
            on_grid(row, starts_at=begin, steps=steps, step_s=HOUR_S) - truth,
            (ends_s - row.run.issued_at.timestamp()) / HOUR_S,
        )
        for row in rows.iterator(chunk_size=200)
    ]
    return _by_lead(found)


def _by_lead(found: Iterable[tuple[FloatArray, FloatArray]]) -> Sequence[LeadError]:
    pairs = list(found)
    error = np.concatenate([one for one, _ in pairs]) if pairs else np.zeros(0)
    lead = np.concatenate([one for _, one in pairs]) if pairs else np.zeros(0)
    is_known = np.isfinite(error)
    error, lead = error[is_known], lead[is_known]
    return [_of(error[(lead > low) & (lead <= high)], low, high) for low, high in pairwise(LEADS_H)]


def _of(error: FloatArray, low: int, high: int) -> LeadError:
    if not len(error):
        return LeadError(low, high, 0, None, None)
    return LeadError(low, high, len(error), float(np.sqrt(np.mean(error**2))), float(error.mean()))
