"""Forecasts without a model of the series: its similar days, the relative course of alike series, their usual one."""

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.histories import AnyFloats
from gridops.engine.forecasting.many import Panel

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
_LOOKED_DAYS = 42
_MOST_ALIKE = 60
_LEAST_SHARED = 4  # steps, to tell the size of a series


def similar_days(
    panel: Panel, at: int, horizon: int, levels: FloatArray, lag_days: IntArray
) -> tuple[Float32Array, IntArray]:
    """Quantiles of the same clock on days of the same kind (work days, free days) in the 42 days that end `lag_days`
    (per series, whole weeks) before `at`: series x horizon x levels; and how many days the poorest step found.

    Where a series has no day of the kind, any day serves.
    """
    clock, step = panel.clock, at + np.arange(horizon)
    free = (clock.weekday >= 5) | clock.is_holiday
    index, is_alike = [], []
    for back in range(1, _LOOKED_DAYS + 1 + horizon // clock.day):
        then = clock.before(step, back)
        index.append(np.where((then < at) & (then >= at - _LOOKED_DAYS * clock.day), then, -1))
        is_alike.append(free[np.clip(then, 0, clock.size - 1)] == free[step])
    values = _gathered(panel.target, np.stack(index), lag_days * clock.day)
    alike = np.where(np.stack(is_alike)[None], values, np.nan)
    found, count = known_quantiles(alike, levels)
    rest, any_count = known_quantiles(values, levels)
    found = np.where((count > 0)[..., None], found, rest)
    return found.astype(np.float32), np.where(count > 0, count, any_count).min(axis=1)


def _gathered(target: AnyFloats, index: IntArray, lag: IntArray) -> FloatArray:
    """Series x days x steps, nan where a step lies before the history or in none."""
    place = np.where(index >= 0, index, -(2**40))[None] - lag[:, None, None]
    usable = (place >= 0) & (place < target.shape[1])
    series = np.arange(len(target))[:, None, None]
    return np.where(usable, target[series, np.where(usable, place, 0)], np.nan).astype(np.float64)


def known_quantiles(values: FloatArray, levels: FloatArray) -> tuple[FloatArray, IntArray]:
    """Over the second axis, of what is known: series x steps x levels, nan where nothing is; and how many are."""
    ordered = np.sort(values, axis=1)  # unknown ones last
    count = np.isfinite(ordered).sum(axis=1)
    place = levels * (np.maximum(count, 1) - 1)[..., None]
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[..., None])
    first = np.take_along_axis(ordered.transpose(0, 2, 1), low, axis=2)
    second = np.take_along_axis(ordered.transpose(0, 2, 1), high, axis=2)
    return first + (second - first) * (place - low), count


def sizes(target: AnyFloats, at: int, clock: Clock) -> FloatArray:
    """Mean size of the last 28 days, kW; nan where nothing is known."""
    window = np.abs(target[:, max(at - 28 * clock.day, 0) : at])
    count = np.isfinite(window).sum(axis=1)
    total = np.nansum(window, axis=1, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def borrowed(
    panel: Panel, at: int, quantiles: Float32Array, size: FloatArray, *, series: int, alike: IntArray
) -> Float32Array | None:
    """The relative forecasts of alike series, each in parts of its own size, at the size of this one: horizon x levels.

    The size is told from the steps it shares with them, or from its rated power; None where neither is known. How much
    the alike series differ widens the band.
    """
    alike = alike[:_MOST_ALIKE]
    begin = max(at - 28 * panel.clock.day, 0)
    own, rated = panel.target[series, begin:at], panel.rated
    by_rated = np.isfinite(rated[series]) and np.isfinite(rated[alike]).all()
    measure = rated[alike] if by_rated else size[alike]
    course = _mean(panel.target[alike, begin:at] / measure[:, None])
    shared = np.isfinite(own) & np.isfinite(course)
    scale = rated[series] if by_rated else _ratio(own[shared], course[shared])
    if scale is None or not np.isfinite(scale):
        return None
    relative = quantiles[alike] / measure[:, None, None]
    middle = relative.shape[2] // 2
    apart = relative[:, :, middle].std(axis=0)[:, None]
    whole = relative.mean(axis=0)
    from_middle = whole - whole[:, middle : middle + 1]
    reach = np.abs(from_middle) + 1e-9
    wider = np.sqrt(reach**2 + (apart * reach / reach.max(axis=1, keepdims=True) * 1.64) ** 2) / reach
    return np.asarray(scale * (whole[:, middle : middle + 1] + from_middle * wider), np.float32)


def _mean(values: AnyFloats) -> FloatArray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _ratio(own: AnyFloats, course: AnyFloats) -> float | None:
    if len(own) < _LEAST_SHARED or not (course**2).sum() > 0:
        return None
    return max(float(own @ course / (course @ course)), 0.0)


def of_alike(quantiles: Float32Array, alike: IntArray, levels: FloatArray) -> Float32Array:
    """What a series of the kind may be, nothing of its size known: the quantiles over all the alike series' own."""
    pooled = quantiles[alike].transpose(0, 2, 1).reshape(-1, quantiles.shape[1])
    return np.quantile(pooled, levels, axis=0).T.astype(np.float32)
