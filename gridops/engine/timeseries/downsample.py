"""Fewer points for a trend without losing a spike: least, greatest and mean value of each bucket."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
TimeArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Only buckets that hold a value, in order of time."""

    start: TimeArray
    minimum: FloatArray
    maximum: FloatArray
    mean: FloatArray
    count: npt.NDArray[np.int64]


def downsample(time: TimeArray, value: FloatArray, *, width: int) -> Buckets:
    """Gather values into buckets [k * width, (k + 1) * width).

    time: ascending, in any whole unit, that of `width`. Values that are nan are left out.
    Raises ValueError if the width is not positive.
    """
    if width <= 0:
        raise ValueError("The width of a bucket must be positive.")
    known = ~np.isnan(value)
    bucket, values = time[known] // width, value[known]
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    if not len(values):
        nothing = np.zeros(0)
        return Buckets(np.zeros(0, np.int64), nothing, nothing, nothing, np.zeros(0, np.int64))
    count = np.diff(np.append(first, len(values)))
    return Buckets(
        start=bucket[first] * width,
        minimum=np.minimum.reduceat(values, first),
        maximum=np.maximum.reduceat(values, first),
        mean=np.add.reduceat(values, first) / count,
        count=count.astype(np.int64),
    )


def width_for(span: int, points: int, *, step: int = 1) -> int:
    """Least multiple of `step` that cuts a span of time into at most `points` buckets."""
    return max(-(-span // max(points, 1) // step) * step, step)
