"""Forecasts without steps that are no news.

Trees and classes of lead and hour change from one step to the next, and every 24 hours ahead another day becomes the
newest one that is known. None of that happens to the load.
"""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
_BAND_H, _COURSE_H = 1.5, 0.75  # of distances from the median, of the median's distance from the usual course
_TIMES = 2  # a mean of means: about as much on either side, the nearest the most
_FADE_H = 3.0  # of a seam, on either side
_TREND_H = 1.0


def evened(said: Float32Array, base: FloatArray, levels: FloatArray, day: int) -> Float32Array:
    """Members x series x steps x levels, sorted; `base`: series x steps, the usual course, whose steps are kept. `day`:
    steps of 24 hours. What is not known stays so."""
    said_on = np.moveaxis(said, -1, -2)
    met = np.moveaxis(said_on - _seams(said_on, day), -1, -2)
    base = base - _seams(base, day)
    median = met[..., int(np.abs(levels - 0.5).argmin())]
    apart = _mean(met - median[..., None], round(_BAND_H * day / 24), axis=-2)
    course = base + _mean(median - base, round(_COURSE_H * day / 24), axis=-1)
    found = np.sort(course[..., None] + apart, axis=-1)
    return np.where(np.isfinite(found), found, said).astype(np.float32)


def _mean(values: npt.NDArray, over: int, axis: int) -> npt.NDArray:
    for _ in range(_TIMES if over > 1 else 0):
        values = uniform_filter1d(values, over, axis=axis, mode="nearest")
    return values


def _seams(course: npt.NDArray, day: int) -> npt.NDArray:
    """What to take away so that both sides of every 24 hours meet in the middle."""
    steps, hour = course.shape[-1], max(day // 24, 1)
    trend, found = max(round(_TREND_H * hour), 1), np.zeros_like(course)
    reach = np.arange(min(8 * hour, day // 2))
    fade = 0.5 * np.exp(-reach / (_FADE_H * hour))
    for seam in range(day, steps - trend, day):
        before = (course[..., seam - 1] - course[..., seam - 1 - trend]) / trend
        after = (course[..., seam + trend] - course[..., seam]) / trend
        jump = (course[..., seam] - course[..., seam - 1] - (before + after) / 2)[..., None]
        room = min(len(reach), steps - seam)
        found[..., seam : seam + room] += jump * fade[:room]
        found[..., seam - len(reach) : seam] -= jump * fade[::-1]
    return found
