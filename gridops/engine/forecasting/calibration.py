"""Bands that hold what they say: each level is moved by what it missed lately (split conformal, rolling)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_LEAST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Correction:
    """`shift`: per level, in widths of the row's own band."""

    levels: FloatArray
    shift: FloatArray

    def apply(self, forecast: FloatArray) -> FloatArray:
        """Rows x levels, corrected and sorted."""
        return np.sort(forecast + self.shift * _width(forecast), axis=1)


def fit_correction(
    actual: FloatArray, forecast: FloatArray, levels: FloatArray, importance: FloatArray | None = None
) -> Correction:
    """From forecasts that were issued before their values were known (rows, rows x levels).

    `importance`: of the rows. With few rows the correction is shrunk in proportion. The median is left where it is.
    """
    known = np.isfinite(actual) & np.isfinite(forecast).all(axis=1)
    if not known.any():
        return Correction(levels, np.zeros(len(levels)))
    misses = (actual[known, None] - forecast[known]) / _width(forecast[known])
    share = np.ones(known.sum()) if importance is None else importance[known]
    shift = np.array([_quantile(misses[:, k], share, level) for k, level in enumerate(levels)])
    shift = np.where(np.isclose(levels, 0.5), 0.0, shift)
    return Correction(levels, shift * min(known.sum() / _LEAST_ROWS, 1.0))


def _quantile(values: FloatArray, share: FloatArray, level: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(share[order])
    return float(values[order][min(int(np.searchsorted(reached, level * reached[-1])), len(values) - 1)])


def _width(forecast: FloatArray) -> FloatArray:
    ordered = np.sort(forecast, axis=1)
    width = ordered[:, -1:] - ordered[:, :1]
    floor = 0.05 * np.median(width) + 1e-9
    return np.maximum(width, floor)
