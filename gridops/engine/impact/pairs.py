"""Two arms on the same tapes: the difference by tape, and how sure it is.

The interval is the bias-corrected and accelerated bootstrap (Efron, JASA 82 (1987) 171) over tapes, each drawn with
both of its arms, so that what the tapes have in common cancels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from gridops.engine.network.model import FloatArray

DRAWS: Final = 5000
LEVEL: Final = 0.95
FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Paired:
    """Of n tapes on which both are known. Difference: other less base. change: of the sums, other over base less 1."""

    tapes: int
    base_mean: float
    other_mean: float
    difference: float  # mean over the tapes
    difference_low: float
    difference_high: float
    change: float  # nan where the base sums to nothing
    change_low: float
    change_high: float
    lower_on: int  # tapes on which the other is lower than the base
    higher_on: int

    @property
    def is_lower(self) -> bool:
        """The whole interval lies below 0."""
        return bool(self.difference_high < 0)

    @property
    def is_higher(self) -> bool:
        return bool(self.difference_low > 0)


def paired(
    base: FloatArray, other: FloatArray, generator: np.random.Generator, *, draws: int = DRAWS, level: float = LEVEL
) -> Paired:
    """(n,) values of two arms, tape by tape; a tape on which one is nan is left out.

    With fewer than two tapes the intervals are nan.
    """
    known = np.isfinite(base) & np.isfinite(other)
    base, other = np.asarray(base, np.float64)[known], np.asarray(other, np.float64)[known]
    count = len(base)
    if not count:
        nan = float("nan")
        return Paired(0, nan, nan, nan, nan, nan, nan, nan, nan, 0, 0)
    drawn = generator.integers(count, size=(draws, count)) if count >= FEWEST else np.zeros((0, count), np.int64)
    rest = ~np.eye(count, dtype=np.bool_)
    kept = np.array([np.flatnonzero(row) for row in rest]) if count >= FEWEST else drawn
    low, high = _interval(
        _difference(base, other), _difference(base[drawn], other[drawn]), _difference(base[kept], other[kept]), level
    )
    change_low, change_high = _interval(
        _change(base, other), _change(base[drawn], other[drawn]), _change(base[kept], other[kept]), level
    )
    return Paired(
        tapes=count,
        base_mean=float(base.mean()),
        other_mean=float(other.mean()),
        difference=float(_difference(base, other)),
        difference_low=low,
        difference_high=high,
        change=float(_change(base, other)),
        change_low=change_low,
        change_high=change_high,
        lower_on=int((other < base).sum()),
        higher_on=int((other > base).sum()),
    )


def _difference(base: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray((other - base).mean(axis=-1), np.float64)


def _change(base: FloatArray, other: FloatArray) -> FloatArray:
    total = base.sum(axis=-1)
    # Against the size of the base: where that earns money, earning more is still below 0.
    return np.asarray(
        np.where(total != 0, (other.sum(axis=-1) - total) / np.abs(np.where(total != 0, total, 1)), np.nan)
    )


def _interval(found: FloatArray, drawn: FloatArray, without_one: FloatArray, level: float) -> tuple[float, float]:
    """BCa; nan where nothing was drawn or too much of it is not defined."""
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn) or not np.isfinite(found):
        return float("nan"), float("nan")
    if np.ptp(drawn) == 0:
        return float(drawn[0]), float(drawn[0])
    below = ((drawn < found).mean() + (drawn <= found).mean()) / 2  # half of the ties: figures often are equal
    bias = float(ndtri(np.clip(below, 1 / len(drawn), 1 - 1 / len(drawn))))
    apart = np.nanmean(without_one) - without_one[np.isfinite(without_one)]
    spread = float((apart**2).sum()) ** 1.5
    skew = float((apart**3).sum()) / (6 * spread) if spread > 0 else 0.0
    shifted = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(drawn, ndtr(bias + shifted / (1 - skew * shifted)))
    return float(low), float(high)
