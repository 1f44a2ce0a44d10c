"""Day-ahead bids as price-quantity curves, by optimising all scenarios at once.

Each scenario of prices gets a schedule of its own that the battery can deliver; where a step's price is higher in one
scenario than in another, at least as much is sold in it. So the schedules of a step are points of one rising curve: no
blocks, no conditions. Source: S.-E. Fleten and T. Kristoffersen, Stochastic programming for optimizing bidding
strategies of a Nordic hydropower producer, European Journal of Operational Research 181 (2007) 916.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Layout, assembled
from gridops.engine.optimization.storage.site import Site
from gridops.engine.optimization.trading.risk import LEVEL


@dataclass(frozen=True, slots=True)
class Curves:
    """A curve for each of T steps, K points each: from this price on, so much is sold (below zero: bought)."""

    price: FloatArray  # (T, K) ascending
    quantity_kw: FloatArray  # (T, K) ascending

    def accepted(self, price: FloatArray) -> FloatArray:
        """(T,) kW sold at the prices that came; below the first point what is sold at the first."""
        place = np.maximum((self.price <= price[:, None]).sum(axis=1) - 1, 0)
        return np.asarray(np.take_along_axis(self.quantity_kw, place[:, None], axis=1)[:, 0])


def bid_curves(
    battery: Batteries, prices: FloatArray, *, step_h: float, aversion: float = 0.0, level: float = LEVEL
) -> Curves:
    """The curves that are best by (1 - aversion) mean + aversion CVaR of the scenarios' profits, for one battery.

    prices: (S, T) currency per kWh. Raises ValueError for a battery that cannot keep its limits.
    """
    parts = [assembled(battery, Site.of(step_h=step_h, buy=row)) for row in prices]
    layout, width = parts[0][1], len(parts[0][0].cost)
    solved = solve(_joined([program for program, _ in parts], prices, layout, aversion, level))
    if not solved.ok:
        raise ValueError(f"No bids for the day: {solved.reason}")
    x = solved.x[: width * len(parts)].reshape(len(parts), width)
    sold = np.array([(layout.values(row, "discharge") - layout.values(row, "charge"))[0] for row in x])
    order = np.argsort(prices, axis=0, kind="stable")
    quantity = np.maximum.accumulate(np.take_along_axis(sold, order, axis=0), axis=0)  # equal prices, the solver's dust
    return Curves(np.take_along_axis(prices, order, axis=0).T, quantity.T)


def _joined(programs: list[Program], prices: FloatArray, layout: Layout, aversion: float, level: float) -> Program:
    count, width = len(programs), len(programs[0].cost)
    rows = len(programs[0].row_lower)
    data = np.concatenate([each.value for each in programs])
    column = np.concatenate([each.column + k * width for k, each in enumerate(programs)])
    start = np.concatenate([[0], *(each.row_start[1:] + k * len(each.value) for k, each in enumerate(programs))])
    whole = csr_array((data, column, start), shape=(count * rows, count * width))
    cost = np.concatenate([each.cost for each in programs])
    of_scenario = np.repeat(np.arange(count), width)
    profit = csr_array(coo_array((-cost, (of_scenario, np.arange(len(cost)))), shape=(count, len(cost))))
    rising = _rising(prices, layout, width)
    tail = hstack([profit, -np.ones((count, 1)), np.eye(count)])
    matrix = vstack([_wide(whole, 1 + count), _wide(rising, 1 + count), tail])
    return Program.of(
        cost=np.concatenate(
            [(1 - aversion) * cost / count, [-aversion], np.full(count, aversion / (1 - level) / count)]
        ),
        lower=np.concatenate([*(each.lower for each in programs), [-np.inf], np.zeros(count)]),
        upper=np.concatenate([*(each.upper for each in programs), np.full(1 + count, np.inf)]),
        matrix=csr_array(matrix),
        row_lower=np.concatenate([*(each.row_lower for each in programs), np.zeros(rising.shape[0] + count)]),
        row_upper=np.concatenate([*(each.row_upper for each in programs), np.full(rising.shape[0] + count, np.inf)]),
    )


def _wide(matrix: csr_array, more: int) -> csr_array:
    return csr_array(hstack([matrix, csr_array((matrix.shape[0], more))]))


def _rising(prices: FloatArray, layout: Layout, width: int) -> csr_array:
    """Sold in a scenario, less sold in the one with the next lower price of that step: at least zero."""
    count, steps = prices.shape
    order = np.argsort(prices, axis=0, kind="stable")
    row = np.arange((count - 1) * steps).reshape(count - 1, steps)
    entries = []
    for name, sign in (("discharge", 1.0), ("charge", -1.0)):
        for cell in layout.of(name).reshape(layout.cells, steps):
            at = order * width + cell
            entries += [(row, at[1:], sign), (row, at[:-1], -sign)]
    value = np.concatenate([np.full(row.size, sign) for _, _, sign in entries])
    place = np.concatenate([r.ravel() for r, _, _ in entries]), np.concatenate([c.ravel() for _, c, _ in entries])
    return csr_array(coo_array((value, place), shape=(row.size, count * width)))
