"""What all other meters together say of one: sums of feeders, losses, drops of voltage, found in clean readings.

A feeder's head reads what hangs on it draws and loses, whatever that is today. Such laws hold between the readings
themselves, not between their departures from habit, and tie together too many meters for a few tellers to hold them.
What is left of one meter is then hardly more than the noise of meters, which a mean over an hour makes small.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.anomaly.arrays import BoolArray, FloatArray

RIDGE = 1e-4  # of each meter's variance: the noise of a meter of one per cent
ROBUST = 1.4826
CLIPPED_AT = 8.0  # spreads; one wrong reading must not turn the laws, nor all that it tells of


@dataclass(frozen=True, slots=True)
class Balance:
    centre: FloatArray  # (M,) in the unit of each meter
    spread: FloatArray  # (M,) above 0
    precision: FloatArray  # (M, M) inverse covariance, in spreads
    left: FloatArray  # (M,) spread of what is left, as a share of what the precision says


def fit_balance(values: FloatArray) -> Balance:
    """Least squares of each meter on all others, from the inverse of their covariance.

    values: (T, M) clean readings in any unit, nan where unknown. A meter that never moved, or was never heard, tells
    nothing. Source: partial regression by the precision matrix (Whittaker, Graphical Models in Applied Multivariate
    Statistics, 1990, section 5.7).
    """
    known = np.isfinite(values).any(axis=0)
    centre, spread = np.zeros(values.shape[1]), np.ones(values.shape[1])
    centre[known] = np.nanmedian(values[:, known], axis=0)
    spread[known] = np.maximum(ROBUST * np.nanmedian(np.abs(values[:, known] - centre[known]), axis=0), 1e-9)
    held = _held(values, centre, spread)
    middle = held.mean(axis=0)
    covariance = np.atleast_2d(np.cov(held.T))
    precision = np.asarray(np.linalg.inv(covariance + np.diag(RIDGE * np.diag(covariance) + 1e-9)), np.float64)
    left = ((held - middle) @ precision).std(axis=0) / np.sqrt(np.diag(precision))
    return Balance(centre + spread * middle, spread, precision, np.maximum(left, 1e-9))


def unbalanced(balance: Balance, values: FloatArray) -> FloatArray:
    """What all others did not foretell, in spreads of what is usually left: (T, M), nan where the meter is unknown.

    An unknown meter tells nothing: the others are taken as if it were not there.
    """
    held = _held(values, balance.centre, balance.spread)
    unknown = ~np.isfinite(values)
    patterns, of = np.unique(unknown, axis=0, return_inverse=True)
    left = np.empty_like(held)
    for number, pattern in enumerate(patterns):
        rows = of.ravel() == number
        left[rows] = _among_known(balance.precision, held[rows], pattern)
    return np.asarray(np.where(unknown, np.nan, left / balance.left))


def _among_known(precision: FloatArray, held: FloatArray, unknown: BoolArray) -> FloatArray:
    """With the unknown ones at what the known ones say of them, and their say taken out (Schur complement)."""
    certain = np.diag(precision).copy()
    if unknown.any():
        own, beside = precision[np.ix_(unknown, unknown)], precision[np.ix_(unknown, ~unknown)]
        told = np.linalg.solve(own, beside)
        held = held.copy()
        held[:, unknown] = -held[:, ~unknown] @ told.T
        certain[~unknown] -= np.einsum("uk,uk->k", beside, told)
    return np.asarray((held @ precision) / np.sqrt(np.maximum(certain, 1e-12)))


def _held(values: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    return np.asarray(np.nan_to_num(np.clip((values - centre) / spread, -CLIPPED_AT, CLIPPED_AT)))
