"""How fast net load may move and how far it may leave its plan: ramps and reserve from courses of what may come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Need:
    """kW by step, none negative. `up_kw`: to be brought in when more is drawn than planned; `down_kw`: to be taken out
    when less is."""

    up_kw: FloatArray
    down_kw: FloatArray


def need(courses: FloatArray, planned_kw: FloatArray, *, level: float) -> Need:
    """What keeps each step between with the probability `level`, half of the rest on either side.

    courses: (S, T) of net load, positive out of the network; planned_kw: (T,). Raises ValueError for a level that is no
    probability above one half.
    """
    if not 0.5 < level < 1.0:
        raise ValueError(f"level: {level:g} is no share between 0.5 and 1.")
    rest = (1.0 - level) / 2
    apart = courses - planned_kw
    low, high = np.quantile(apart, [rest, 1.0 - rest], axis=0)
    return Need(np.maximum(high, 0.0), np.maximum(-low, 0.0))


def ramps(courses: FloatArray, spans: Sequence[int], *, level: float) -> FloatArray:
    """(spans, 2, T) kW: by how much net load may rise and fall within so many steps from each, with that probability of
    not more; nan where the courses end before. None is negative.

    courses: (S, T); the step of now is each course's own, so that what is certain of it counts.
    """
    found = np.full((len(spans), 2, courses.shape[1]), np.nan)
    for row, span in enumerate(spans):
        if span >= courses.shape[1]:
            continue
        change = courses[:, span:] - courses[:, :-span]
        low, high = np.quantile(change, [1.0 - level, level], axis=0)
        found[row, 0, : len(high)] = np.maximum(high, 0.0)
        found[row, 1, : len(low)] = np.maximum(-low, 0.0)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """Steps that are known, and of them how many stayed within, left upwards, left downwards."""

    steps: int
    within: int
    above: int
    below: int


def held(actual_kw: FloatArray, planned_kw: FloatArray, told: Need) -> Held:
    """How well a need held against what came. All (T,); steps that are not known do not count."""
    apart = actual_kw - planned_kw
    known = np.isfinite(apart) & np.isfinite(told.up_kw) & np.isfinite(told.down_kw)
    above = int((apart[known] > told.up_kw[known]).sum())
    below = int((-apart[known] > told.down_kw[known]).sum())
    count = int(known.sum())
    return Held(count, count - above - below, above, below)
