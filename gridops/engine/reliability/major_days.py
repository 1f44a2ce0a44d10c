"""Major-event days by the 2.5-beta method of IEEE Std 1366 (clause 5 and annex B)."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray

BETAS = 2.5
FIT_YEARS = 5
# The method asks for the standard deviation of a sample; annex B names no divisor. We divide by n - 1.
DDOF = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    alpha: float  # mean of the logarithms of daily SAIDI, minutes
    beta: float  # their standard deviation
    tmed_min: float  # a day above this is a major-event day; inf where nothing can be fitted
    days: int  # with a SAIDI above zero, that it is fitted on
    reason: str  # empty if fitted


def threshold(daily_saidi_min: FloatArray) -> Threshold:
    """T_MED = exp(alpha + 2.5 beta) from the daily SAIDI of (ideally) the five years before, natural logarithms.

    daily_saidi_min: (days,), minutes, all events with none taken out; days without an interruption are dropped.
    Fewer than two days give a threshold that no day exceeds, and a reason.
    """
    some = np.asarray(daily_saidi_min, np.float64)
    some = some[np.isfinite(some) & (some > 0)]
    if len(some) < 2:
        words = "There are fewer than two days with interruptions to fit a threshold on: no day counts as major."
        return Threshold(np.nan, np.nan, np.inf, len(some), words)
    logs = np.log(some)
    alpha, beta = float(logs.mean()), float(logs.std(ddof=DDOF))
    return Threshold(alpha, beta, tmed_min(alpha, beta), len(some), "")


def tmed_min(alpha: float, beta: float) -> float:
    """Minutes of SAIDI a day; alpha and beta of the natural logarithms."""
    return float(np.exp(alpha + BETAS * beta))


def is_major(daily_saidi_min: FloatArray, tmed: float) -> BoolArray:
    """(days,) strictly above the threshold, which is of the years before these days."""
    return np.asarray(daily_saidi_min > tmed, np.bool_)
