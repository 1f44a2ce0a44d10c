"""Whether another size of transformer would pay: losses and life used up against what the exchange costs."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.efficiency.ageing import NORMAL_LIFE_H, Paper, Thermal, ageing, temperatures
from gridops.engine.network.model import FloatArray

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class UnitSize:
    """A size that can be bought."""

    rated_s_kva: float
    no_load_kw: float
    load_loss_kw: float
    price_eur: float


@dataclass(frozen=True, slots=True)
class Money:
    energy_eur_per_kwh: float = 0.10
    exchange_eur: float = 2500.0  # work and outage of an exchange
    rest_value: float = 0.2  # of its price, that the old unit still brings
    life_years: float = 35.0
    interest: float = 0.04
    most_load_pu: float = 1.2  # no size is proposed that would be loaded beyond, at its peak
    hottest_c: float = 120.0  # and none that would be hotter: IEC 60076-7 for normal cyclic loading


# No-load and load losses at the limits of EU regulation 548/2014, tier 2 (A0-10 %, Ak) for three-phase oil-filled units
# to 24 kV; prices are assumptions of ours and told as such.
USUAL_SIZES = tuple(
    UnitSize(*row)
    for row in (
        (25.0, 0.063, 0.600, 3200.0),
        (50.0, 0.081, 0.750, 4000.0),
        (100.0, 0.130, 1.250, 5200.0),
        (160.0, 0.189, 1.750, 6500.0),
        (250.0, 0.270, 2.350, 8200.0),
        (315.0, 0.324, 2.800, 9400.0),
        (400.0, 0.387, 3.250, 11000.0),
        (500.0, 0.459, 3.900, 12800.0),
        (630.0, 0.540, 4.600, 15000.0),
        (800.0, 0.585, 6.000, 18000.0),
        (1000.0, 0.693, 7.600, 21500.0),
        (1250.0, 0.855, 9.500, 26000.0),
        (1600.0, 1.080, 12.000, 32000.0),
    )
)


@dataclass(frozen=True, slots=True)
class YearCost:
    rated_s_kva: float
    loss_kwh: float
    loss_eur: float
    ageing_eur: float  # life used up, at the price of a unit spread over a normal life
    peak_load_pu: float
    hottest_c: float

    @property
    def total_eur(self) -> float:
        return self.loss_eur + self.ageing_eur


@dataclass(frozen=True, slots=True)
class RightSize:
    now: YearCost
    best: YearCost | None  # None: none that may be taken is cheaper to run
    saves_eur: float  # a year
    costs_eur: float
    payback_years: float  # inf: never
    reason: str


def right_size(
    load_kva: FloatArray,
    ambient_c: FloatArray,
    *,
    unit: UnitSize,
    sizes: tuple[UnitSize, ...] = USUAL_SIZES,
    thermal: Thermal | None = None,
    paper: Paper = Paper.USUAL,
    money: Money | None = None,
) -> RightSize:
    """The neighbours of one unit, one size down and up to two up, for a course of hours; figures are of a year.

    load_kva, ambient_c: hours; gaps are left out and the rest is taken for the year. Payback is simple. A size is not
    proposed where its peak load or its hot spot would be beyond `money`'s limits.
    """
    rule, heat = money or Money(), thermal or Thermal()
    now = year_cost(load_kva, ambient_c, unit, thermal=heat, paper=paper, money=rule)
    others = [
        year_cost(load_kva, ambient_c, one, thermal=heat, paper=paper, money=rule) for one in neighbours(unit, sizes)
    ]
    price = {one.rated_s_kva: one.price_eur for one in sizes}
    fit = [one for one in others if one.peak_load_pu <= rule.most_load_pu and one.hottest_c <= rule.hottest_c]
    if not np.isfinite(now.total_eur):
        return RightSize(now, None, 0.0, 0.0, np.inf, "Its loading is not known.")
    if not fit:
        return RightSize(now, None, 0.0, 0.0, np.inf, "No neighbouring size may carry the peak that it had.")
    costs = {one.rated_s_kva: _exchange_eur(price[one.rated_s_kva], unit, rule) for one in fit}
    best = min(fit, key=lambda one: one.total_eur + costs[one.rated_s_kva] * _annuity(rule))
    saves, cost = now.total_eur - best.total_eur, costs[best.rated_s_kva]
    if saves <= 0:
        return RightSize(now, None, 0.0, 0.0, np.inf, "No neighbouring size loses or ages less.")
    payback = cost / saves if cost > 0 else 0.0
    return RightSize(now, best, saves, cost, payback, _reason(unit, best, payback, now, rule))


def neighbours(unit: UnitSize, sizes: tuple[UnitSize, ...]) -> tuple[UnitSize, ...]:
    """The next smaller size and the two next larger ones, as far as there are any; sizes in kVA."""
    ordered = sorted(sizes, key=lambda one: one.rated_s_kva)
    below = [one for one in ordered if one.rated_s_kva < 0.99 * unit.rated_s_kva]
    above = [one for one in ordered if one.rated_s_kva > 1.01 * unit.rated_s_kva]
    return tuple([*below[-1:], *above[:2]])


def year_cost(
    load_kva: FloatArray, ambient_c: FloatArray, unit: UnitSize, *, thermal: Thermal, paper: Paper, money: Money
) -> YearCost:
    """What a unit would lose and age in a year with this course. nan where the course is not known at all."""
    load = load_kva / unit.rated_s_kva
    known = np.isfinite(load)
    if not known.any():
        return YearCost(unit.rated_s_kva, np.nan, np.nan, np.nan, np.nan, np.nan)
    per_hour = unit.no_load_kw + unit.load_loss_kw * float(np.mean(load[known] ** 2))
    aged = ageing(load, temperatures(load, ambient_c, thermal).hot_spot_c, paper=paper)
    loss = HOURS_PER_YEAR * per_hour
    worn = aged.relative * HOURS_PER_YEAR / NORMAL_LIFE_H * unit.price_eur
    return YearCost(
        unit.rated_s_kva, loss, money.energy_eur_per_kwh * loss, worn, float(load[known].max()), aged.hottest_c
    )


def _exchange_eur(price_eur: float, unit: UnitSize, money: Money) -> float:
    return price_eur + money.exchange_eur - money.rest_value * unit.price_eur


def _annuity(money: Money) -> float:
    return float(money.interest / (1.0 - (1.0 + money.interest) ** -money.life_years))


def _reason(unit: UnitSize, best: YearCost, payback_years: float, now: YearCost, money: Money) -> str:
    way = "larger" if best.rated_s_kva > unit.rated_s_kva else "smaller"
    worth = "it pays back" if payback_years <= money.life_years else "it does not pay back"
    return (
        f"At a peak of {now.peak_load_pu:.0%} a {way} unit of {best.rated_s_kva:.0f} kVA would lose "
        f"{now.loss_kwh - best.loss_kwh:+.0f} kWh less a year; {worth} within {money.life_years:.0f} years."
    )
