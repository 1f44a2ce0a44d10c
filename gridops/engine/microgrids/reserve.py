"""Energy to hold for an outage that may come: where holding more costs more than it saves of lost load.

For amounts of reserve from none to all, the expected cost of lost load (an outage at a drawn hour, for a drawn
duration, with the store at its floor when it begins: the schedule may use all that is not held) is added to the cost
of holding. Newsvendor's reasoning, with the island played instead of a formula.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.microgrids.outage_trial import CLASSES, Courses, Island, Luck, stand_alone
from gridops.engine.microgrids.readiness import Scenarios

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WORTH_IT_EUR = 0.01  # less saved than this is no reason to hold more


@dataclass(frozen=True, slots=True)
class OutageRisk:
    """per_h (H,): expected outages that begin in each hour ahead. duration_h (N,): equally likely durations."""

    per_h: FloatArray
    duration_h: FloatArray

    @property
    def probability(self) -> float:
        """Of at least one in all the hours."""
        return float(-np.expm1(-self.per_h.sum()))


@dataclass(frozen=True, slots=True)
class Candidate:
    """reserve_kwh: usable energy above the least charge. holding_eur is nan where no price is known."""

    reserve_kwh: float
    lost_eur: float  # expected over the window, outage or not
    lost_if_outage_kwh: FloatArray  # (3,) by class, mean of the outages drawn
    holding_eur: float

    @property
    def total_eur(self) -> float:
        return self.lost_eur + (self.holding_eur if np.isfinite(self.holding_eur) else 0.0)


@dataclass(frozen=True, slots=True)
class ReserveChoice:
    chosen: Candidate
    candidates: tuple[Candidate, ...]  # by rising reserve
    probability: float
    is_priced: bool  # whether the cost of holding was known


def choose_reserve(
    island: Island,
    scenarios: Scenarios,
    risk: OutageRisk,
    *,
    value_eur_per_kwh: FloatArray,
    holding_eur: Callable[[float], float],
    amounts: int,
    rng: np.random.Generator,
) -> ReserveChoice:
    """value_eur_per_kwh (3,): of lost load by class. holding_eur: of an amount in kWh, nan where no price is known.

    Of amounts that come to the same, the least. Without any risk nothing is held.
    """
    grid = np.linspace(0.0, island.store.usable_kwh, amounts)
    outages = _outages(scenarios, risk, rng)
    value = np.asarray(value_eur_per_kwh)
    found = []
    for amount in grid:
        lost = _lost_kwh(island, outages, float(amount))
        expected = risk.probability * float(lost @ value)
        found.append(Candidate(float(amount), expected, lost, holding_eur(float(amount))))
    best = found[0]
    for one in found[1:]:
        if one.total_eur < best.total_eur - WORTH_IT_EUR:
            best = one
    return ReserveChoice(best, tuple(found), risk.probability, all(np.isfinite(one.holding_eur) for one in found))


@dataclass(frozen=True, slots=True)
class _Outages:
    courses: Courses
    luck: Luck
    lasts: FloatArray  # (T, S): the part of each step that lies within the outage


def _outages(scenarios: Scenarios, risk: OutageRisk, rng: np.random.Generator) -> _Outages:
    """One outage a scenario, from the course of its own hour on. Courses that end are held at their last day."""
    courses, hours = scenarios.courses, scenarios.courses.step_h
    count = courses.load_kw.shape[1]
    chance = risk.per_h / max(float(risk.per_h.sum()), 1e-300)
    whole = chance if chance.sum() > 0 else np.full(len(chance), 1.0 / len(chance))
    begin = np.round(rng.choice(len(whole), size=count, p=whole / whole.sum()) / hours).astype(np.int64)
    duration = rng.choice(risk.duration_h, size=count)
    steps = max(int(np.ceil(duration.max() / hours)), 1)
    place = _wrapped(begin[None, :] + np.arange(steps)[:, None], len(courses.load_kw), round(24.0 / hours))
    column = np.arange(count)[None, :]
    lasts = np.clip(duration[None, :] / hours - np.arange(steps)[:, None], 0.0, 1.0)
    units = scenarios.luck.start.shape[2]
    luck = Luck(rng.random((steps, count, units)), rng.random((steps, count, units)))
    # After its end an outage asks for nothing.
    load = courses.load_kw[place, column] * lasts[:, :, None]
    return _Outages(Courses(load, courses.renewable_kw[place, column], hours), luck, lasts)


def _wrapped(place: IntArray, steps: int, day: int) -> IntArray:
    over = np.maximum(place - (steps - 1), 0)
    back = -(-over // day) * day
    return np.asarray(np.clip(place - back, 0, steps - 1), np.int64)


def _lost_kwh(island: Island, outages: _Outages, reserve_kwh: float) -> FloatArray:
    energy = np.full(outages.lasts.shape[1], island.store.least_kwh + reserve_kwh)
    lost = stand_alone(island, outages.courses, energy, outages.luck).unserved_kwh.mean(axis=0)
    return np.asarray(lost[:CLASSES])
