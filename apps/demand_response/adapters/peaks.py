"""Where a course of quarter hours is highest: the hours that flexibility would be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
LONGEST = 12  # steps of a block: three hours
LEAST_KW = 1.0


@dataclass(frozen=True, slots=True)
class Block:
    """Steps from `first` to before `behind`; `excess` is how far the highest lies above the threshold."""

    first: int
    behind: int
    highest: float
    excess: float
    probability: float  # that the threshold is passed at the highest step


def peak_block(quantiles: FloatArray, levels: Sequence[float], threshold: float) -> Block | None:
    """quantiles: steps x levels. Around the highest expected step, as long as the threshold is passed.

    None where not even the highest level passes it.
    """
    middle = quantiles[:, list(levels).index(0.5)]
    course = middle if middle.max() >= threshold else quantiles[:, -1]
    if not np.isfinite(course).all() or course.max() - threshold < LEAST_KW:
        return None
    top = int(np.argmax(course))
    first, behind = top, top + 1
    while first > 0 and course[first - 1] >= threshold and behind - first < LONGEST:
        first -= 1
    while behind < len(course) and course[behind] >= threshold and behind - first < LONGEST:
        behind += 1
    below = float(np.interp(threshold, quantiles[top], levels, left=0.0, right=1.0))
    return Block(first, behind, float(course[top]), float(course[top] - threshold), 1.0 - below)


def dear_block(price: FloatArray) -> Block | None:
    """The dearest hours: those in the upper tenth of the course; `excess` over its mean. None where none stands out."""
    known = np.where(np.isfinite(price), price, -np.inf)
    if not np.isfinite(price).any():
        return None
    usual, threshold = float(np.nanmean(price)), float(np.nanquantile(price, 0.9))
    top = int(np.argmax(known))
    if known[top] <= usual:
        return None
    first, behind = top, top + 1
    while first > 0 and known[first - 1] >= threshold and behind - first < LONGEST:
        first -= 1
    while behind < len(known) and known[behind] >= threshold and behind - first < LONGEST:
        behind += 1
    block = price[first:behind]
    return Block(first, behind, float(np.nanmean(block)), float(np.nanmean(block) - usual), 1.0)
