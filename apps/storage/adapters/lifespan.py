"""A plant's course and its capacity tests to the engine's lifespan, and back as what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.warmth import filled
from apps.storage.choices import STEP
from gridops.engine.storage.ageing.belief import TEST_SIGMA, Belief, CapacityTests, fit, prior
from gridops.engine.storage.ageing.model import AgeingModel, Damage
from gridops.engine.storage.ageing.models import MODELS
from gridops.engine.storage.ageing.stress import Stress, Trace, stress
from gridops.engine.storage.causes import causes
from gridops.engine.storage.lifespan import END_OF_LIFE, MOST_YEARS, Lifespan, lifespan, remaining, yearly
from gridops.engine.storage.wear import wear_price

__all__ = ["END_OF_LIFE", "MODELS", "MOST_YEARS", "Duty", "Tested", "Worn", "duty", "fields_of", "multipliers", "seen"]

FAN_POINTS = 80
BEYOND = 1.05  # of the longest life, that a fan reaches


@dataclass(frozen=True, slots=True)
class Tested:
    """Of n tests: years since the batteries went into service, and capacities as fractions of that when new."""

    age: FloatArray
    capacity: FloatArray
    sigma: FloatArray


@dataclass(frozen=True, slots=True)
class Duty:
    """What is ahead, repeated for years; what is behind of the same battery; and how far it is known."""

    model: AgeingModel
    ahead: Stress
    past_year: Damage
    age: float  # years
    belief: Belief
    end_of_life: float

    @property
    def behind(self) -> Damage:
        return self.past_year.scaled(self.age, self.age)


@dataclass(frozen=True, slots=True)
class Worn:
    """Money for new batteries."""

    per_kwh: float
    energy_kwh: float


def seen(soc: FloatArray, temperature_c: FloatArray, around_c: float) -> Stress:
    trace = Trace(soc[None, :], filled(soc, temperature_c, around_c)[None, :], STEP.total_seconds())
    return stress(trace)


def duty(model: AgeingModel, *, ahead: Stress, past: Stress, age: float, tested: Tested, end_of_life: float) -> Duty:
    """Raises ValueError for tests of nonsense."""
    past_year = yearly(model.damage(past), past)
    return Duty(model, ahead, past_year, age, _belief(model, past_year, tested), end_of_life)


def _belief(model: AgeingModel, past_year: Damage, tested: Tested) -> Belief:
    if not len(tested.age):
        return prior(model)
    sigma = max(float(np.sqrt(np.mean(tested.sigma**2))), TEST_SIGMA / 10)
    return fit(model, CapacityTests(tested.capacity, past_year.scaled(tested.age, tested.age), sigma))


def life_of(one: Duty) -> Lifespan:
    return lifespan(one.model, one.ahead, [one.belief], behind=one.behind, end_of_life=one.end_of_life)


def fields_of(one: Duty, tested: Tested, worn: Worn | None) -> dict[str, Any]:
    """Of the stored run."""
    life = life_of(one)
    before = prior(one.model)
    untested = lifespan(one.model, one.ahead, [before], behind=one.behind, end_of_life=one.end_of_life)
    fan = _fan(one, float(life.high[0]))
    return {
        "law": one.model.name,
        "end_of_life": one.end_of_life,
        "years": float(life.years[0]),
        "low": float(life.low[0]),
        "high": float(life.high[0]),
        "untested_years": float(untested.years[0]),
        "capacity_now": float(remaining(one.model, one.behind, one.belief)[0, 1]),
        "calendar_share": float(life.calendar_share[0]),
        "cycles_a_year": float(life.equivalent_cycles[0]),
        "resistance_growth": _maybe(float(life.resistance_growth[0])),
        "wear_per_kwh": _wear(one, worn),
        "test_count": len(tested.age),
        "fan": fan,
        "causes": _causes(one),
        "tests": _tests(one, before, tested),
        "beyond": list(life.beyond),
    }


def _fan(one: Duty, longest: float) -> dict[str, list[float]]:
    ahead = min(max(longest * BEYOND, 1.0), MOST_YEARS)
    years = np.unique(np.r_[np.linspace(-one.age, ahead, FAN_POINTS), 0.0])
    a_year = yearly(one.model.damage(one.ahead), one.ahead)
    ran, runs = np.minimum(years + one.age, one.age), np.maximum(years, 0.0)
    capacity = remaining(one.model, one.past_year.scaled(ran, ran) + a_year.scaled(runs, runs), one.belief)
    low, median, high = (_rounded(column) for column in capacity.T)
    return {"years": _rounded(years), "low": low, "median": median, "high": high}


def _causes(one: Duty) -> list[dict[str, Any]]:
    found = causes(one.model, one.ahead, [one.belief], behind=one.behind, end_of_life=one.end_of_life)
    return [{"name": cause.name, "words": cause.words, "years": float(cause.years_gained[0])} for cause in found]


def _tests(one: Duty, before: Belief, tested: Tested) -> list[dict[str, float]]:
    if not len(tested.age):
        return []
    damage = one.past_year.scaled(tested.age, tested.age)
    guessed, fitted = (remaining(one.model, damage, belief)[:, 1] for belief in (before, one.belief))
    columns = (tested.age - one.age, tested.capacity, tested.sigma, guessed, fitted)
    names = ("years", "capacity", "sigma", "untested", "fitted")
    return [dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)]


def _wear(one: Duty, worn: Worn | None) -> float | None:
    if worn is None:
        return None
    price = wear_price(
        one.model,
        one.ahead,
        [one.belief],
        replacement=np.array([worn.per_kwh * worn.energy_kwh]),
        energy_kwh=np.array([worn.energy_kwh]),
        behind=one.behind,
        end_of_life=one.end_of_life,
    )
    return float(price[0])


def multipliers(belief: Belief) -> dict[str, float]:
    """Of the damage of the model of the cell."""
    calendar, cycle, pack = np.exp(belief.mean)
    return {"calendar": float(calendar * pack), "cycles": float(cycle * pack)}


def _maybe(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _rounded(values: Sequence[float] | FloatArray) -> list[float]:
    return [round(float(value), 5) for value in values]
