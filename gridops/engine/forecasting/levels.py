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
_STRAYS, _SHARE = 5.0, 0.3  # a shift is more than so many usual deviations, and more than this part of the level
_LONGEST = 13
_LEAST_ROUGH, _MOST_ROUGH = 0.02, 3.0
_ROUGH = 0.3  # where it cannot be told


@dataclass(frozen=True)
class Levels:
    """Of every row's series at its issue. `size`: mean size, kW. `rough`: the usual distance from the week before, in
    sizes. `unit`: kW, what all is measured in: the size times the roughness, so that calm and restless series look
    alike; of plants the rated power. `moved`: days since the level shifted, 0 where it did not. `shift`: kW, by how
    much.
    """

    size: FloatArray
    rough: FloatArray
    unit: FloatArray
    moved: IntArray
    shift: FloatArray

    def adjustment(self, days: IntArray) -> FloatArray:
        """What to add to values so many days old (shape: ages x rows) to bring them to the level of today."""
        return np.where(days >= self.moved, self.shift, 0.0)


def found(past: Histories, at: At, day: int, rated: FloatArray) -> Levels:
    """`rated`: per row, kW; nan for what is no plant. Where no size can be told, it is nan."""
    size = past.sizes.mean(at, LEVEL_DAYS * day)
    turns = past.turns.mean(at, 14 * day)
    moved, shift = _moved(past, at, day, size)
    is_plant = np.isfinite(rated)
    moved, shift = np.where(is_plant, 0, moved), np.where(is_plant, 0.0, shift)
    size = np.where(moved > 0, past.sizes.mean(at, day), size)
    size = np.where(is_plant, rated, size)
    size = np.where(size > 0, size, np.nan)
    rough = np.clip(np.where(np.isfinite(turns), turns / size, _ROUGH), _LEAST_ROUGH, _MOST_ROUGH)
    return Levels(size, rough, np.where(is_plant, size, size * rough), moved, shift)


def _moved(past: Histories, at: At, day: int, size: FloatArray) -> tuple[IntArray, FloatArray]:
    means = np.stack([past.values.mean(at, day, back * day) for back in range(DAYS_BACK)])
    before = np.stack([means[7 * week : 7 * week + _LOOKED] for week in (1, 2, 3)])
    apart = means[:_LOOKED] - np.sort(np.where(np.isfinite(before), before, np.inf), axis=0)[1]
    apart = np.where(np.isfinite(apart), apart, 0.0)
    usual = 1.5 * np.median(np.abs(apart), axis=0)
    far = np.abs(apart[0]) > np.maximum(_STRAYS * usual, _SHARE * size)
    along = apart * np.sign(apart[0]) > 0.5 * np.abs(apart[0])
    age = np.minimum(np.cumprod(along, axis=0).sum(axis=0), _LONGEST)
    whole = np.arange(_LOOKED)[(...,) + (None,) * apart[0].ndim] < np.maximum(age - 1, 1)
    shift = mean_known(np.where(whole, apart, np.nan))
    return np.where(far, age, 0), np.where(far, shift, 0.0)
