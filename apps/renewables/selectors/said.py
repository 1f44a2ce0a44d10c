"""What had been forecast of plants before something held them back."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from apps.forecasts.choices import Horizon
from apps.forecasts.models import LEVELS, ForecastRun
from apps.forecasts.selectors.actual import instant_of, step_of
from apps.forecasts.selectors.issues import Issue, issues_of_run

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_REACH = timedelta(hours=48)
MOST_RUNS = 24


def quantiles_said(series: Sequence[int], *, first: int, end: int, free_until: IntArray) -> FloatArray:
    """Series x steps x levels, kW, nan where nothing was said: for each the newest issue that began no later than the
    step and than `free_until` (series x steps): a forecast that has seen a plant held back foresees it held back."""
    found = np.full((len(series), end - first, len(LEVELS)), np.nan)
    newest = np.minimum(free_until, np.arange(first, end))
    runs = _runs(first, end)
    begins = np.array([step_of(run.starts_at) for run in runs], np.int64)
    chosen = np.searchsorted(begins, newest, side="right") - 1
    for number in np.unique(chosen[chosen >= 0]).tolist():
        issues = issues_of_run(runs[number], series)
        for row, key in enumerate(series):
            if key in issues:
                _fill(found[row], first, np.flatnonzero(chosen[row] == number), issues[key])
    return found


def _runs(first: int, end: int) -> list[ForecastRun]:
    """Every one of the last hours, before that as many as are worth reading; oldest first."""
    rows = ForecastRun.objects.filter(
        horizon=Horizon.INTRADAY, starts_at__gte=instant_of(first) - _REACH, starts_at__lt=instant_of(end)
    ).defer("inputs", "rungs")
    known = [row for row in rows.order_by("starts_at", "pk") if tuple(row.levels) == LEVELS]
    recent, older = known[-MOST_RUNS // 2 :], known[: -MOST_RUNS // 2]
    every = max(1, -(-len(older) // (MOST_RUNS // 2)))
    return [*older[::every], *recent]


def _fill(target: FloatArray, first: int, steps: npt.NDArray[np.int64], issue: Issue) -> None:
    inside = steps[(steps + first >= issue.first) & (steps + first < issue.end)]
    target[inside] = issue.quantiles[inside + first - issue.first]
