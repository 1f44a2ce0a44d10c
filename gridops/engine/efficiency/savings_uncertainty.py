"""How sure a saving is: ASHRAE Guideline 14 (2014) with the correction for days that are like the day before."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t as student

from gridops.engine.network.model import FloatArray

CONFIDENCE: Final = 0.9
DAYS_A_MONTH: Final = 30.0
# Sun and Baltazar, ASHRAE conference (2013): in place of the 1.26 of the guideline, for models of days.
_SUN: Final = (-0.00024, 0.03535, 1.00286)


@dataclass(frozen=True, slots=True)
class Residuals:
    """Of the days of the baseline. rmse_kwh a day (by degrees of freedom); autocorrelation of a day with the next."""

    days: int
    parameters: int
    rmse_kwh: float
    mean_kwh: float
    variance_kwh2: float
    autocorrelation: float

    @property
    def cvrmse(self) -> float | None:
        return self.rmse_kwh / self.mean_kwh if self.mean_kwh > 0 else None

    @property
    def independent_days(self) -> float:
        return self.days * (1 - self.autocorrelation) / (1 + self.autocorrelation)


@dataclass(frozen=True, slots=True)
class Band:
    """Half widths in kWh around the saving at `confidence`, two-sided; None with a reason where they are undefined.

    fsu_kwh: fractional savings uncertainty times the saving; ols_kwh: of the regression's own error and its noise.
    """

    confidence: float
    fsu_kwh: float | None
    ols_kwh: float | None
    reason: str


def residuals(observed_kwh: FloatArray, error_kwh: FloatArray, parameters: int) -> Residuals:
    """observed and error (model less reading), (d,) with nan where a day is not known; days in order."""
    known = np.isfinite(observed_kwh) & np.isfinite(error_kwh)
    error, seen = error_kwh[known], observed_kwh[known]
    n = len(error)
    rmse = float(np.sqrt((error**2).sum() / max(n - parameters, 1)))
    return Residuals(n, parameters, rmse, float(np.abs(seen).mean()), float(seen.var()), _autocorrelation(error))


def _autocorrelation(error: FloatArray) -> float:
    """Pearson's coefficient of each known day with the next known one; 0 where it has no meaning."""
    if len(error) < 3 or np.ptp(error[1:]) == 0 or np.ptp(error[:-1]) == 0:
        return 0.0
    return float(np.corrcoef(error[1:], error[:-1])[0, 1])


def band(of: Residuals, counterfactual_kwh: float, observed_kwh: float, days: int) -> Band:
    """Of a saving over `days` days with both sums (kWh) known."""
    reason = _undefined(of, days)
    if reason:
        return Band(CONFIDENCE, None, None, reason)
    factor = float(student.ppf(0.5 + CONFIDENCE / 2, of.days - of.parameters))
    independent = of.independent_days
    months = days / DAYS_A_MONTH
    growth = _SUN[0] * months**2 + _SUN[1] * months + _SUN[2]
    spread = np.sqrt(of.days / independent * (1 + 2 / independent) / days)
    fsu = factor * growth * of.rmse_kwh / of.mean_kwh * spread * counterfactual_kwh
    apart = (of.mean_kwh - observed_kwh / days) ** 2 / of.variance_kwh2
    model = factor * of.rmse_kwh * days / np.sqrt(of.days) * np.sqrt(1 + apart)
    noise = factor * of.rmse_kwh * np.sqrt(days * of.days / independent)
    return Band(CONFIDENCE, abs(float(fsu)), float(np.hypot(model, noise)), "")


def _undefined(of: Residuals, days: int) -> str:
    if days < 1:
        return "No day of the reporting period has a reading and a temperature."
    if of.days - of.parameters < 1 or of.mean_kwh <= 0 or of.variance_kwh2 <= 0:
        return "The baseline has too few days, or no use at all, to say how sure the saving is."
    if of.independent_days <= of.parameters + 1:
        return "The errors of the baseline hang together from day to day so much that they bound nothing."
    return ""
