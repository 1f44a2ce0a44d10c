"""What holding energy back costs: two schedules of the same store against the same prices, with and without the floor.

A linear program (HiGHS) of a store beside a net load at a connection; the difference of the two objectives is the
price spread that is forgone, losses on the way included. Powers in kW, prices in money per kWh.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from gridops.engine.microgrids.outage_trial import Store
from gridops.engine.optimization.solver import Program, solve

FloatArray = npt.NDArray[np.float64]

# Charging and discharging at once earns nothing; this settles ties.
WEAR_EUR_PER_KWH = 1e-4


@dataclass(frozen=True, slots=True)
class Trade:
    """net_load_kw, buy, sell (T,): load less what sun and wind give, and prices at the connection."""

    net_load_kw: FloatArray
    buy: FloatArray
    sell: FloatArray
    step_h: float


@dataclass(frozen=True, slots=True)
class Held:
    """cost_eur of the connection less the worth of what is left; nan with a reason where there is no schedule."""

    cost_eur: float
    energy_kwh: FloatArray  # (T,) at the ends of steps
    reason: str = ""


def schedule(store: Store, trade: Trade, *, energy_kwh: float, floor_kwh: FloatArray) -> Held:
    """floor_kwh (T,): least energy at the end of each step, as far as it can be reached from energy_kwh by then.

    What is left at the end is worth the mean price at which it can be sold or saves buying, so that neither schedule
    gains by emptying the store.
    """
    steps, hours = len(trade.buy), trade.step_h
    reach = energy_kwh + np.arange(1, steps + 1) * store.charge_kw * store.charge_efficiency * hours
    lowest = np.clip(np.minimum(floor_kwh, reach), store.least_kwh, store.capacity_kwh)
    kept = float(np.mean(trade.buy)) * store.discharge_efficiency
    cost = _cost(store, trade, kept)

    lower = np.concatenate([np.zeros(4 * steps), lowest])
    upper = np.concatenate(
        [
            np.full(steps, store.charge_kw),
            np.full(steps, store.discharge_kw),
            np.full(2 * steps, np.inf),
            np.full(steps, store.capacity_kwh),
        ]
    )
    begin = np.zeros(steps)
    begin[0] = energy_kwh
    right = np.concatenate([trade.net_load_kw, begin])
    program = Program.of(
        cost=cost, lower=lower, upper=upper, matrix=_rows(store, steps, hours), row_lower=right, row_upper=right
    )
    solved = solve(program)
    if not solved.ok:
        return Held(float("nan"), np.zeros(0), f"There is no schedule of the store: {solved.reason}")
    return Held(solved.objective + kept * energy_kwh, solved.x[4 * steps :])


def _cost(store: Store, trade: Trade, kept: float) -> FloatArray:
    """Of charge, discharge, drawn, given, energy."""
    steps, hours = len(trade.buy), trade.step_h
    wear = np.full(steps, WEAR_EUR_PER_KWH * hours)
    left = np.zeros(steps)
    left[-1] = -kept
    # Where selling pays more than buying the same step, a program without integers would do both for ever.
    sell = np.minimum(trade.sell, trade.buy)
    return np.concatenate([wear, wear, trade.buy * hours, -sell * hours, left])


def _rows(store: Store, steps: int, hours: float) -> csr_array:
    one, none = eye_array(steps), csr_array((steps, steps))
    balance = hstack([-one, one, one, -one, none])
    before = diags_array(np.ones(steps - 1), offsets=-1, shape=(steps, steps)) if steps > 1 else none
    course = hstack(
        [-one * store.charge_efficiency * hours, one * hours / store.discharge_efficiency, none, none, one - before]
    )
    return csr_array(vstack([balance, course]))


def holding_cost(store: Store, trade: Trade, *, energy_kwh: float, reserve_kwh: float, steps_held: int) -> float:
    """What it costs to hold reserve_kwh above the least charge over the first steps; nan where no schedule is found."""
    free = np.full(len(trade.buy), store.least_kwh)
    held = free.copy()
    held[:steps_held] += reserve_kwh
    without, beside = (schedule(store, trade, energy_kwh=energy_kwh, floor_kwh=floor) for floor in (free, held))
    return max(beside.cost_eur - without.cost_eur, 0.0) if np.isfinite(without.cost_eur) else float("nan")
