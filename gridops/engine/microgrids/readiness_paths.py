"""Courses of load, sun and wind that agree with forecast quantiles and with how long their errors last.

Each step has its own quantiles; between steps the normal scores of the errors are a sum of processes that forget with
a time constant each (a Gaussian copula; a sum of AR(1) has their autocorrelation, Box & Jenkins). Constants and shares
are fitted to the scores of past forecasts. The score of what is measured now ties all courses to the present.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from scipy.special import ndtr, ndtri

FloatArray = npt.NDArray[np.float64]

TIME_CONSTANTS_H = (0.5, 2.0, 8.0, 24.0, 96.0, 480.0)
LEAST_SCALE, MOST_SCALE = 0.7, 2.0
LEAST_LAGS = 8
MOST_SCORE = 3.5


@dataclass(frozen=True, slots=True)
class Band:
    """kw (T, Q) at levels (Q,), rising; least and most: what is possible at all."""

    levels: FloatArray
    kw: FloatArray
    least_kw: float = 0.0
    most_kw: float = np.inf


@dataclass(frozen=True, slots=True)
class Dependence:
    """Shares of the variance (K,), adding to 1, that are forgotten with time constants (K,) in hours.

    scale: how much wider errors were than the bands said; 1: as said.
    """

    constant_h: FloatArray
    share: FloatArray
    scale: float = 1.0


# Where no past forecasts say more: errors that last about half a day.
ASSUMED = Dependence(np.array([2.0, 24.0]), np.array([0.3, 0.7]))


def at_scores(band: Band, score: FloatArray) -> FloatArray:
    """Values (T, S) of normal scores (T, S); beyond the outer levels on the slope of the outermost pair."""
    knots = ndtri(np.clip(band.levels, 1e-6, 1.0 - 1e-6))
    if len(knots) == 1:
        return np.broadcast_to(band.kw, score.shape).copy()
    kw = np.maximum.accumulate(band.kw, axis=1)
    place = np.clip(np.searchsorted(knots, score) - 1, 0, len(knots) - 2)
    low, high = (np.take_along_axis(kw, place + more, axis=1) for more in (0, 1))
    ahead = (np.clip(score, -MOST_SCORE, MOST_SCORE) - knots[place]) / (knots[place + 1] - knots[place])
    return np.asarray(np.clip(low + ahead * (high - low), band.least_kw, band.most_kw))


def scores_of(band: Band, value_kw: FloatArray) -> FloatArray:
    """Normal scores (T,) of what came (T,), within +-3.5; nan where nothing is known or the band has no width."""
    knots = ndtri(np.clip(band.levels, 1e-6, 1.0 - 1e-6))
    if len(knots) < 2:
        return np.full(len(value_kw), np.nan)
    found = np.full(len(value_kw), np.nan)
    for step, (row, value) in enumerate(zip(np.maximum.accumulate(band.kw, axis=1), value_kw, strict=True)):
        if np.isfinite(value) and row[-1] - row[0] > 1e-6:
            found[step] = _score(row, knots, float(value))
    return found


def _score(row: FloatArray, knots: FloatArray, value: float) -> float:
    """Of equal quantiles the middle."""
    if row[0] <= value <= row[-1]:
        left, right = (int(np.searchsorted(row, value, side)) for side in ("left", "right"))
        if right > left:
            return float(knots[left:right].mean())
        return float(np.interp(value, row, knots))
    inner, outer = (0, 1) if value < row[0] else (len(row) - 1, len(row) - 2)
    slope = (row[inner] - row[outer]) / (knots[inner] - knots[outer])
    beyond = knots[inner] + (value - row[inner]) / max(slope, 1e-9)
    return float(np.clip(beyond, -MOST_SCORE, MOST_SCORE))


def fit_dependence(scores: FloatArray, step_h: float, *, longest_h: float = 72.0) -> Dependence:
    """From scores (N,) in the order of time, nan where unknown. ASSUMED where they are too few.

    The autocorrelation is fitted by non-negative least squares over fixed time constants. It is taken about 0 and not
    about the mean: what bands missed for weeks is an error that lasts. The scale is the scores' root mean square.
    """
    lags = np.arange(1, min(int(longest_h / step_h), len(scores) // 3) + 1)
    found = [_correlation(scores, int(lag)) for lag in lags]
    known = np.isfinite(found)
    if known.sum() < LEAST_LAGS:
        return ASSUMED
    constants = np.array([one for one in TIME_CONSTANTS_H if one >= step_h / 2])
    basis = np.exp(-lags[known, None] * step_h / constants)
    share, _ = nnls(basis, np.array(found)[known])
    # What no process explains is forgotten at once; more than 1 in all is none.
    rest = max(1.0 - float(share.sum()), 0.0)
    constants, share = np.append(constants, 1e-3), np.append(share, rest)
    kept = share > 1e-3
    scale = float(np.clip(np.sqrt(np.nanmean(scores**2)), LEAST_SCALE, MOST_SCALE))
    return Dependence(constants[kept], share[kept] / share[kept].sum(), scale)


def _correlation(scores: FloatArray, lag: int) -> float:
    pairs = scores[:-lag] * scores[lag:]
    known = np.isfinite(pairs)
    if known.sum() < 2 * LEAST_LAGS:
        return float("nan")
    both = np.where(known, scores[:-lag] ** 2 + scores[lag:] ** 2, np.nan)
    return float(np.nansum(pairs) / max(np.nansum(both) / 2, 1e-12))


def score_paths(
    dependence: Dependence, *, steps: int, scenarios: int, step_h: float, rng: np.random.Generator, now: float | None
) -> FloatArray:
    """Normal scores (T, S), of the scale far ahead. now: the score one step before the first; None: unknown."""
    share = dependence.share[:, None]
    keep = np.exp(-step_h / dependence.constant_h)[:, None]
    state = np.sqrt(share) * rng.standard_normal((len(share), scenarios))
    if now is not None:
        # Matheron's rule: of draws that know nothing, those that add up to what is known.
        state = state + share * (now / dependence.scale - state.sum(axis=0))
    found = np.empty((steps, scenarios))
    for step in range(steps):
        state = keep * state + np.sqrt(share * (1.0 - keep**2)) * rng.standard_normal(state.shape)
        found[step] = state.sum(axis=0)
    return found * dependence.scale


def probability_of(score: FloatArray) -> FloatArray:
    """Of a value below that of the score."""
    return np.asarray(ndtr(score))
