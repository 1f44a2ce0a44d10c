"""What is there of each series at an issue, so that it can be told which forecast it can carry."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.histories import AnyFloats
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.sampling import chunks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_ROOM = 0.25  # of the range, beyond what was seen


@dataclass(frozen=True)
class Facts:
    """Per series. `recent_days`: days' worth of values in the last 28. `gap_days`, `age_days`: since the newest and the
    oldest value, inf without any. `constant_kw`: what it stood at all of the last 7 days, nan where it moved. `low_kw`,
    `high_kw`: what it keeps to. `size_kw`: mean size of the last 28 days, nan where nothing is known."""

    recent_days: FloatArray
    gap_days: FloatArray
    age_days: FloatArray
    constant_kw: FloatArray
    low_kw: FloatArray
    high_kw: FloatArray
    size_kw: FloatArray


def facts(panel: Panel, at: int, days: int = 365) -> Facts:
    """Of what lies before `at`, at most so many days back."""
    parts = [_of_chunk(panel.target[chunk], at, panel.clock.day, days) for chunk in chunks(len(panel))]
    found = np.concatenate(parts, axis=1) if parts else np.zeros((7, 0))
    recent, gap, age, constant, low, high, size = found
    low, high = _limits(low, high, panel.rated)
    return Facts(recent, gap, age, constant, low, high, size)


def _of_chunk(target: AnyFloats, at: int, day: int, days: int) -> FloatArray:
    begin = max(at - days * day, 0)
    past = target[:, begin:at]
    if not past.shape[1]:
        return np.tile(np.array([0.0, np.inf, np.inf] + 4 * [np.nan])[:, None], (1, len(target)))
    known = np.isfinite(past)
    has = known.any(axis=1)
    newest = at - begin - 1 - known[:, ::-1].argmax(axis=1)
    newest = np.where(has, newest - (at - begin - past.shape[1]), -1)
    gap = np.where(has, (at - begin - 1 - newest) / day, np.inf)
    age = np.where(has, (at - begin - known.argmax(axis=1)) / day, np.inf)
    month = past[:, max(at - begin - 28 * day, 0) :]
    low, high = _range(past)
    count = np.isfinite(month).sum(axis=1)
    size = np.where(count > 0, np.nansum(np.abs(month), axis=1, dtype=np.float64) / np.maximum(count, 1), np.nan)
    return np.stack([count / day, gap, age, _constant(past, at - begin, day), low, high, size]).astype(np.float64)


def _range(values: AnyFloats) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)


def _constant(past: AnyFloats, end: int, day: int) -> FloatArray:
    week = past[:, max(end - 7 * day, 0) :]
    low, high = _range(week)
    enough = np.isfinite(week).sum(axis=1) >= 3 * day
    return np.where(enough & (low == high), low, np.nan)


def _limits(low: FloatArray, high: FloatArray, rated: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A quarter beyond what was seen, never across zero where the series never was, and of plants 0 to rated. A load
    that was never negative may fall to zero: its feeder may have been switched away."""
    room = _ROOM * (high - low)
    below = np.where(low >= 0, 0.0, low - room)
    above = np.where(high <= 0, 0.0, high + room)
    is_plant = np.isfinite(rated)
    return np.where(is_plant, 0.0, below), np.where(is_plant, rated, above)
