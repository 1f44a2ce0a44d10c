"""What series were, taken from what was measured."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Max

from apps.forecasts.adapters.arrays import DAY, FloatArray, floored, midnight, steps_between
from apps.forecasts.models import HistoryDay, Series
from apps.forecasts.selectors.inputs import active_series
from apps.forecasts.selectors.measured import point_keys, point_means, state_means, summed
from apps.forecasts.services.history_rows import write_days

USUAL = timedelta(days=1)  # what may have come late
MOST = timedelta(days=60)  # after a long rest


def collect(*, as_of: datetime, span: timedelta = USUAL) -> int:
    """Quarter hours that ended by then, of the last `span` and of whatever was missed before. What is measured takes
    the place of what was known. Returns how many are new or have changed."""
    series = active_series()
    if not series:
        return 0
    end = floored(as_of)
    first = min(_missed_since(end), end - span).date()
    start = midnight(first)
    whole = np.full((len(series), steps_between(start, midnight(end.date()) + DAY)), np.nan)
    whole[:, : steps_between(start, end)] = measured(series, start=start, end=end)
    return write_days([one.pk for one in series], first, whole, over=True)


def _missed_since(end: datetime) -> datetime:
    newest = HistoryDay.objects.filter(day__lte=end.date()).aggregate(newest=Max("day"))["newest"]
    return max(midnight(newest), end - MOST) if newest else end - USUAL


def measured(series: Sequence[Series], *, start: datetime, end: datetime) -> FloatArray:
    """Series x quarter hours, kW; nan where not known."""
    keys = point_keys()
    wanted = sorted({key for one in series for key in _points(one, keys)})
    row_of = {key: row for row, key in enumerate(wanted)}
    means = point_means(wanted, start=start, end=end)
    unknown = np.full(means.shape[1], np.nan)

    def term(alternatives: list[list[object]]) -> FloatArray:
        """The first alternative, and where it is not known the next."""
        found = unknown
        for mrid, side, factor in alternatives:
            row = row_of.get(keys.get((str(mrid), str(side)), -1))
            if row is not None:
                found = np.where(np.isfinite(found), found, means[row] * float(str(factor)))
        return found

    def one_series(one: Series) -> FloatArray:
        if name := one.source.get("state"):
            return state_means(name, start=start, end=end)
        terms = [term(alternatives) for alternatives in one.source.get("terms", [])]
        return summed(terms, one.source.get("sizes")) if terms else unknown

    found = np.stack([one_series(one) for one in series])
    row_by_key = {(one.subject_mrid, one.quantity): row for row, one in enumerate(series)}
    for row, one in enumerate(series):
        if parts := one.source.get("sum"):
            rows = [row_by_key.get((mrid, quantity), -1) for mrid, quantity in parts]
            found[row] = unknown if -1 in rows else found[rows].sum(axis=0)
    return found


def _points(one: Series, keys: dict[tuple[str, str], int]) -> list[int]:
    named = [(str(mrid), str(side)) for term in one.source.get("terms", []) for mrid, side, _ in term]
    return [keys[name] for name in named if name in keys]
