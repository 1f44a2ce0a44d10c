"""Fragility: how likely something fails in a storm of a given gust, two parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.reliability.hazard.logistic import fit_logistic

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fragility:
    """Log-logistic curve of the gust; nan and a reason where it cannot be fitted."""

    median_m_s: float  # half of them fail
    steepness: float  # of the log-odds per unit of log gust
    reason: str = ""

    def probability(self, gust_m_s: FloatArray) -> FloatArray:
        """0 to 1 per gust; gust 0 gives 0."""
        with np.errstate(divide="ignore"):
            odds = np.exp(self.steepness * (np.log(np.maximum(gust_m_s, 0.0)) - np.log(self.median_m_s)))
        return np.asarray(1.0 - 1.0 / (1.0 + odds), np.float64)


def fit_fragility(gust_m_s: FloatArray, failed: BoolArray) -> Fragility:
    """Maximum likelihood by a logistic regression on the log of the gust, barely penalised.

    Where failures do not rise with the gust there is no curve: a result with the reason.
    """
    usable = gust_m_s > 0
    fit = fit_logistic(np.log(gust_m_s[usable])[:, None], failed[usable], ridge=1e-6)
    if not fit.is_fitted:
        return Fragility(float("nan"), float("nan"), fit.reason)
    steepness = float(fit.slopes[0] / fit.scale[0])
    if steepness <= 0:
        return Fragility(float("nan"), float("nan"), "Failures do not rise with the gust in these records.")
    return Fragility(float(np.exp(fit.mean[0] - fit.level / steepness)), steepness)
