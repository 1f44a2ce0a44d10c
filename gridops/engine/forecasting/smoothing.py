"""Exponential smoothing, additive, with seasons of day and week and a first-order error (Taylor 2003): a baseline."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import Record

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_BEGIN_DAYS, _HISTORY_DAYS = 14, 365
_JUDGED = 56  # issues
# Of level, day, week, and the share of an error that is left a step later (of an hour).
_CHOICES = np.array(list(product((0.002, 0.02, 0.1), (0.05, 0.2), (0.1, 0.3), (0.0, 0.9, 0.98))))


@dataclass(frozen=True)
class Smoothed:
    """Forecasts made at `issues`: issues x horizon."""

    issues: IntArray
    forecast: FloatArray

    def __call__(self, record: Record, issue: IntArray, step: IntArray) -> FloatArray:
        """Rows of issues that are among those."""
        return np.asarray(self.forecast[np.searchsorted(self.issues, issue), step - issue])


def fit_smoothing(record: Record, issues: IntArray, *, horizon: int, first: int) -> Smoothed:
    """Rates are those that did best at the last issues before `first`; of what comes from then on, an issue knows only
    what lies before it."""
    before = issues[issues + horizon <= first][-_JUDGED:]
    error = np.zeros(len(_CHOICES))
    for issue, forecast in _run(record, before, horizon, _CHOICES, first):
        error += np.nansum(np.abs(forecast - _padded(record.target, issue, horizon)), axis=1)
    best = _CHOICES[[int(error.argmin())]]
    return Smoothed(issues, np.array([forecast[0] for _, forecast in _run(record, issues, horizon, best, first)]))


def _padded(target: FloatArray, issue: int, horizon: int) -> FloatArray:
    return np.pad(target[issue : issue + horizon], (0, max(issue + horizon - len(target), 0)), constant_values=np.nan)


def _run(
    record: Record, issues: IntArray, horizon: int, rates: FloatArray, first: int
) -> Iterator[tuple[int, FloatArray]]:
    """At every issue, forecasts of choices x horizon from what lies before it."""
    clock, target = record.clock, record.target
    in_day = clock.second_of_day // clock.step_s
    in_week = clock.weekday * clock.day + in_day
    level_rate, day_rate, week_rate, kept = (*rates[:, :3].T, rates[:, 3] ** (clock.step_s / 3600))
    at = max(int(issues[0]) - _HISTORY_DAYS * clock.day, 0) if len(issues) else 0
    begun = slice(at, min(at + _BEGIN_DAYS * clock.day, first))
    level, day, week = _begin(target[begun], in_day[begun], in_week[begun], clock.day, len(rates))
    left = np.zeros(len(rates))
    fading = kept[:, None] ** np.arange(1, horizon + 1)
    for issue in map(int, issues):
        for step in range(at, issue):
            value, of_day, of_week = target[step], in_day[step], in_week[step]
            if value != value:  # noqa: PLR0124  nan
                left = left * kept
                continue
            error = value - level - day[of_day] - week[of_week]
            news = error - kept * left
            level = level + level_rate * news
            day[of_day] += day_rate * news
            week[of_week] += week_rate * news
            left = error
        at = issue
        steps = np.minimum(np.arange(issue, issue + horizon), clock.size - 1)
        season = day[in_day[steps]] + week[in_week[steps]]
        yield issue, level[:, None] + season.T + fading * left[:, None]


def _begin(
    target: FloatArray, in_day: IntArray, in_week: IntArray, day: int, choices: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Level, slots of the day x choices, slots of the week x choices, from the first two weeks."""
    known = np.flatnonzero(np.isfinite(target))
    level = float(target[known].mean()) if len(known) else 0.0
    of_day = _means(target[known] - level, in_day[known], day)
    of_week = _means(target[known] - level - of_day[in_day[known]], in_week[known], 7 * day)
    return np.full(choices, level), np.tile(of_day[:, None], choices), np.tile(of_week[:, None], choices)


def _means(values: FloatArray, slot: IntArray, slots: int) -> FloatArray:
    total, count = np.bincount(slot, values, slots), np.bincount(slot, minlength=slots)
    return np.asarray(total / np.maximum(count, 1))
