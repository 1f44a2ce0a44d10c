"""Gentler ways to run a plant: the same days planned again, and what the batteries live and earn by it."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.storage.adapters.bounds import unrestrained
from apps.storage.adapters.lifespan import Duty, life_of, seen
from apps.storage.adapters.limits import Limits
from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H, Ahead, Told, planned
from apps.storage.choices import PlanOutcome
from apps.storage.models import StoragePlant
from gridops.engine.storage.arrays import DAYS_A_YEAR
from gridops.engine.storage.causes import Bargain, Policy, bargains

NOW = "now"
NARROWER = 0.1  # at either end of the window
SLOWER = 0.5  # of the power
DEARER = 3.0  # times the wear price
KWH_A_MWH = 1000.0


@dataclass(frozen=True, slots=True)
class Way:
    """`plant` is a copy that is never saved."""

    name: str
    words: str
    plant: StoragePlant
    power: float = 1.0  # share


@dataclass(frozen=True, slots=True)
class PricedDay:
    buy: FloatArray
    sell: FloatArray


@dataclass(frozen=True, slots=True)
class Money:
    """Of new batteries."""

    replacement: float
    discount_rate: float


@dataclass(frozen=True, slots=True)
class _Run:
    """One way over all days."""

    way: Way
    power_kw: FloatArray
    soc: FloatArray  # at the edges
    buy: FloatArray
    sell: FloatArray

    @property
    def a_year(self) -> float:
        return DAYS_A_YEAR / (len(self.power_kw) * STEP_H / 24)

    def charged_kwh(self) -> float:
        """A year, at the meter."""
        return self._sum(np.maximum(self.power_kw, 0.0))

    def discharged_kwh(self) -> float:
        return self._sum(np.maximum(-self.power_kw, 0.0))

    def paid(self) -> float:
        """Money a year."""
        return self._sum(self.buy * np.maximum(self.power_kw, 0.0))

    def received(self) -> float:
        return self._sum(self.sell * np.maximum(-self.power_kw, 0.0))

    def _sum(self, each: FloatArray) -> float:
        return float(self.a_year * STEP_H * each.sum())


def ways(plant: StoragePlant, wear_per_kwh: float | None) -> list[Way]:
    """The one in force first. wear_per_kwh: what the life on this schedule makes of the cost of batteries, if known."""
    low, high = _narrowed(plant)
    window = {"least_soc": low, "most_soc": high}
    once = {"most_cycles_a_day": min(1.0, plant.most_cycles_a_day or 1.0)}
    dearer = {"wear_per_kwh": max(DEARER * plant.wear_per_kwh, wear_per_kwh or 0.0)}
    found = [
        Way(NOW, "As it is planned now", plant),
        Way("window", f"Charge kept between {low:.0%} and {high:.0%}", _with(plant, **window)),
        Way("rate", f"At most {SLOWER:.0%} of the power", plant, SLOWER),
        Way("cycles", "At most one cycle a day", _with(plant, **once)),
    ]
    if dearer["wear_per_kwh"] > plant.wear_per_kwh:
        words = f"Wear priced at {dearer['wear_per_kwh']:.3f} a kWh, not {plant.wear_per_kwh:.3f}"
        found.append(Way("wear", words, _with(plant, **dearer)))
    return [*found, Way("all", "All of these together", _with(plant, **window, **once, **dearer), SLOWER)]


def _narrowed(plant: StoragePlant) -> tuple[float, float]:
    """A planned day begins and ends at the resting charge, which stays inside."""
    low = min(plant.least_soc + NARROWER, plant.resting_soc)
    return low, max(plant.most_soc - NARROWER, plant.resting_soc)


def _with(plant: StoragePlant, **values: float) -> StoragePlant:
    other = copy(plant)
    for name, value in values.items():
        setattr(other, name, value)
    return other


def compared(
    one: Duty,
    plant: StoragePlant,
    limits: Limits,
    days: Sequence[PricedDay],
    *,
    around_c: float,
    wear: float | None,
    money: Money | None,
) -> tuple[list[dict[str, Any]], int]:
    """A document of each way, and over how many of the days: those that could be planned by every way."""
    found = ways(plant, wear)
    told = [[_planned(way, limits, day) for day in days] for way in found]
    kept = [n for n in range(len(days)) if all(plans[n].outcome is PlanOutcome.PLANNED for plans in told)]
    if not kept:
        return [], 0
    runs = [
        _run(way, [plans[n] for n in kept], [days[n] for n in kept]) for way, plans in zip(found, told, strict=True)
    ]
    return _documents(one, runs, around_c, money), len(kept)


def _planned(way: Way, limits: Limits, day: PricedDay) -> Told:
    """By prices that were known, from the resting charge to the resting charge."""
    plant, free = way.plant, unrestrained(way.plant)
    now = replace(free, charge_kw=way.power * free.charge_kw, discharge_kw=way.power * free.discharge_kw)
    draw, give = (
        np.full(len(day.buy), np.inf if most is None else most) for most in (plant.import_kw, plant.export_kw)
    )
    rest = plant.resting_soc
    return planned(plant, limits, now, Ahead(day.buy, day.sell, draw, give, rest, 0.0, rest, final_at_least=False))


def _run(way: Way, plans: Sequence[Told], days: Sequence[PricedDay]) -> _Run:
    soc = np.r_[way.plant.resting_soc, *(one.soc for one in plans)]
    buy, sell = (np.concatenate([getattr(day, side) for day in days]) for side in ("buy", "sell"))
    return _Run(way, np.concatenate([one.power_kw for one in plans]), np.clip(soc, 0.0, 1.0), buy, sell)


def _documents(one: Duty, runs: Sequence[_Run], around_c: float, money: Money | None) -> list[dict[str, Any]]:
    nothing = np.full(len(runs[0].power_kw), np.nan)
    duties = [replace(one, ahead=seen(run.soc, nothing, around_c)) for run in runs]
    each = [Policy(duty.ahead, np.array([run.received() - run.paid()])) for duty, run in zip(duties, runs, strict=True)]
    against = bargains(
        one.model,
        each[0],
        {run.way.name: policy for run, policy in zip(runs, each, strict=True)},
        [one.belief],
        replacement=money.replacement if money else 0.0,
        discount_rate=money.discount_rate if money else 0.0,
        behind=one.behind,
        end_of_life=one.end_of_life,
    )
    return [
        _document(run, duty, against[run.way.name], has_money=money is not None)
        for run, duty in zip(runs, duties, strict=True)
    ]


def _document(run: _Run, duty: Duty, bargain: Bargain, *, has_money: bool) -> dict[str, Any]:
    life = life_of(duty)
    paid, received, charged, discharged = run.paid(), run.received(), run.charged_kwh(), run.discharged_kwh()
    return {
        "name": run.way.name,
        "words": run.way.words,
        "years": float(life.years[0]),
        "low": float(life.low[0]),
        "high": float(life.high[0]),
        "years_gained": float(bargain.years_gained[0]),
        "cycles_a_year": float(life.equivalent_cycles[0]),
        "mean_soc": float(run.soc.mean()),
        "earned_a_year": received - paid,
        "lost_a_year": float(bargain.earnings_lost[0]),
        "saved_a_year": float(bargain.replacement_saved[0]) if has_money else None,
        "worth_a_year": float(bargain.worth[0]) if has_money else None,
        "discharged_mwh_a_year": discharged / KWH_A_MWH,
        "charge_price_per_mwh": KWH_A_MWH * paid / charged if charged else None,
        "discharge_price_per_mwh": KWH_A_MWH * received / discharged if discharged else None,
    }
