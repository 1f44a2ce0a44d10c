"""The next hours follow what was just measured: repetition of the newest value with the usual change, and how far it
errs, beside a forecast from afar.

Two forecasts with errors of their own are best averaged by the inverse of their variances (Bates and Granger, 1969);
here the squared widths of their 80 % bands stand for these.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
_LEADS_H = (0.25, 0.5, 1.0, 2.0, 4.0)
_FADE_FROM_H, _FADED_H = 1.0, 4.0  # both err alike beyond: the average of the two is then no better than the forecast
_JUDGED_DAYS, _JUDGED_EVERY_H = 14, 1.75  # of past starts, so that all hours of the day take part
_USUAL_DAYS = (1, 2, 3, 7)
_LEAST_STARTS = 40
_OLDEST_H = 1.0  # of the newest value
_BAND = (0.1, 0.9)


def followed(
    target: npt.NDArray, quantiles: Float32Array, *, at: int, levels: Sequence[float] | FloatArray, day: int
) -> Float32Array:
    """Forecasts of the steps from `at` on (series x horizon x levels, sorted), drawn to the newest value where that is
    younger than an hour and its repetition errs less. `target`: series x steps, only those before `at` are looked at;
    `day`: steps of 24 hours. Unknown forecasts stay unknown.
    """
    known = np.asarray(target[:, max(at - (_JUDGED_DAYS + max(_USUAL_DAYS) + 1) * day, 0) : at], np.float32)
    levels = np.asarray(levels, np.float64)
    horizon = min(quantiles.shape[1], round(_FADED_H * day / 24))
    leads = np.unique(np.maximum(np.round(np.array(_LEADS_H) * day / 24).astype(int), 1))
    if known.shape[1] < (_USUAL_DAYS[0] + 1) * day or not horizon:
        return quantiles
    last, age = _newest(known, at - target.shape[1])
    spread = _spread(known, leads, levels, day)
    ahead = np.arange(1, horizon + 1)[None, :] + age[:, None]
    course = last[:, None] + _usual(known, known.shape[1] - 1 - age, ahead, day)
    near = course[..., None] + _between(spread, leads, ahead)
    is_young = age <= _OLDEST_H * day / 24
    share = _share(near, quantiles[:, :horizon], levels) * np.clip(
        (_FADED_H - ahead * 24 / day) / (_FADED_H - _FADE_FROM_H), 0.0, 1.0
    )
    share = np.where(is_young[:, None] & np.isfinite(near).all(axis=2), share, 0.0)[..., None]
    drawn = quantiles.copy()
    drawn[:, :horizon] = np.where(
        share > 0, share * np.nan_to_num(near) + (1 - share) * quantiles[:, :horizon], quantiles[:, :horizon]
    )
    drawn.sort(axis=2)
    return drawn


def _newest(known: Float32Array, missing: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Per series, and how many steps before the last one it lies; `missing`: steps before the issue not on record."""
    there = np.isfinite(known)
    back = np.argmax(there[:, ::-1], axis=1)
    age = np.where(there.any(axis=1), back, known.shape[1] - 1)
    last = known[np.arange(len(known)), known.shape[1] - 1 - age]
    return last.astype(np.float64), age + max(missing, 0)


def _usual(known: Float32Array, start: npt.NDArray, ahead: npt.NDArray, day: int) -> FloatArray:
    """Mean change from the step `start` to `ahead` steps later, on the days before; 0 where no day tells."""
    rows = np.arange(len(known))[:, None]
    changes = []
    for days in _USUAL_DAYS:
        whole = days + np.maximum((ahead - 1) // day, 0)  # what lies ahead of the start has not been seen
        begin, end = start[:, None] - whole * day, start[:, None] - whole * day + ahead
        usable = (begin >= 0) & (end < known.shape[1])
        change = known[rows, np.clip(end, 0, known.shape[1] - 1)] - known[rows, np.clip(begin, 0, known.shape[1] - 1)]
        changes.append(np.where(usable, change, np.nan))
    found = np.stack(changes)
    there = np.isfinite(found)
    return np.asarray(np.where(there, found, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1), np.float64)


def _spread(known: Float32Array, leads: npt.NDArray, levels: FloatArray, day: int) -> FloatArray:
    """Series x leads x levels: quantiles of what the repetition missed at its starts of the last two weeks."""
    every = max(round(_JUDGED_EVERY_H * day / 24), 1)
    size = known.shape[1]
    found = np.full((len(known), len(leads), len(levels)), np.nan)
    for number, lead in enumerate(leads):
        start = np.arange(size - 1 - lead, max(size - 1 - lead - _JUDGED_DAYS * day, day), -every)
        if len(start) < _LEAST_STARTS:
            continue
        change = known[:, start + lead] - known[:, start]
        usual = [_change(known, start - days * day, int(lead)) for days in _USUAL_DAYS]
        found[:, number] = _quantiles(change - _mean(np.stack(usual)), levels)
    return found


def _change(known: Float32Array, start: npt.NDArray, lead: int) -> Float32Array:
    inside = start >= 0
    begin = np.where(inside, start, 0)
    return np.where(inside, known[:, begin + lead] - known[:, begin], np.float32(np.nan))


def _mean(values: Float32Array) -> Float32Array:
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.asarray(total, np.float32)


def _quantiles(values: Float32Array, levels: FloatArray) -> FloatArray:
    """Of each row; nan where too few are known."""
    ordered = np.sort(values, axis=1)  # what is unknown comes last
    count = np.isfinite(values).sum(axis=1)
    place = levels[None, :] * np.maximum(count - 1, 0)[:, None]
    low = place.astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    first, second = np.take_along_axis(ordered, low, 1), np.take_along_axis(ordered, high, 1)
    found = first + (place - low) * (second - first)
    return np.where(count[:, None] >= _LEAST_STARTS, found, np.nan)


def _between(spread: FloatArray, leads: npt.NDArray, ahead: npt.NDArray) -> FloatArray:
    """Series x steps x levels, straight between the leads that were judged."""
    place = np.interp(ahead, leads, np.arange(len(leads)))
    low = np.minimum(place.astype(int), len(leads) - 2) if len(leads) > 1 else np.zeros(place.shape, int)
    rows = np.arange(len(spread))[:, None]
    first, second = spread[rows, low], spread[rows, np.minimum(low + 1, len(leads) - 1)]
    return np.asarray(first + (place - low)[..., None] * (second - first))


def _share(near: FloatArray, far: Float32Array, levels: FloatArray) -> FloatArray:
    """Of the repetition: by inverse squares of the widths."""
    low, high = (int(np.abs(levels - level).argmin()) for level in _BAND)
    of_near = (near[..., high] - near[..., low]) ** 2
    of_far = (far[..., high] - far[..., low]).astype(np.float64) ** 2
    total = of_near + of_far
    return np.where(total > 0, of_far / np.where(total > 0, total, 1.0), 0.0)
