"""What a forecast must beat: repetitions of the past, each with the quantiles of its own recent errors."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import Past, Record, sampled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Repetition = Callable[[Record, IntArray, IntArray], FloatArray]
BLOCKS = 8  # of three hours
ERROR_DAYS = 56
_MOST_ERRORS = 20_000


def last_week(record: Record, issue: IntArray, step: IntArray) -> FloatArray:
    """The same clock of the newest same weekday that is known whole weeks before."""
    weeks = np.maximum(-((issue - 1 - step) // (7 * record.clock.day)), 1)
    return Past(record.target).at(record.clock.before(step, 7 * weeks), issue)


def last_day(record: Record, issue: IntArray, step: IntArray) -> FloatArray:
    """The same clock of the newest day on which it is known."""
    days = np.maximum(-((issue - 1 - step) // record.clock.day), 1)
    return Past(record.target).at(record.clock.before(step, days), issue)


def last_value(record: Record, issue: IntArray, step: IntArray) -> FloatArray:
    """Persistence."""
    return Past(record.target).last(issue)


def four_weeks(record: Record, issue: IntArray, step: IntArray) -> FloatArray:
    """The mean of the same clock on the last four same weekdays."""
    past, weeks = Past(record.target), np.maximum(-((issue - 1 - step) // (7 * record.clock.day)), 1)
    found = np.stack([past.at(record.clock.before(step, 7 * (weeks + k)), issue) for k in range(4)])
    known = np.isfinite(found)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, found, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


REPETITIONS: dict[str, Repetition] = {"last_week": last_week, "last_day": last_day, "four_weeks": four_weeks}


def with_errors(
    record: Record, repetition: Repetition, issues: IntArray, *, horizon: int, first: int, levels: FloatArray
) -> FloatArray:
    """Forecasts of every issue from `first` on: its rows x levels. `issues`: ascending, also those before `first`.

    The errors are those of the last 56 days, of the same three hours of the day, known at the first issue of the day.
    """
    day = record.clock.day
    near = issues[issues >= first - ERROR_DAYS * day - horizon]
    issue = np.repeat(near, horizon)
    step = np.minimum((near[:, None] + np.arange(horizon)).ravel(), record.clock.size - 1)
    point = repetition(record, issue, step)
    inside = step < len(record.target)
    error = np.where(inside, record.target[np.minimum(step, len(record.target) - 1)], np.nan) - point
    block = np.minimum(record.clock.second_of_day[step] * BLOCKS // 86_400, BLOCKS - 1)
    known, test = np.isfinite(error), issue >= first
    days = (issue[test] - first) // day
    found = np.empty((int(test.sum()), len(levels)))
    for number in np.unique(days):
        rows = np.flatnonzero(days == number)
        now = issue[test][rows[0]]
        recent = np.flatnonzero(known & (step < now) & (step >= now - ERROR_DAYS * day))
        recent = recent[sampled(len(recent), _MOST_ERRORS)]
        quantiles = _quantiles(error[recent], block[recent], levels)
        found[rows] = point[test][rows, None] + quantiles[block[test][rows]]
    return found


def _quantiles(error: FloatArray, block: IntArray, levels: FloatArray) -> FloatArray:
    if not len(error):
        return np.zeros((BLOCKS, len(levels)))
    found = np.tile(np.quantile(error, levels), (BLOCKS, 1))
    for number in np.unique(block):
        found[number] = np.quantile(error[block == number], levels)
    return found
