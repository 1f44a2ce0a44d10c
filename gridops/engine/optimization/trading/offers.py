"""Day-ahead offers of volumes that are not known: curves that are best over scenarios of volume, price and imbalance.

What is sold and not given is bought back above the price of the day ahead, what is given and not sold earns less than
it. What an imbalance may gain is left out: nobody is long or short on purpose. Without aversion each step is sold at
the quantile long / (short + long) of its volume, as a newsvendor would. Source: P. Pinson, C. Chevallier and
G. Kariniotakis, Trading wind generation from short-term probabilistic forecasts of wind power, IEEE Transactions on
Power Systems 22 (2007) 1148.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.optimization.trading.bids import Curves
from gridops.engine.optimization.trading.days import Index
from gridops.engine.optimization.trading.risk import LEVEL

POINTS = 4  # of a curve: prices are told apart by quartiles
_DUST_KW = 0.5


@dataclass(frozen=True, slots=True)
class Futures:
    """S scenarios of T steps. Currency per kWh; `short` and `long`, not negative: what a kWh too little costs
    above the price, and what a kWh too much loses below it."""

    volume_kw: FloatArray
    price: FloatArray
    short: FloatArray
    long: FloatArray

    def profits(self, sold_kw: FloatArray, step_h: float) -> FloatArray:
        """(S,) of what is sold, (S, T), with its imbalance."""
        missing = np.maximum(sold_kw - self.volume_kw, 0.0)
        beyond = np.maximum(self.volume_kw - sold_kw, 0.0)
        money = self.price * self.volume_kw - self.short * missing - self.long * beyond
        return np.asarray(step_h * money.sum(axis=1))


def offer_curves(
    futures: Futures, *, step_h: float, aversion: float = 0.0, level: float = LEVEL, points: int = POINTS
) -> Curves:
    """The curves that are best by (1 - aversion) mean + aversion CVaR of the scenarios' profits.

    A step's quantity may depend on its price alone, by `points` classes of equally many scenarios. Raises ValueError
    for numbers out of range.
    """
    if not (0 <= aversion <= 1 and 0 < level < 1 and points >= 1):
        raise ValueError("aversion and level: they lie between 0 and 1; points: at least one.")
    if (futures.short < 0).any() or (futures.long < 0).any():
        raise ValueError("short and long: what an imbalance costs is not below zero.")
    points = min(points, len(futures.price))
    group = _classes(futures.price, points)
    solved = solve(_program(futures, group, step_h, aversion, level))
    if not solved.ok:
        raise ValueError(f"No offers for the day: {solved.reason}")
    steps = futures.price.shape[1]
    quantity = solved.x[: steps * points].reshape(steps, points)
    begins = np.array([[futures.price[group[:, t] == k, t].min() for k in range(points)] for t in range(steps)])
    return Curves(begins, np.maximum.accumulate(quantity, axis=1))


def _classes(price: FloatArray, points: int) -> Index:
    """(S, T) which class of prices each is in, 0 the lowest."""
    place = np.argsort(np.argsort(price, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(place * points // len(price))


def _program(f: Futures, group: Index, step_h: float, aversion: float, level: float) -> Program:
    """Columns: quantities (T, K), missing (S, T), beyond (S, T), the edge of the tail, how far each lies below it."""
    count, steps = f.price.shape
    points = int(group.max()) + 1
    sold, cells = steps * points, count * steps
    width = sold + 2 * cells + 1 + count
    cell = np.arange(cells)
    scenario, step = cell // steps, cell % steps
    of_cell, missing, beyond = step * points + group.ravel(), sold + cell, sold + cells + cell
    edge, below = sold + 2 * cells, sold + 2 * cells + 1 + np.arange(count)
    one = np.ones(cells)
    balance = _matrix(cells, width, (cell, of_cell, one), (cell, missing, -one), (cell, beyond, one))
    rising = _rising(steps, points, width)
    lost = step_h * np.concatenate([f.short.ravel(), f.long.ravel()])
    profit_column = np.concatenate([missing, beyond])
    each = np.arange(count)
    tail = _matrix(
        count,
        width,
        (np.concatenate([scenario, scenario]), profit_column, -lost),
        (each, np.full(count, edge), -np.ones(count)),
        (each, below, np.ones(count)),
    )
    earned = step_h * (f.price * f.volume_kw).sum(axis=1)
    cost = np.zeros(width)
    cost[profit_column] = (1 - aversion) * lost / count
    cost[edge], cost[below] = -aversion, aversion / ((1 - level) * count)
    most = f.volume_kw.max(axis=0)
    lower, upper = np.zeros(width), np.full(width, np.inf)
    lower[edge], upper[:sold] = -np.inf, np.repeat(most, points)
    free = np.full(rising.shape[0], np.inf)
    return Program.of(
        cost=cost,
        lower=np.where(np.arange(width) < sold, np.minimum(lower, upper), lower),
        upper=upper,
        matrix=csr_array(_stacked(balance, rising, tail)),
        row_lower=np.concatenate([f.volume_kw.ravel(), np.zeros(len(free)), -earned]),
        row_upper=np.concatenate([f.volume_kw.ravel(), free, np.full(count, np.inf)]),
    )


def _rising(steps: int, points: int, width: int) -> coo_array:
    """A dearer class sells no less."""
    row = np.arange(steps * (points - 1))
    first = row // max(points - 1, 1) * points + row % max(points - 1, 1)
    return _matrix(len(row), width, (row, first + 1, np.ones(len(row))), (row, first, -np.ones(len(row))))


def _matrix(rows: int, width: int, *parts: tuple[Index, Index, FloatArray]) -> coo_array:
    row, column, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    return coo_array((value, (row, column)), shape=(rows, width))


def _stacked(*blocks: coo_array) -> coo_array:
    offsets = np.cumsum([0, *(block.shape[0] for block in blocks)])
    row = np.concatenate([block.row + offset for block, offset in zip(blocks, offsets, strict=False)])
    column, value = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("col", "data"))
    return coo_array((value, (row, column)), shape=(int(offsets[-1]), blocks[0].shape[1]))


def at_price(curves: Curves, step: int, price: FloatArray) -> FloatArray:
    """kW that a step's curve sells at each of the prices."""
    place = np.maximum(np.searchsorted(curves.price[step], price, side="right") - 1, 0)
    return np.asarray(curves.quantity_kw[step][place])


def summed(curves: Sequence[Curves], step: int, *, most_points: int) -> tuple[FloatArray, FloatArray]:
    """Prices and kW of one step of all curves together, without steps of less than half a kW; of more points than a
    market takes those with the smallest steps go."""
    price = np.unique(np.concatenate([each.price[step] for each in curves]))
    total = np.sum([at_price(each, step, price) for each in curves], axis=0)
    keep = np.concatenate([[True], np.abs(np.diff(total)) > _DUST_KW])
    price, total = price[keep], total[keep]
    while len(price) > most_points:
        gone = 1 + int(np.diff(total).argmin())
        price, total = np.delete(price, gone), np.delete(total, gone)
    return price, total
