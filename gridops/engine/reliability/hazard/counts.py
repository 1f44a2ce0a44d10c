"""Counts of outages by weather: negative binomial regression with an exposure, Poisson as its limit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from gridops.engine.reliability.hazard.logistic import standardised

FloatArray = npt.NDArray[np.float64]

MOST_ITERATIONS = 100
TOLERANCE = 1e-8
MOST_SCORE = 30.0
DISPERSION_ROUNDS = 8
LEAST_DISPERSION, MOST_DISPERSION = 1e-6, 50.0


@dataclass(frozen=True, slots=True)
class CountModel:
    """Mean count = exposure * exp(level + slopes * standardised features); variance = mean + dispersion * mean^2."""

    mean: FloatArray
    scale: FloatArray
    slopes: FloatArray
    level: float
    dispersion: float
    covariance: FloatArray  # of level and slopes
    rows: int
    events: int
    reason: str = ""

    @property
    def is_fitted(self) -> bool:
        return not self.reason

    def rate(self, features: FloatArray) -> FloatArray:
        """Per row: outages per unit of exposure. nan features count as the mean of the fit."""
        return np.asarray(self._rates(features, np.concatenate([[self.level], self.slopes])[None, :])[0], np.float64)

    def rates(self, features: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
        """draws x rows: as `rate`, with level and slopes drawn from what the records leave open."""
        beta = np.concatenate([[self.level], self.slopes])
        drawn = rng.multivariate_normal(beta, self.covariance, size=draws, method="eigh")
        return self._rates(features, drawn)

    def _rates(self, features: FloatArray, beta: FloatArray) -> FloatArray:
        x = standardised(features, self.mean, self.scale)
        score = beta[:, :1] + beta[:, 1:] @ x.T
        return np.asarray(np.exp(np.minimum(score, MOST_SCORE)), np.float64)


def no_counts(reason: str, rows: int = 0, events: int = 0) -> CountModel:
    """What stands for a fit that could not be made, and why."""
    empty = np.zeros(0)
    return CountModel(empty, empty, empty, float("nan"), float("nan"), np.zeros((0, 0)), rows, events, reason)


def at_least_one(mean: FloatArray, dispersion: float) -> FloatArray:
    """P(count >= 1) of a negative binomial count; dispersion 0 is Poisson's."""
    if dispersion < LEAST_DISPERSION * 10:
        return np.asarray(-np.expm1(-mean), np.float64)
    return np.asarray(-np.expm1(-np.log1p(dispersion * mean) / dispersion), np.float64)


def fit_counts(
    features: FloatArray, counts: FloatArray, exposure: FloatArray, *, ridge: float = 1.0, least_events: int = 30
) -> CountModel:
    """features: rows x columns; counts, exposure > 0: per row. Alternates penalised slopes and the dispersion.

    Fewer outages than `least_events`, or no convergence: a result with the reason.
    """
    events = int(counts.sum())
    if events < least_events:
        return no_counts(f"{events} records, {least_events} are needed", len(counts), events)
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / count)
    scale = np.where(spread > 1e-12, spread, 1.0)
    x = np.column_stack([np.ones(len(counts)), standardised(features, mean, scale)])
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(counts.sum() / exposure.sum())
    dispersion, covariance = LEAST_DISPERSION, np.zeros((len(beta), len(beta)))
    for _ in range(DISPERSION_ROUNDS):
        solved = _slopes(x, counts, exposure, beta, dispersion=dispersion, ridge=ridge)
        if solved is None:
            return no_counts(f"The fit did not settle in {MOST_ITERATIONS} steps.", len(counts), events)
        beta, covariance = solved
        before, dispersion = dispersion, _dispersion(counts, exposure * np.exp(x @ beta))
        if abs(dispersion - before) < 1e-4 * (1 + before):
            break
    return CountModel(mean, scale, beta[1:], float(beta[0]), dispersion, covariance, len(counts), events)


def _slopes(
    x: FloatArray, counts: FloatArray, exposure: FloatArray, beta: FloatArray, *, dispersion: float, ridge: float
) -> tuple[FloatArray, FloatArray] | None:
    """Fisher scoring, with halved steps where the penalised likelihood falls."""
    penalty = np.full(len(beta), ridge)
    penalty[0] = 0.0

    def objective(at: FloatArray) -> float:
        mu = exposure * np.exp(np.minimum(x @ at, MOST_SCORE))
        return _likelihood(counts, mu, dispersion) - 0.5 * float(penalty @ at**2)

    value = objective(beta)
    for _ in range(MOST_ITERATIONS):
        mu = exposure * np.exp(np.minimum(x @ beta, MOST_SCORE))
        weight = mu / (1 + dispersion * mu)
        gradient = x.T @ ((counts - mu) / (1 + dispersion * mu)) - penalty * beta
        matrix = (x * weight[:, None]).T @ x + np.diag(penalty + 1e-10)
        step = np.linalg.solve(matrix, gradient)
        size = 1.0
        while (tried := objective(beta + size * step)) < value - 1e-9 and size > 1e-6:
            size /= 2
        beta, value = beta + size * step, tried
        if float(np.abs(size * step).max()) < TOLERANCE:
            return beta, np.asarray(np.linalg.inv(matrix), np.float64)
    return None


def _likelihood(counts: FloatArray, mu: FloatArray, dispersion: float) -> float:
    """Without what depends on counts alone."""
    if dispersion <= LEAST_DISPERSION:
        return float(np.sum(counts * np.log(mu) - mu))
    shape = 1 / dispersion
    return float(
        np.sum(
            gammaln(counts + shape)
            - gammaln(shape)
            + counts * (np.log(mu) - np.log(mu + shape))
            - shape * np.log1p(dispersion * mu)
        )
    )


def _dispersion(counts: FloatArray, mu: FloatArray) -> float:
    found = minimize_scalar(
        lambda log: -_likelihood(counts, mu, float(np.exp(log))),
        bounds=(np.log(LEAST_DISPERSION * 2), np.log(MOST_DISPERSION)),
        method="bounded",
    )
    return float(np.exp(found.x))
