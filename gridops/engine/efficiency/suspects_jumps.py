"""A meter's level falls on the very day on which more begins to lack: the same energy has changed sides."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

WINDOW_DAYS = 28
LEAST_DAYS = 14  # known in each window
PEAK_DAYS, NEAR_DAYS = 14, 2
NOT_SMALLER = 0.4  # of the meter's fall, that must be found in the balance
NOT_LARGER = 2.5


@dataclass(frozen=True, slots=True)
class Jumps:
    """By meter: the day on which it is most likely, the scores there, and both steps in kWh a day."""

    day: IntArray
    score: FloatArray  # the smaller of both
    fall_kwh: FloatArray
    rise_kwh: FloatArray


def rises(daily_residual_kwh: FloatArray, least_score: float) -> tuple[tuple[int, float], ...]:
    """Days on which clearly more began to lack, with kWh a day; days: nan where not known."""
    if len(daily_residual_kwh) < 2 * WINDOW_DAYS:
        return ()
    step, score = _steps(daily_residual_kwh[:, None])
    score = _against_usual(score)[:, 0]
    around = maximum_filter1d(np.nan_to_num(score), 2 * PEAK_DAYS + 1)
    chosen = np.flatnonzero((np.nan_to_num(score) >= around) & (np.nan_to_num(score) > least_score))
    return tuple((int(day), float(step[day, 0])) for day in chosen)


def by_day(values: FloatArray, day: IntArray, used: BoolArray) -> FloatArray:
    """Days x ...: sums of a day, scaled up for hours that do not count; nan for a day with less than half of them."""
    size, count = int(day.max()) + 1, np.bincount(day, minlength=int(day.max()) + 1)
    known = np.bincount(day[used], minlength=size)
    shaped = values.reshape(len(values), -1)
    sums = np.stack([np.bincount(day[used], column[used], size) for column in shaped.T], axis=1)
    scaled = sums * np.divide(count, known, out=np.full(size, np.nan), where=known >= count / 2)[:, None]
    return np.asarray(scaled.reshape(size, *values.shape[1:]), np.float64)


def jumps(daily_kwh: FloatArray, daily_residual_kwh: FloatArray) -> Jumps:
    """daily_kwh: days x meters; daily_residual_kwh: days. Less than two windows of days: scores of 0."""
    days, meters = daily_kwh.shape
    none = np.zeros(meters)
    if days < 2 * WINDOW_DAYS or not meters:
        return Jumps(np.zeros(meters, np.int32), none, none, none)
    level = daily_kwh.sum(axis=1)
    expected = np.outer(level / np.nanmean(level), np.nanmean(daily_kwh, axis=0))
    rise, rise_score = _steps(daily_residual_kwh[:, None])
    fall, fall_score = _steps(expected - daily_kwh)
    rise_score, fall_score = _against_usual(rise_score), _against_usual(fall_score)
    rise_score = np.where(_is_peak(rise_score), rise_score, 0.0)
    fall_score = np.where(_is_peak(fall_score), fall_score, 0.0)
    ratio = np.divide(rise, fall, out=np.zeros_like(fall), where=np.abs(fall) > 1e-9)
    fits = (ratio > NOT_SMALLER) & (ratio < NOT_LARGER)
    both = np.where(fits, np.minimum(rise_score, fall_score), 0.0)
    both = np.where(np.isfinite(both), both, 0.0)
    day = np.argmax(both, axis=0)
    pick = np.arange(meters)
    return Jumps(day.astype(np.int32), both[day, pick], fall[day, pick], np.broadcast_to(rise, fall.shape)[day, pick])


def _against_usual(score: FloatArray) -> FloatArray:
    """In units of how far the scores of all days and meters usually lie from zero: courses of a year move too."""
    known = np.abs(score[np.isfinite(score)])
    usual = 1.4826 * float(np.median(known)) if len(known) else 1.0
    return np.asarray(score / max(usual, 1.0), np.float64)


def _is_peak(score: FloatArray) -> BoolArray:
    """Close to the largest of the days around."""
    filled = np.where(np.isfinite(score), score, -np.inf)
    largest = maximum_filter1d(filled, 2 * PEAK_DAYS + 1, axis=0, mode="constant", cval=-np.inf)
    near = maximum_filter1d(filled, 2 * NEAR_DAYS + 1, axis=0, mode="constant", cval=-np.inf)
    return np.asarray((near >= largest) & np.isfinite(score), np.bool_)


def _steps(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Days x columns: mean of the window from that day on less that of the window before, and its score."""
    known = np.isfinite(values)
    total = _sums(np.where(known, values, 0.0))
    square, count = _sums(np.where(known, values**2, 0.0)), _sums(known.astype(np.float64))
    days = len(values)
    step, score = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    middle = np.arange(LEAST_DAYS, days - LEAST_DAYS)
    first, last = np.maximum(middle - WINDOW_DAYS, 0), np.minimum(middle + WINDOW_DAYS, days)
    before, after = count[middle] - count[first], count[last] - count[middle]
    enough = (before >= LEAST_DAYS) & (after >= LEAST_DAYS)
    n_before, n_after = np.maximum(before, 1.0), np.maximum(after, 1.0)
    mean_before = (total[middle] - total[first]) / n_before
    mean_after = (total[last] - total[middle]) / n_after
    spread = (square[middle] - square[first]) / n_before - mean_before**2
    spread_after = (square[last] - square[middle]) / n_after - mean_after**2
    sigma = np.sqrt(np.maximum(spread / n_before + spread_after / n_after, 1e-12))
    step[middle] = np.where(enough, mean_after - mean_before, np.nan)
    score[middle] = np.where(enough, step[middle] / sigma, np.nan)
    return step, score


def _sums(values: FloatArray) -> FloatArray:
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
