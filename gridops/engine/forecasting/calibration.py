"""Bands that hold what they say: each is moved by what it missed lately (split conformal, rolling), by lead.

A band's two ends are moved alike, by how far values lay outside of it: to move each end by its own misses would take
the bias of the last weeks for that of the next, which costs more than it earns (docs/studies/forecasts.md). A small
part is moved that way all the same.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ONE_SIDED = 0.2  # of the correction
_LEAST_ROWS = 200
_LEAD_H = (6, 18, 42)
_DAY_H = 24
_FLOOR = 0.05  # of the mean width: a band without width could not be widened


@dataclass(frozen=True, slots=True)
class Correction:
    """`shift`: blocks of lead x levels, in widths of the row's own band."""

    levels: FloatArray
    shift: FloatArray
    floor: float = 0.0

    def apply(self, forecast: FloatArray, block: IntArray | None = None) -> FloatArray:
        """Rows x levels, corrected and sorted. `block`: of the rows, see `lead_blocks`."""
        moved = self.shift[np.zeros(len(forecast), np.int64) if block is None else block]
        return np.sort(forecast + moved * _width(forecast, self.floor), axis=1)


def lead_blocks(lead: IntArray, day: int) -> IntArray:
    """0 to 3: up to 6, 18, 42 hours ahead, and beyond. `lead`: steps; `day`: steps of 24 hours."""
    return np.searchsorted(np.array(_LEAD_H) * day, lead * _DAY_H, side="right")


def fit_correction(
    actual: FloatArray,
    forecast: FloatArray,
    levels: FloatArray,
    importance: FloatArray | None = None,
    block: IntArray | None = None,
) -> Correction:
    """From forecasts that were issued before their values were known (rows, rows x levels).

    `importance`: of the rows; `block`: of the rows, each corrected by its own misses. With few rows the correction is
    shrunk in proportion, and a block without rows is left as it is. Rows almost without width do not count. The median
    stays where it is.
    """
    known = np.isfinite(actual) & np.isfinite(forecast).all(axis=1)
    width = _width(forecast, 0.0)[:, 0]
    floor = _FLOOR * float(width[known].mean()) if known.any() else 0.0
    known &= width > floor  # not the nights of a PV plant, which say nothing of its days
    block = np.zeros(len(actual), np.int64) if block is None else block
    shift = np.zeros((len(_LEAD_H) + 1, len(levels)))
    if not known.any():
        return Correction(levels, shift)
    misses = (actual[known, None] - forecast[known]) / _width(forecast[known], floor)
    share, block = (np.ones(known.sum()) if importance is None else importance[known]), block[known]
    for number in np.unique(block):
        rows = block == number
        shift[number] = _shift(misses[rows], share[rows], levels) * min(rows.sum() / _LEAST_ROWS, 1.0)
    return Correction(levels, shift, floor)


def _shift(misses: FloatArray, share: FloatArray, levels: FloatArray) -> FloatArray:
    shift = np.array([_quantile(misses[:, k], share, level) for k, level in enumerate(levels)])
    for low, high in _bands(levels):
        outside = np.maximum(-misses[:, low], misses[:, high])
        wider = _quantile(outside, share, float(levels[high] - levels[low]))
        shift[low] = ONE_SIDED * shift[low] - (1 - ONE_SIDED) * wider
        shift[high] = ONE_SIDED * shift[high] + (1 - ONE_SIDED) * wider
    return np.where(np.isclose(levels, 0.5), 0.0, shift)


def _bands(levels: FloatArray) -> list[tuple[int, int]]:
    """Pairs of levels that are as far from 0 as from 1."""
    mirrored = np.isclose(levels[:, None] + levels[None, :], 1.0)
    return [(int(low), int(high)) for low, high in np.argwhere(mirrored) if low < high]


def _quantile(values: FloatArray, share: FloatArray, level: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(share[order]) - share[order] / 2
    return float(np.interp(level * share.sum(), reached, values[order]))


def _width(forecast: FloatArray, floor: float) -> FloatArray:
    width = forecast.max(axis=1, keepdims=True) - forecast.min(axis=1, keepdims=True)
    return np.asarray(np.maximum(width, floor + 1e-9))
