"""Failure by age: Weibull, with assets that were old already when the records began (left truncation).

An asset that failed before the records began is in no register. Whoever ignores that sees only the sturdy old ones,
and takes them for young ones that did not fail.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Weibull:
    """Survival to age t: exp(-(t / scale)^shape); nan and a reason where it cannot be fitted."""

    shape: float
    scale_years: float
    failures: int
    reason: str = ""

    def hazard_per_year(self, age_years: FloatArray) -> FloatArray:
        """Failures a year of those that reached the age."""
        age = np.maximum(age_years, 1e-3)
        return np.asarray(self.shape / self.scale_years * (age / self.scale_years) ** (self.shape - 1), np.float64)

    def risk(self, age_years: FloatArray, years: float) -> FloatArray:
        """Probability that one of that age fails within the years to come."""
        now = np.maximum(age_years, 0.0) / self.scale_years
        then = (np.maximum(age_years, 0.0) + years) / self.scale_years
        return np.asarray(-np.expm1(now**self.shape - then**self.shape), np.float64)


def fit_weibull(entry_years: FloatArray, exit_years: FloatArray, failed: BoolArray) -> Weibull:
    """entry: age when the records began (0 for newer ones); exit > entry: age at failure or at the end of the records.

    Maximum likelihood, conditional on having reached the entry. Fewer failures than 10, or no optimum: the reason.
    """
    failures = int(failed.sum())
    if failures < LEAST_FAILURES:
        return Weibull(
            float("nan"), float("nan"), failures, f"{failures} failures with an age, {LEAST_FAILURES} are needed"
        )
    entry, leave = np.maximum(entry_years, 0.0), np.maximum(exit_years, 1e-6)

    def negative(at: FloatArray) -> float:
        shape, scale = np.exp(at)
        lived = (leave / scale) ** shape - (entry / scale) ** shape
        density = np.log(shape / scale) + (shape - 1) * np.log(leave[failed] / scale)
        return float(lived.sum() - density.sum())

    start = np.log([2.0, max(float(np.mean(leave)) * 2, 1.0)])
    found = minimize(negative, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 4000})
    if not found.success:
        return Weibull(float("nan"), float("nan"), failures, "The fit of the ages did not settle.")
    shape, scale = np.exp(found.x)
    return Weibull(float(shape), float(scale), failures)
