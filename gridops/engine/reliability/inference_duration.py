"""How long an interruption will still last: quantiles of those that lasted at least as long as this one has."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from gridops.engine.network.model import FloatArray

LEVELS = (0.1, 0.5, 0.9)
LEAST_SAMPLE = 20  # below it quantiles at a tenth say nothing


@dataclass(frozen=True, slots=True)
class StatedPrior:
    """Minutes that one in ten, one in two and nine in ten do not exceed; taken as a log-normal by its median and the
    distance of the two others."""

    p10_min: float
    p50_min: float
    p90_min: float


def of_sample(durations_min: FloatArray, elapsed_min: float) -> tuple[float, float, float] | None:
    """Whole durations in minutes at LEVELS, given that it lasts longer than what has elapsed; None: too few such."""
    left = np.asarray(durations_min, np.float64)
    left = left[np.isfinite(left) & (left > elapsed_min)]
    if len(left) < LEAST_SAMPLE:
        return None
    low, middle, high = np.quantile(left, LEVELS)
    return float(low), float(middle), float(high)


def of_prior(prior: StatedPrior, elapsed_min: float) -> tuple[float, float, float]:
    """As `of_sample`, from the stated log-normal. Raises ValueError unless 0 < p10 < p50 < p90."""
    if not 0 < prior.p10_min < prior.p50_min < prior.p90_min:
        raise ValueError("The quantiles of a prior rise, and are above 0 minutes.")
    spread = math.log(prior.p90_min / prior.p10_min) / (2 * NormalDist().inv_cdf(0.9))
    law = NormalDist(math.log(prior.p50_min), spread)
    gone = law.cdf(math.log(elapsed_min)) if elapsed_min > 0 else 0.0
    gone = min(gone, 1 - 1e-6)
    low, middle, high = (math.exp(law.inv_cdf(min(gone + level * (1 - gone), 1 - 1e-9))) for level in LEVELS)
    return max(low, elapsed_min), max(middle, elapsed_min), max(high, elapsed_min)
