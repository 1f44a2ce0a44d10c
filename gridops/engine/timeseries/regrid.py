"""A series on one regular grid of steps, told on another: what is an instant, a mean or a sum stays one."""

from enum import Enum

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

FloatArray = npt.NDArray[np.float64]


class Course(Enum):
    INSTANT = "instant"  # a value at the begin of its step, linear until the next
    MEAN = "mean"  # of its step
    SUM = "sum"  # over its step
    DIRECTION = "direction"  # an instant in degrees, round the circle


def regrid(
    values: FloatArray,
    *,
    starts_s: float,
    step_s: float,
    to_starts_s: float,
    to_step_s: float,
    steps: int,
    course: Course,
) -> FloatArray:
    """The mean (of a SUM: the sum) over each of `steps` target steps; nan where the source does not cover it wholly.

    values: on steps [starts_s + i * step_s, ... + step_s), nan where unknown. An INSTANT is linear between two known
    values and constant in the last step before an unknown one. A MEAN or SUM keeps the sum over every whole source
    step and stays within its neighbours' course (monotone cubic of the cumulated values, Fritsch and Carlson 1980).
    Raises ValueError if a step is not positive.
    """
    if step_s <= 0 or to_step_s <= 0:
        raise ValueError("The steps of a series must be positive.")
    targets = np.arange(steps + 1, dtype=np.float64)
    edges: FloatArray = (to_starts_s - starts_s + to_step_s * targets) / step_s  # in source steps
    if course is Course.DIRECTION:
        return _direction(values, edges)
    if course is Course.INSTANT:
        return _instant(values, edges)
    mean = _mean(values, edges)
    return mean * (to_step_s / step_s) if course is Course.SUM else mean


def _direction(values: FloatArray, edges: FloatArray) -> FloatArray:
    angle = np.deg2rad(values)
    east, north = _instant(np.sin(angle), edges), _instant(np.cos(angle), edges)
    return np.rad2deg(np.arctan2(east, north)) % 360.0


def _covered(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each target step lies wholly on known source steps."""
    known = np.concatenate(([0.0], np.cumsum(np.isfinite(values))))
    at = np.interp(edges, np.arange(len(known)), known)
    return np.diff(at) >= np.diff(edges) * (1 - 1e-9)


def _instant(values: FloatArray, edges: FloatArray) -> FloatArray:
    if not len(values):
        return np.full(len(edges) - 1, np.nan)
    is_known = np.isfinite(values)
    level = np.where(is_known, values, 0.0)
    slope = np.where(is_known[:-1] & is_known[1:], np.diff(level), 0.0)
    slope = np.append(slope, 0.0)
    cumulated = np.concatenate(([0.0], np.cumsum(level + slope / 2)))
    step = np.clip(np.floor(edges).astype(np.int64), 0, len(values) - 1)
    within = np.clip(edges - step, 0.0, 1.0)
    area = cumulated[step] + level[step] * within + slope[step] * within**2 / 2
    return np.where(_covered(values, edges), np.diff(area) / np.diff(edges), np.nan)


def _mean(values: FloatArray, edges: FloatArray) -> FloatArray:
    result = np.full(len(edges) - 1, np.nan)
    covered = _covered(values, edges)
    is_known = np.isfinite(values).astype(np.int8)
    turns = np.flatnonzero(np.diff(np.concatenate(([0], is_known, [0]))))
    for first, end in zip(turns[::2], turns[1::2], strict=True):
        mine = covered & (edges[:-1] >= first - 1e-9) & (edges[1:] <= end + 1e-9)
        if mine.any():
            result[mine] = _of_known(values[first:end], edges[:-1][mine] - first, edges[1:][mine] - first)
    return result


def _of_known(values: FloatArray, begins: FloatArray, ends: FloatArray) -> FloatArray:
    cumulated = np.concatenate(([0.0], np.cumsum(values)))
    curve = PchipInterpolator(np.arange(len(cumulated)), cumulated)
    limit = float(len(values))
    area = curve(np.clip(ends, 0, limit)) - curve(np.clip(begins, 0, limit))
    return np.asarray(area / (ends - begins), dtype=np.float64)
