"""Probabilities judged by what then happened: Brier score, skill, reliability, order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True, slots=True)
class Reliability:
    """Per bin of equal width over 0 to 1; nan where no forecast fell into it."""

    count: IntArray
    forecast: FloatArray  # mean of what was said
    observed: FloatArray  # share that happened

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of said and happened, weighted by count. nan without a forecast."""
        known = self.count > 0
        if not known.any():
            return float("nan")
        distance = np.abs(self.forecast[known] - self.observed[known])
        return float(np.average(distance, weights=self.count[known]))


def brier(probability: FloatArray, happened: BoolArray) -> float:
    """Mean squared distance, 0 is best (Brier 1950). nan without a row."""
    if not len(probability):
        return float("nan")
    return float(np.mean((probability - happened) ** 2))


def skill(score: float, reference: float) -> float:
    """1 - score / reference: 0 is the reference's own, 1 perfect. nan where the reference is perfect or unknown."""
    return 1.0 - score / reference if reference > 0 else float("nan")


def reliability(probability: FloatArray, happened: BoolArray, bins: int = BINS) -> Reliability:
    """The reliability diagram's points."""
    place = np.clip((probability * bins).astype(np.int64), 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        forecast = np.bincount(place, weights=probability, minlength=bins) / count
        observed = np.bincount(place, weights=happened.astype(np.float64), minlength=bins) / count
    return Reliability(count.astype(np.int64), forecast, observed)


def area_under_curve(probability: FloatArray, happened: BoolArray) -> float:
    """Share of pairs (one that happened, one that did not) in the right order, ties half (Mann and Whitney).

    nan where all or none happened.
    """
    yes = int(happened.sum())
    no = len(happened) - yes
    if not yes or not no:
        return float("nan")
    ranks = rankdata(probability)
    return float((ranks[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def log_loss(probability: FloatArray, happened: BoolArray, least: float = 1e-6) -> float:
    """Mean negative log likelihood in nats, probabilities held `least` away from 0 and 1."""
    held = np.clip(probability, least, 1 - least)
    return float(-np.mean(np.where(happened, np.log(held), np.log1p(-held)))) if len(held) else float("nan")


def skill_interval(
    score: FloatArray, reference: FloatArray, event: IntArray, rng: np.random.Generator, draws: int = 500
) -> tuple[float, float]:
    """5 and 95 % of the skill when whole events (days, storms) are drawn anew with replacement.

    score, reference: squared distance per row; event: number of each row's event. Rows of one event fail together, so
    that drawing single rows would make the interval far too narrow. nan with fewer than two events.
    """
    _, number = np.unique(event, return_inverse=True)
    count = int(number.max()) + 1 if len(number) else 0
    if count < 2:
        return float("nan"), float("nan")
    own = np.bincount(number, weights=score, minlength=count)
    other = np.bincount(number, weights=reference, minlength=count)
    weight = rng.multinomial(count, np.full(count, 1.0 / count), size=draws)
    below = weight @ other
    found = 1.0 - (weight @ own)[below > 0] / below[below > 0]
    low, high = np.quantile(found, [0.05, 0.95]) if len(found) else (np.nan, np.nan)
    return float(low), float(high)
