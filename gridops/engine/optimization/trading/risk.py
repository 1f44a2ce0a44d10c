"""A day's plan under uncertain prices: the mean profit against that of the worst scenarios.

The conditional value at risk at level a is the mean profit of the worst 1 - a of the scenarios. Source: R. Rockafellar
and S. Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000) 21. For a price taker the mean alone
gives the plan on the mean price; only risk makes scenarios matter.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.optimization.storage.arbitrage import Day
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Layout, assembled
from gridops.engine.optimization.storage.site import Site

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class RiskPlan:
    """Currency. `scenario_profit`: (S,)."""

    day: Day
    scenario_profit: FloatArray
    mean: float
    worst: float  # mean of the worst scenarios

    @classmethod
    def of(cls, day: Day, profit: FloatArray, level: float = LEVEL) -> "RiskPlan":
        return cls(day, profit, float(profit.mean()), worst_mean(profit, level))


def worst_mean(profit: FloatArray, level: float = LEVEL) -> float:
    """Mean of the worst 1 - level of equally likely profits; the one at the edge counts in part."""
    ordered, part = np.sort(profit), (1 - level) * len(profit)
    whole = int(part)
    edge = (part - whole) * ordered[min(whole, len(ordered) - 1)]
    return float((ordered[:whole].sum() + edge) / part)


def risk_plan(
    battery: Batteries, prices: FloatArray, *, step_h: float, aversion: float, level: float = LEVEL
) -> RiskPlan:
    """The plan that is best by (1 - aversion) mean + aversion CVaR, for one battery.

    prices: (S, T) scenarios, currency per kWh. aversion: 0 looks at the mean alone, 1 at the worst alone.
    Raises ValueError for numbers out of range and for a battery that cannot keep its limits.
    """
    if not (0 <= aversion <= 1 and 0 < level < 1):
        raise ValueError("aversion and level: they lie between 0 and 1.")
    base, layout = assembled(battery, Site.of(step_h=step_h, buy=prices.mean(axis=0)))
    solved = solve(_with_tail(base, layout, battery, prices, step_h=step_h, weights=(aversion, level)))
    if not solved.ok:
        raise ValueError(f"No plan for the day: {solved.reason}")
    x = solved.x[: len(base.cost)]
    day = _netted(battery, layout.values(x, "charge")[0], layout.values(x, "discharge")[0])
    return RiskPlan.of(day, _profits(battery, day, prices, step_h), level)


def _netted(b: Batteries, charge: FloatArray, discharge: FloatArray) -> Day:
    """Charging against discharging in one step, at the same energy."""
    gained = charge * b.charge_efficiency[0] - discharge / b.discharge_efficiency[0]
    return Day(np.maximum(gained, 0.0) / b.charge_efficiency[0], np.maximum(-gained, 0.0) * b.discharge_efficiency[0])


def _profits(b: Batteries, day: Day, prices: FloatArray, step_h: float) -> FloatArray:
    wear = b.wear_charge[0] * day.charge_kw.sum() + b.wear_discharge[0] * day.discharge_kw.sum()
    return np.asarray(step_h * (prices @ (day.discharge_kw - day.charge_kw) - wear))


def _with_tail(
    base: Program, layout: Layout, b: Batteries, prices: FloatArray, *, step_h: float, weights: tuple[float, float]
) -> Program:
    """Columns besides: the profit at the edge of the tail, and how far each scenario lies below it."""
    aversion, level = weights
    count, n = len(prices), len(base.cost)
    profit = np.zeros((count, n))
    for name, sign, wear in (("charge", -1.0, b.wear_charge), ("discharge", 1.0, b.wear_discharge)):
        profit[:, layout.of(name)] = np.tile(step_h * (sign * prices - wear[0]), layout.cells)
    whole = csr_array((base.value, base.column, base.row_start), shape=(len(base.row_lower), n))
    tail = hstack([csr_array(profit), -np.ones((count, 1)), np.eye(count)])  # profit - edge + below >= 0
    matrix = vstack([hstack([whole, csr_array((whole.shape[0], 1 + count))]), tail])
    below = np.full(count, aversion / ((1 - level) * count))
    return Program.of(
        cost=np.concatenate([(1 - aversion) * -profit.mean(axis=0), [-aversion], below]),
        lower=np.concatenate([base.lower, [-np.inf], np.zeros(count)]),
        upper=np.concatenate([base.upper, np.full(1 + count, np.inf)]),
        matrix=csr_array(matrix),
        row_lower=np.concatenate([base.row_lower, np.zeros(count)]),
        row_upper=np.concatenate([base.row_upper, np.full(count, np.inf)]),
    )
