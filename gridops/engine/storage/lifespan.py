"""Years until a battery has lost so much that its life ends, on the schedule that is planned, with a band.

The schedule repeats for years after what the battery has behind it. The band holds 80 % of what is believed of the
battery (`ageing/belief.py`): spread of the model's parameters, cells made to packs, and the residual of the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import norm

from gridops.engine.storage.ageing.belief import Belief, multiplied
from gridops.engine.storage.ageing.model import AgeingModel, Damage, beyond_validity
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import DAYS_A_YEAR, FloatArray

END_OF_LIFE = 0.8
MOST_YEARS = 40.0  # a life that lasts longer is told as 'at least' this
BAND = (0.1, 0.5, 0.9)
HALVINGS = 40
SLICES = (7, 7, 5, 5)  # of the three multipliers and of the measured capacity


@dataclass(frozen=True, slots=True)
class Lifespan:
    """Of B batteries. Years are from now; MOST_YEARS means that or more."""

    years: FloatArray  # (B,) median
    low: FloatArray  # (B,) one in ten lives shorter
    high: FloatArray  # (B,) one in ten lives longer
    calendar_share: FloatArray  # (B,) of the capacity that is lost by then
    equivalent_cycles: FloatArray  # (B,) full ones a year
    resistance_growth: FloatArray  # (B,) by then, as a fraction of that when new; nan where the model has no law
    beyond: tuple[str, ...]  # what lies outside the tests that the model was made from


def nothing_yet(batteries: int) -> Damage:
    """The damage of new batteries (B,)."""
    zero = np.zeros(batteries)
    return Damage(zero, zero, zero, zero)


def yearly(damage: Damage, stress: Stress) -> Damage:
    """Damage of a trace repeated for a year."""
    return damage.scaled(DAYS_A_YEAR / stress.days, DAYS_A_YEAR / stress.days)


def years_to(model: AgeingModel, behind: Damage, a_year: Damage, loss: FloatArray | float) -> FloatArray:
    """Years (any shape) until the loss is reached: 0 where it has been, MOST_YEARS where it takes longer."""
    low = np.zeros(np.broadcast(behind.calendar, a_year.calendar, loss).shape)
    high = np.full_like(low, MOST_YEARS)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = model.loss(behind + a_year.scaled(middle, middle)).total < loss
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    gone = model.loss(behind + a_year.scaled(0.0, 0.0)).total >= loss
    return np.where(gone, 0.0, high)


def lifespan(
    model: AgeingModel,
    stress: Stress,
    beliefs: Sequence[Belief],
    *,
    behind: Damage | None = None,
    end_of_life: float = END_OF_LIFE,
) -> Lifespan:
    """Life of B batteries on the schedule of `stress`, one belief each.

    behind: (B,) damage by the model of what each has done so far; None for new ones. end_of_life: remaining capacity
    as a fraction of that when new. Errors: ValueError for an end of life outside (0, 1) or beliefs of another number.
    """
    if not 0 < end_of_life < 1:
        raise ValueError(f"end_of_life is {end_of_life:g}; it is a remaining fraction between 0 and 1, such as 0.8.")
    if len(beliefs) != stress.batteries:
        raise ValueError(f"{len(beliefs)} beliefs for {stress.batteries} batteries: give one each.")
    behind = nothing_yet(stress.batteries) if behind is None else behind
    a_year = yearly(model.damage(stress), stress)
    bands = [
        _band(model, belief, behind=_one(behind, index), a_year=_one(a_year, index), loss=1 - end_of_life)
        for index, belief in enumerate(beliefs)
    ]
    low, years, high = np.array(bands).reshape(-1, 3).T
    at_end = _expected(behind + a_year.scaled(years, years), beliefs)
    loss = model.loss(at_end)
    return Lifespan(
        years=years,
        low=low,
        high=high,
        calendar_share=loss.calendar / np.where(loss.total > 0, loss.total, 1.0),
        equivalent_cycles=stress.equivalent_cycles() * DAYS_A_YEAR / stress.days,
        resistance_growth=model.growth(at_end),
        beyond=beyond_validity(model, stress, float(years.max())),
    )


def expected_years(
    model: AgeingModel, behind: Damage, a_year: Damage, beliefs: Sequence[Belief], end_of_life: float
) -> FloatArray:
    """Years (B,) at the most probable multipliers; what policies and causes are compared by."""
    return years_to(model, _expected(behind, beliefs), _expected(a_year, beliefs), 1 - end_of_life)


def _expected(damage: Damage, beliefs: Sequence[Belief]) -> Damage:
    return multiplied(damage, np.array([belief.mean for belief in beliefs]))


def _one(damage: Damage, index: int) -> Damage:
    return Damage(
        *(
            part[index : index + 1]
            for part in (damage.calendar, damage.cycle, damage.resistance_calendar, damage.resistance_cycle)
        )
    )


def _band(model: AgeingModel, belief: Belief, *, behind: Damage, a_year: Damage, loss: float) -> FloatArray:
    """Quantiles over slices of equal probability of everything that is not known of one battery."""
    logarithms, measured = _believed(belief)
    reached = np.maximum(loss + measured, 1e-3)
    lives = years_to(model, multiplied(behind, logarithms), multiplied(a_year, logarithms), reached)
    return np.quantile(lives, BAND)


def remaining(model: AgeingModel, damage: Damage, belief: Belief) -> FloatArray:
    """Capacity of one battery, as a fraction of that when new, at the instants of its damage (T,): low, median and high
    (T, 3), as in the band of its life."""
    logarithms, measured = _believed(belief)
    of_each = multiplied(damage.shaped(-1, 1), logarithms)
    capacity = 1 - model.loss(of_each).total + measured
    return np.quantile(capacity, BAND, axis=1).T


def _believed(belief: Belief) -> tuple[FloatArray, FloatArray]:
    """Slices of equal probability: logarithms (S, 3), and how far a measured capacity is off (S,)."""
    slices = np.array(list(product(*map(_slices, SLICES))))
    root = np.linalg.cholesky(belief.covariance)
    return belief.mean + slices[:, :3] @ root.T, belief.test_sigma * slices[:, 3]


def _slices(count: int) -> FloatArray:
    """Middles of slices of equal probability of a standard normal, widened to its variance."""
    middles = norm.ppf((np.arange(count) + 0.5) / count)
    return np.asarray(middles / middles.std())
