"""Logistic regression with ridge penalties: common slopes, and an own level of each region held to the common one.

The penalty of the regions' levels is what shrinks a region with few records to all others (Gaussian random intercept,
its mode). No class is weighted: weights would break the calibration of the probabilities.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_ITERATIONS = 60
TOLERANCE = 1e-6
LONGEST_STEP = 2.0
LEAST_EVENTS = 20  # of each outcome: fewer say too little about several slopes


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fit; `reason` says why there is none, and the arrays are then empty."""

    mean: FloatArray  # of the features, as they are standardised
    scale: FloatArray
    slopes: FloatArray  # per standardised feature
    level: float
    region_level: FloatArray  # per region, beside the common level
    covariance: FloatArray  # of level and slopes
    rows: int
    events: int
    reason: str = ""

    @property
    def is_fitted(self) -> bool:
        return not self.reason

    def probability(self, features: FloatArray, region: IntArray | None = None) -> FloatArray:
        """Rows -> 0 to 1. nan features count as the mean of the fit; a region that the fit never saw has none."""
        return np.asarray(expit(self._score(features, region)), np.float64)

    def _score(self, features: FloatArray, region: IntArray | None) -> FloatArray:
        score = self.level + standardised(features, self.mean, self.scale) @ self.slopes
        if region is not None and len(self.region_level):
            seen = (region >= 0) & (region < len(self.region_level))
            score = score + np.where(seen, self.region_level[np.where(seen, region, 0)], 0.0)
        return np.asarray(score, np.float64)


def standardised(features: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """Columns less their mean in units of their scale; nan becomes 0."""
    return np.nan_to_num((features - mean) / scale, nan=0.0)


def no_fit(reason: str, rows: int = 0, events: int = 0) -> Logistic:
    """What stands for a fit that could not be made, and why."""
    empty = np.zeros(0)
    return Logistic(empty, empty, empty, float("nan"), empty, np.zeros((0, 0)), rows, events, reason)


def fit_logistic(
    features: FloatArray,
    happened: BoolArray,
    *,
    region: IntArray | None = None,
    regions: int = 0,
    ridge: float = 1.0,
    region_ridge: float = 4.0,
    least_events: int = LEAST_EVENTS,
) -> Logistic:
    """features: rows x columns, nan for unknown; happened: per row; region: per row, 0 to regions - 1.

    ridge: penalty of squared standardised slopes; region_ridge: of squared region levels, the inverse of their
    variance. Newton on the penalised likelihood; the block of regions is diagonal and eliminated, so that thousands of
    regions cost nothing. Too few events of either kind, or no convergence: a result with the reason.
    """
    events = int(happened.sum())
    short = min(events, len(happened) - events)
    if short < least_events:
        return no_fit(f"{short} rows of the rarer outcome, {least_events} are needed", len(happened), events)
    mean, scale = _moments(features)
    x = np.column_stack([np.ones(len(features)), standardised(features, mean, scale)])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    solved = _newton(x, happened.astype(np.float64), region, regions, penalty=penalty, region_ridge=region_ridge)
    if solved is None:
        return no_fit(f"The fit did not settle in {MOST_ITERATIONS} steps.", len(happened), events)
    beta, levels, covariance = solved
    return Logistic(mean, scale, beta[1:], float(beta[0]), levels, covariance, len(happened), events)


def _moments(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > 1e-12, spread, 1.0)


def _newton(
    x: FloatArray,
    y: FloatArray,
    region: IntArray | None,
    regions: int,
    *,
    penalty: FloatArray,
    region_ridge: float,
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    beta, levels = np.zeros(x.shape[1]), np.zeros(regions)
    share = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    beta[0] = np.log(share / (1 - share))
    place = np.zeros(len(y), np.int64) if region is None else region
    for _ in range(MOST_ITERATIONS):
        p = expit(x @ beta + (levels[place] if regions else 0.0))
        weight = np.maximum(p * (1 - p), 1e-9)
        gradient = x.T @ (y - p) - penalty * beta
        matrix = (x * weight[:, None]).T @ x + np.diag(penalty)
        move = np.zeros(regions)
        if regions:
            own = np.bincount(place, weights=weight, minlength=regions) + region_ridge
            rest = np.bincount(place, weights=y - p, minlength=regions) - region_ridge * levels
            cross = _sums(x * weight[:, None], place, regions)
            matrix -= cross.T @ (cross / own[:, None])
            step = np.linalg.solve(matrix, gradient - cross.T @ (rest / own))
            move = (rest - cross @ step) / own
        else:
            step = np.linalg.solve(matrix, gradient)
        largest = float(max(np.abs(step).max(), np.abs(move).max(initial=0.0)))
        held = min(1.0, LONGEST_STEP / largest) if largest > 0 else 1.0  # Newton overshoots far from the optimum
        beta, levels = beta + held * step, levels + held * move
        if largest < TOLERANCE:
            return beta, levels, np.linalg.inv(matrix)
    return None


def _sums(rows: FloatArray, place: IntArray, count: int) -> FloatArray:
    return np.stack([np.bincount(place, weights=column, minlength=count) for column in rows.T], axis=1)
