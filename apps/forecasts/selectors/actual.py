"""What series were, by quarter hour."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import numpy as np

from apps.forecasts.adapters.packed import FloatArray, unpacked
from apps.forecasts.models import STEP_S, STEPS_A_DAY, HistoryDay

_DAY = timedelta(days=1)


def step_of(at: datetime) -> int:
    """The quarter hour in which the instant lies, counted from 1970."""
    return int(at.timestamp()) // STEP_S


def instant_of(step: int) -> datetime:
    return datetime.fromtimestamp(step * STEP_S, UTC)


def actual(series: Collection[int], *, start: int, end: int, until: int | None = None) -> dict[int, FloatArray]:
    """kW of the steps from `start` to `end`, nan where not known, or not yet by the step `until`."""
    first, last = instant_of(start).date(), instant_of(max(end - 1, start)).date()
    origin = step_of(datetime.combine(first, datetime.min.time(), UTC))
    size = ((last - first).days + 1) * STEPS_A_DAY
    whole = {one: np.full(size, np.nan) for one in series}
    rows = HistoryDay.objects.filter(series__in=series, day__gte=first, day__lte=last)
    for key, day, content in rows.values_list("series", "day", "values_kw"):
        begin = (day - first).days * STEPS_A_DAY
        whole[key][begin : begin + STEPS_A_DAY] = unpacked(content)
    cut = {one: values[start - origin : end - origin] for one, values in whole.items()}
    return cut if until is None else {one: _known(values, until - start) for one, values in cut.items()}


def _known(values: FloatArray, count: int) -> FloatArray:
    values[max(count, 0) :] = np.nan
    return values


def newest_known(series: int, *, as_of: datetime) -> datetime | None:
    """The end of the newest quarter hour that is known."""
    end = step_of(as_of)
    values = actual([series], start=end - 8 * STEPS_A_DAY, end=end)[series]
    known = np.flatnonzero(np.isfinite(values))
    return instant_of(end - len(values) + int(known[-1]) + 1) if len(known) else None
