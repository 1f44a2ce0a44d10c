"""For how long an island could stand alone from now on, how sure that is, and what would raise it.

Monte Carlo over courses of load and sun that agree with the forecast (`readiness_paths`), the failures of generators
and what is uncertain of the charge; each played by `outage_trial.stand_alone`. Changes are played on the same draws,
so that a difference is the change's and not that of luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.microgrids.outage_trial import CLASSES, Courses, Island, Luck, Trial, stand_alone
from gridops.engine.microgrids.readiness_paths import ASSUMED, Band, Dependence, at_scores, score_paths

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEVELS = (0.1, 0.5, 0.9)
# By class: how much further than the draws said the tenth of past outages lay below and above the middle
# (split-conformal, Lei et al. 2018; docs/studies/microgrid-readiness.md). Owners believe their equipment too kindly.
STRETCH = ((1.15, 1.0), (1.10, 1.04), (1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is forecast from now on, step by step. load: a band a class; their errors go together."""

    load: tuple[Band, Band, Band]
    renewable: Band
    step_h: float
    load_errors: Dependence = ASSUMED
    renewable_errors: Dependence = ASSUMED
    correlation: float = 0.0  # of the scores of load and renewables
    load_score: float | None = None  # of what is measured now
    renewable_score: float | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """Stored now, kWh, and its standard error; that of the tanks' levels as a share of them."""

    energy_kwh: float
    sigma_kwh: float = 0.0
    fuel_sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Drawn once, played as often as asked."""

    courses: Courses
    energy_kwh: FloatArray  # (S,)
    luck: Luck
    fuel_share: FloatArray | None = None  # (S,) of what the tanks tell; None: as they tell


@dataclass(frozen=True, slots=True)
class Readiness:
    """hours, is_beyond (S, 3): of class 1, of 1 and 2, of all. unserved_kwh (3,): mean by class to the horizon."""

    hours: FloatArray
    is_beyond: BoolArray
    unserved_kwh: FloatArray
    horizon_h: float

    def quantile(self, level: float, classes: int = 1) -> float:
        """Hours that it outlasts with a probability of 1 - level; the horizon where it lies beyond."""
        return float(np.quantile(self.hours[:, classes - 1], level, method="inverted_cdf"))

    def band(self, classes: int = 1) -> tuple[float, float, float]:
        """P10, P50 and P90 as they are told: stretched about the middle by what past outages showed; hours."""
        low, middle, high = (self.quantile(level, classes) for level in LEVELS)
        below, above = STRETCH[classes - 1]
        told_low = max(middle - below * (middle - low), 0.0)
        told_high = middle + above * (high - middle)
        # What lies beyond the horizon is not known to lie nearer.
        is_open = high >= self.horizon_h - 1e-9
        return told_low, middle, self.horizon_h if is_open else min(told_high, self.horizon_h)

    def survives(self, hours: FloatArray, classes: int = 1) -> FloatArray:
        """Probability to serve the classes for so many hours, each up to the horizon."""
        own, beyond = self.hours[:, classes - 1], self.is_beyond[:, classes - 1]
        return np.asarray(((own[:, None] >= np.asarray(hours) - 1e-9) | beyond[:, None]).mean(axis=0))

    def beyond(self, classes: int = 1) -> float:
        return float(self.is_beyond[:, classes - 1].mean())


def draw(
    outlook: Outlook, charge: Charge, *, units: int, scenarios: int, steps: int, rng: np.random.Generator
) -> Scenarios:
    """steps: no more than the bands have. units: generators."""
    size = {"steps": steps, "scenarios": scenarios, "step_h": outlook.step_h, "rng": rng}
    load_score = score_paths(outlook.load_errors, now=outlook.load_score, **size)  # type: ignore[arg-type]
    own = outlook.renewable_score
    tie = float(np.clip(outlook.correlation, -0.99, 0.99))
    if own is not None:
        own = (own - tie * (outlook.load_score or 0.0)) / np.sqrt(1.0 - tie**2)
    other = score_paths(outlook.renewable_errors, now=own, **size)  # type: ignore[arg-type]
    sun_score = tie * load_score + np.sqrt(1.0 - tie**2) * other
    load = np.stack([at_scores(_first(band, steps), load_score) for band in outlook.load], axis=2)
    sun = at_scores(_first(outlook.renewable, steps), sun_score)
    energy = charge.energy_kwh + charge.sigma_kwh * rng.standard_normal(scenarios)
    luck = Luck(rng.random((steps, scenarios, units)), rng.random((steps, scenarios, units)))
    fuel = np.maximum(1.0 + charge.fuel_sigma * rng.standard_normal(scenarios), 0.0)
    return Scenarios(Courses(load, sun, outlook.step_h), energy, luck, fuel)


def _first(band: Band, steps: int) -> Band:
    return Band(band.levels, band.kw[:steps], band.least_kw, band.most_kw)


def assess(island: Island, scenarios: Scenarios) -> Readiness:
    """Every scenario played through; in hours from now, up to the horizon."""
    if scenarios.fuel_share is not None:
        fuel = island.units.fuel_kwh * scenarios.fuel_share[:, None]
        island = replace(island, units=replace(island.units, fuel_kwh=fuel))
    return read(stand_alone(island, scenarios.courses, scenarios.energy_kwh, scenarios.luck), scenarios)


def read(trial: Trial, scenarios: Scenarios) -> Readiness:
    """From hours by scenario to bands; unserved energy in kWh as the mean of the scenarios."""
    horizon = scenarios.courses.horizon_h
    return Readiness(trial.hours, trial.is_beyond, trial.unserved_kwh.mean(axis=0), horizon)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody could do now, as the island and the draws would then be."""

    name: str
    island: Island
    more_kwh: float = 0.0  # in the store
    renewable_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Gain:
    """Hours more, of the classes asked for, at P10 and P50 and in the mean to the horizon.

    `is_bound`: the horizon hides a part of the gain at P10, it is at least that.
    """

    name: str
    p10_h: float
    p50_h: float
    mean_h: float
    is_bound: bool


def gains(base: Readiness, scenarios: Scenarios, changes: Sequence[Change], *, classes: int = 1) -> tuple[Gain, ...]:
    """The greatest first. Whose P10 lies beyond the horizon already has nothing to show; all are told all the same."""
    found = [_gain(base, assess(one.island, _changed(scenarios, one)), one.name, classes) for one in changes]
    return tuple(sorted(found, key=lambda one: (-one.p10_h, -one.mean_h)))


def _changed(scenarios: Scenarios, change: Change) -> Scenarios:
    courses = scenarios.courses
    sun = courses.renewable_kw * change.renewable_factor
    energy = scenarios.energy_kwh + change.more_kwh
    return replace(scenarios, courses=Courses(courses.load_kw, sun, courses.step_h), energy_kwh=energy)


def _gain(base: Readiness, other: Readiness, name: str, classes: int) -> Gain:
    if not 1 <= classes <= CLASSES:
        raise ValueError(f"classes: {classes}; there are {CLASSES}.")
    then, now = other.band(classes), base.band(classes)
    low, middle = then[0] - now[0], then[1] - now[1]
    mean = float((other.hours[:, classes - 1] - base.hours[:, classes - 1]).mean())
    is_bound = then[0] >= other.horizon_h - 1e-9
    return Gain(name, low, middle, mean, is_bound)
