"""The level a series stands at, and whether it has lately moved to another: a feeder that took over its neighbour's."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import mean_known
from gridops.engine.forecasting.histories import At, Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LEVEL_DAYS = 28
DAYS_BACK = 35
_LOOKED = 14  # days in which a shift is looked for
_STRAYS = (8.0, 9.0)  # a shift is more than so many usual deviations: of several days, of one
_LONGEST = 10  # days, so that some are left to tell what is usual
_SHARE = 0.3  # and more than this part of the level
_MOST_TIMES = 10.0
_LEAST_ROUGH, _MOST_ROUGH = 0.02, 3.0
_ROUGH = 0.3  # where it cannot be told


@dataclass(frozen=True)
class Levels:
    """Of every row's series at its issue. `size`: mean size, kW. `rough`: the usual distance from the week before, in
    sizes. `unit`: kW, what all is measured in: the size times the roughness, so that calm and restless series look
    alike; of plants the rated power. `moved`: days since the level shifted, 0 where it did not; `factor`, `shift` (kW)
    bring what was before it to the level of today."""

    size: FloatArray
    rough: FloatArray
    unit: FloatArray
    moved: IntArray
    factor: FloatArray
    shift: FloatArray

    def adjusted(self, values: FloatArray, days: IntArray | int) -> FloatArray:
        """Values so many days old (before the issue's last day), at the level of today."""
        is_old = (self.moved > 0) & (np.asarray(days) >= self.moved)
        return np.where(is_old, values * self.factor + self.shift, values)


def found(past: Histories, at: At, day: int, rated: FloatArray) -> Levels:
    """`rated`: per row, kW; nan for what is no plant. Where no size can be told, it is nan."""
    is_plant = np.isfinite(rated)
    size = past.sizes.mean(at, LEVEL_DAYS * day)
    turns = past.turns.mean(at, 14 * day)
    moved, factor, shift = _moved(past, at, day, size)
    moved = np.where(is_plant, 0, moved)
    now = past.sizes.mean(at, day)
    turns = np.where(moved > 0, turns * np.minimum(now / np.maximum(size, 1e-12), 1.0), turns)
    size = np.where(is_plant, rated, np.where(moved > 0, now, size))
    size = np.where(size > 0, size, np.nan)
    rough = np.clip(np.where(np.isfinite(turns), turns / size, _ROUGH), _LEAST_ROUGH, _MOST_ROUGH)
    return Levels(size, rough, np.where(is_plant, size, size * rough), moved, factor, shift)


def _moved(past: Histories, at: At, day: int, size: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Days since a shift, and what the values before it are to be multiplied by or, across zero, moved by."""
    means = np.stack([past.values.mean(at, day, back * day) for back in range(DAYS_BACK)])
    before = np.stack([means[7 * week : 7 * week + _LOOKED] for week in (1, 2, 3)])
    usual = np.sort(np.where(np.isfinite(before), before, np.inf), axis=0)[1]
    apart = means[:_LOOKED] - usual
    apart = np.where(np.isfinite(apart), apart, 0.0)
    along = apart * np.sign(apart[0]) > 0.5 * np.abs(apart[0])
    age = np.cumprod(along, axis=0).sum(axis=0)
    calm = mean_known(np.where(_days(apart) >= age, np.abs(apart), np.nan))  # of the days before it
    far = np.abs(apart[0]) > np.maximum(np.where(age > 1, *_STRAYS) * calm, _SHARE * size)
    far &= age <= _LONGEST
    whole = _days(apart) < np.maximum(age - 1, 1)
    new, old = mean_known(np.where(whole, means[:_LOOKED], np.nan)), mean_known(np.where(whole, usual, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = new / old
    scales = (factor >= 1 / _MOST_TIMES) & (factor <= _MOST_TIMES)
    shift = np.where(scales, 0.0, new - old)
    return np.where(far & np.isfinite(shift), age, 0), np.where(scales, factor, 1.0), shift


def _days(values: FloatArray) -> IntArray:
    """The number of each day along the first axis."""
    return np.arange(len(values)).reshape(-1, *(1,) * (values.ndim - 1))
