"""The forecast that is issued: several models, weighed by what they earned and corrected by what they missed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.blend import EVENNESS, fit_weights, mixed
from gridops.engine.forecasting.boosting import Boosted, Recipe, fit_boosted
from gridops.engine.forecasting.calibration import Correction, fit_correction, lead_blocks
from gridops.engine.forecasting.features import Record, Rows, rows, sampled
from gridops.engine.forecasting.ridge import Linear, fit_linear

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
WEIGH_DAYS, WEIGH_HALF_DAYS = 56, 20.0
CORRECT_DAYS, CORRECT_HALF_DAYS = 60, 8.0
MOST_ROWS = 40_000  # more teach little more (docs/studies/forecasts.md)
MEMBERS = ("extra_trees_relative", "lightgbm", "extra_trees", "linear")
RECIPES = (
    Recipe(is_relative=True, leaves=16, least_rows=15, is_random=True),
    Recipe(is_relative=False),
    Recipe(is_relative=False, leaves=16, least_rows=15, is_random=True),
)


class NothingToLearn(Exception):
    pass


@dataclass(frozen=True)
class Members:
    """Fitted models and the range that the target has kept to."""

    boosted: Sequence[Boosted]
    linear: Linear
    low: float
    high: float

    def forecast(self, rows: Rows) -> FloatArray:
        """Members x rows x levels."""
        found = [one.forecast(rows) for one in self.boosted]
        return np.clip(np.stack([*found, self.linear.forecast(rows)]), self.low, self.high)


@dataclass(frozen=True)
class Combined:
    """What turns the forecasts of the members into the one that is issued."""

    weights: FloatArray
    correction: Correction

    def apply(self, forecasts: FloatArray, low: float, high: float, block: IntArray | None = None) -> FloatArray:
        """Members x rows x levels to rows x levels that do not cross. `block`: calibration.lead_blocks of the rows."""
        return np.clip(self.correction.apply(mixed(list(forecasts), self.weights), block), low, high)


@dataclass(frozen=True)
class Said:
    """What the members said of steps whose values are known now: rows, and members x rows x levels.

    `lead`: steps from the issue, where bands are to be corrected by it.
    """

    step: IntArray
    actual: FloatArray
    forecasts: FloatArray
    lead: IntArray | None = None

    def among(self, kept: npt.NDArray[np.bool_]) -> "Said":
        lead = None if self.lead is None else self.lead[kept]
        return Said(self.step[kept], self.actual[kept], self.forecasts[:, kept], lead)


def pairs(issues: IntArray, horizon: int) -> tuple[IntArray, IntArray]:
    """Rows of every issue with each of the `horizon` steps that it forecasts, the issue's own step first."""
    return np.repeat(issues, horizon), (issues[:, None] + np.arange(horizon)).ravel()


def fit_members(
    record: Record,
    issues: IntArray,
    *,
    horizon: int,
    until: int,
    levels: FloatArray,
    recipes: Sequence[Recipe] = RECIPES,
) -> Members:
    """From issues whose steps lie before `until`. Raises NothingToLearn where no row has a target and a past."""
    issue, step = pairs(issues, horizon)
    kept = step < min(until, len(record.target))
    issue, step = issue[kept], step[kept]
    known = np.flatnonzero(np.isfinite(record.target[step]))
    known = known[sampled(len(known), MOST_ROWS)]
    found = rows(record, issue[known], step[known])
    found = found.some(np.isfinite(found.base))
    if not len(found.issue):
        raise NothingToLearn("no value of the target before the test has a past before its issue")
    target = record.target[found.step]
    boosted = [fit_boosted(found, target, levels, recipe) for recipe in recipes]
    return Members(boosted, fit_linear(found, target, levels), *bounds(record.target[:until]))


def bounds(target: FloatArray) -> tuple[float, float]:
    """A tenth beyond what was seen, and never across zero where the target never was."""
    low, high = float(np.nanmin(target)), float(np.nanmax(target))
    room = 0.1 * (high - low)
    return (max(low - room, 0.0) if low >= 0 else low - room), (min(high + room, 0.0) if high <= 0 else high + room)


def fit_combination(
    said: Said, levels: FloatArray, *, weights: FloatArray | None = None, day: int, now: int
) -> Combined:
    """From forecasts issued before their values were known, the newer the more. `weights`: kept where given."""
    if weights is None:
        recent, share = _recent(said, day, now, WEIGH_DAYS, WEIGH_HALF_DAYS)
        days = len(np.unique(recent.step // day))  # few say little of who is better
        evenness = max(EVENNESS, 1 - days / WEIGH_DAYS)
        weights = fit_weights(recent.actual, list(recent.forecasts), levels, share, evenness=evenness)
    recent, share = _recent(said, day, now, CORRECT_DAYS, CORRECT_HALF_DAYS)
    block = None if recent.lead is None else lead_blocks(recent.lead, day)
    blended = mixed(list(recent.forecasts), weights)
    return Combined(weights, fit_correction(recent.actual, blended, levels, share, block))


def _recent(said: Said, day: int, now: int, days: int, half_days: float) -> tuple[Said, FloatArray]:
    age = (now - said.step) / day
    return said.among(age <= days), 0.5 ** (age[age <= days] / half_days)
