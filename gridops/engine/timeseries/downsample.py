"""Fewer points for a trend without losing a spike: extremes, mean, last value and worst quality of each bucket."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.timeseries.quality import VALIDITY_MASK, Quality, QualityArray

FloatArray = npt.NDArray[np.float64]
TimeArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Only buckets that hold a sample, in order of time. Values are nan where no sample is valid."""

    start: TimeArray
    count: npt.NDArray[np.int64]  # of valid samples
    minimum: FloatArray
    maximum: FloatArray
    mean: FloatArray  # weighted by time
    last: FloatArray
    quality: QualityArray  # the worst

    def __len__(self) -> int:
        return len(self.start)


def downsample(time: TimeArray, value: FloatArray, quality: QualityArray, *, width: int) -> Buckets:
    """Gather samples of one signal into buckets [k * width, (k + 1) * width).

    time: ascending, in any whole unit, that of `width`. quality: bits of `Quality`; what is invalid gives the bucket
    its quality and nothing else. In the mean a sample counts until the next one of any quality, or until the bucket
    ends. Raises ValueError if the width is not positive.
    """
    if width <= 0:
        raise ValueError("The width of a bucket must be positive.")
    bucket = time // width
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    if not len(time):
        nothing = np.zeros(0)
        whole = np.zeros(0, np.int64)
        return Buckets(whole, whole, nothing, nothing, nothing, nothing, whole)
    valid = (quality & Quality.INVALID) == 0
    weight = np.where(valid, _held(time, bucket, width), 0)
    count = np.add.reduceat(valid.astype(np.int64), first)
    is_known = count > 0
    total = np.add.reduceat(weight, first)
    with np.errstate(invalid="ignore"):
        mean = np.add.reduceat(np.where(valid, value * weight, 0.0), first) / total
    return Buckets(
        start=bucket[first] * width,
        count=count,
        minimum=np.where(is_known, np.minimum.reduceat(np.where(valid, value, np.inf), first), np.nan),
        maximum=np.where(is_known, np.maximum.reduceat(np.where(valid, value, -np.inf), first), np.nan),
        mean=np.where(is_known, mean, np.nan),
        last=np.where(is_known, value[_last_valid(valid, first)], np.nan),
        quality=_worst(quality, first),
    )


def merge(
    *,
    time: TimeArray,
    count: npt.NDArray[np.int64],
    known: npt.NDArray[np.int64],
    minimum: FloatArray,
    maximum: FloatArray,
    mean: FloatArray,
    quality: QualityArray,
    width: int,
) -> tuple[TimeArray, npt.NDArray[np.int64], FloatArray, FloatArray, FloatArray, QualityArray]:
    """Gather short buckets of one signal into longer ones [k * width, (k + 1) * width).

    time: begins of the short ones, in any order and unit, that of `width`; known: for how long each has a value, the
    weight of its mean; values are nan where it is 0. Returns begin, count, minimum, maximum, mean and worst quality of
    each long bucket that holds a short one, in order of time. Raises ValueError if the width is not positive.
    """
    if width <= 0:
        raise ValueError("The width of a bucket must be positive.")
    order = np.argsort(time, kind="stable")
    bucket = time[order] // width
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    if len(first) == len(time):
        return bucket * width, count[order], minimum[order], maximum[order], mean[order], quality[order]
    weight = known[order].astype(np.float64)
    with np.errstate(invalid="ignore"):
        total = np.add.reduceat(np.where(weight > 0, mean[order] * weight, 0.0), first) / np.add.reduceat(weight, first)
    return (
        bucket[first] * width,
        np.add.reduceat(count[order], first),
        np.fmin.reduceat(minimum[order], first),
        np.fmax.reduceat(maximum[order], first),
        total,
        _worst(quality[order], first),
    )


def _held(time: TimeArray, bucket: TimeArray, width: int) -> TimeArray:
    """How long each sample stands: until the next one or the end of its bucket."""
    end = (bucket + 1) * width
    return np.asarray(np.minimum(np.append(time[1:], end[-1]), end) - time)


def _last_valid(valid: npt.NDArray[np.bool_], first: IndexArray) -> IndexArray:
    place = np.where(valid, np.arange(len(valid)), -1)
    return np.asarray(np.maximum.reduceat(place, first))


def _worst(quality: QualityArray, first: IndexArray) -> QualityArray:
    every = np.bitwise_or.reduceat(quality, first)
    validity = np.minimum(every & VALIDITY_MASK, int(Quality.INVALID))
    return np.asarray((every & ~VALIDITY_MASK) | validity)


def width_for(span: int, points: int, *, step: int = 1) -> int:
    """Least multiple of `step` that cuts a span of time into at most `points` buckets."""
    return max(-(-span // max(points, 1) // step) * step, step)


def gaps_after(start: TimeArray, *, held: int, longest: int) -> IndexArray:
    """Positions after which nothing is known for a while.

    start: ascending; each entry stands for the time [start, start + held). A gap is a time of at least `longest`
    between the end of one and the start of the next, where `held` is 0 of more than `longest`; all in one unit.
    """
    silence = start[1:] - start[:-1] - held
    return np.flatnonzero(silence > longest if held == 0 else (silence >= longest) & (silence > 0))
