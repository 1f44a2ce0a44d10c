"""Scores of probabilistic forecasts. Values: rows; quantile forecasts: rows x quantiles, levels ascending in (0, 1)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def pinball(actual: FloatArray, forecast: FloatArray, levels: FloatArray) -> FloatArray:
    """Pinball loss of each level, averaged over the rows, in the unit of the values (Koenker & Bassett 1978)."""
    error = actual[:, None] - forecast
    return np.asarray(np.mean(np.maximum(levels * error, (levels - 1) * error), axis=0))


def interval_weights(levels: FloatArray) -> FloatArray:
    """The share of [0, 1] that each level stands for: half-way to its neighbours, the outer ones to the ends."""
    borders = np.r_[0.0, (levels[1:] + levels[:-1]) / 2, 1.0]
    return np.diff(borders)


def crps(actual: FloatArray, forecast: FloatArray, levels: FloatArray) -> float:
    """Continuous ranked probability score from quantiles: twice the integral of the pinball loss over the levels."""
    return float(2 * interval_weights(levels) @ pinball(actual, forecast, levels))


def relative_crps(actual: FloatArray, forecast: FloatArray, levels: FloatArray) -> float:
    """CRPS over the range of the actual values from P1 to P99, as OpenSTEF's benchmark scores; nan without range."""
    low, high = np.quantile(actual, [0.01, 0.99])
    return crps(actual, forecast, levels) / (high - low) if high > low else float("nan")


def coverage(actual: FloatArray, forecast: FloatArray, levels: FloatArray, share: float) -> float:
    """Share of the values inside the central band that should hold `share`; nan where its levels are missing."""
    low = np.flatnonzero(np.isclose(levels, (1 - share) / 2))
    high = np.flatnonzero(np.isclose(levels, (1 + share) / 2))
    if not (len(low) and len(high)):
        return float("nan")
    return float(np.mean((actual >= forecast[:, low[0]]) & (actual <= forecast[:, high[0]])))


@dataclass(frozen=True, slots=True)
class Scores:
    """Relative figures are fractions. `mape` leaves out values of zero; `rmae` is against last week's same clock."""

    rcrps: float
    pinball: float
    nmae: float
    mape: float
    rmae: float
    coverage_80: float
    coverage_90: float


def scores(actual: FloatArray, forecast: FloatArray, levels: FloatArray, reference: FloatArray) -> Scores:
    """All scores over the rows where value and forecast are known.

    `reference`: a point forecast, rows, for `rmae`; rows where it is not known do not count there. Every figure that
    cannot be formed is nan.
    """
    known = np.isfinite(actual) & np.isfinite(forecast).all(axis=1)
    if not known.any():
        return Scores(*[float("nan")] * 7)
    actual, forecast, reference = actual[known], forecast[known], reference[known]
    median = np.array([np.interp(0.5, levels, row) for row in forecast])
    error = np.abs(actual - median)
    size, nonzero, compared = np.abs(actual).mean(), actual != 0, np.isfinite(reference)
    against = np.abs(actual - reference)[compared].mean() if compared.any() else 0.0
    return Scores(
        rcrps=relative_crps(actual, forecast, levels),
        pinball=float(pinball(actual, forecast, levels).mean()),
        nmae=_ratio(error.mean(), size),
        mape=float(np.mean(error[nonzero] / np.abs(actual[nonzero]))) if nonzero.any() else float("nan"),
        rmae=_ratio(error[compared].mean() if compared.any() else 0.0, against),
        coverage_80=coverage(actual, forecast, levels, 0.8),
        coverage_90=coverage(actual, forecast, levels, 0.9),
    )


def _ratio(value: float, by: float) -> float:
    return float(value / by) if by > 0 else float("nan")
