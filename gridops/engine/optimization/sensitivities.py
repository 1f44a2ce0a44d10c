"""How much a kW at each bus relieves each voltage and each branch, and what relief is worth.

Rows come from the adjoint of the Jacobian: one solution for each quantity, whatever the number of buses. Prices are the
duals of a linear program: what the last offer that is needed costs.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.point import KW_PER_PU, Point, branch_loading
from gridops.engine.optimization.solver import Program, Solved, solve

MOST_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Rows:
    """Derivatives by the power into each live bus: (quantities, live buses)."""

    by_kw: FloatArray
    by_kvar: FloatArray


def voltage_rows(point: Point, buses: IntArray) -> Rows:
    """pu of the magnitude at these live buses, for a kW and for a kvar into each bus."""
    n = point.compiled.n_buses
    gradient = np.zeros((2 * n, len(buses)))
    gradient[n + buses, np.arange(len(buses))] = np.abs(point.voltage[buses])
    return _rows(point, gradient)


def loading_rows(point: Point, branches: IntArray, turned: FloatArray | None = None) -> Rows:
    """Loading, as a fraction of the rating, of these live branches (lines, then transformers): of the heavier end.

    turned: radians for each branch. Of the current's part in a direction so far from its own: that is the loading times
    the cosine now, and never more than the loading, however the current turns.
    """
    n, heavier = point.compiled.n_buses, heavier_ends(point)[branches]
    gradient = np.zeros((2 * n, len(branches)))
    own, other = point.ends.bus[heavier], point.ends.other[heavier]
    near = point.ends.y_self[heavier] * point.voltage[own]
    far = point.ends.y_mutual[heavier] * point.voltage[other]
    size = np.maximum(np.abs(near + far), 1e-12)
    share = branch_loading(point)[branches] / size
    turn = np.conj(near + far) / size * (1.0 if turned is None else np.exp(-1j * turned))
    every = np.arange(len(branches))
    for bus, part in ((own, turn * near), (other, turn * far)):
        np.add.at(gradient, (bus, every), -share * part.imag)
        np.add.at(gradient, (n + bus, every), share * part.real)
    return _rows(point, gradient)


def heavier_ends(point: Point) -> IntArray:
    """(live branches) the end with the larger current."""
    c, found = point.compiled, point.result
    first = np.concatenate([found.line_i_from_a[c.lines], found.transformer_i_high_a[c.transformers]])
    second = np.concatenate([found.line_i_to_a[c.lines], found.transformer_i_low_a[c.transformers]])
    t, live = point.setting.network.transformers, c.transformers
    ratio = np.concatenate([np.ones(len(c.lines)), t.low_kv[live] / t.high_kv[live]])
    every = np.arange(point.n_branches)
    return np.asarray(np.where(second * ratio > first, every + point.n_branches, every), np.int32)


@dataclass(frozen=True, slots=True)
class Offers:
    """Changes of power that may be asked for, one per row; both directions at one price."""

    bus: IntArray  # live bus
    most_up_kw: FloatArray  # more into the network; not negative
    most_down_kw: FloatArray
    price: FloatArray  # per kW


@dataclass(frozen=True, slots=True)
class Relief:
    solved: Solved
    change_kw: FloatArray  # per offer, positive into the network
    worth: FloatArray  # per quantity: what one more unit of its limit would save
    bus_worth: FloatArray  # per live bus: what a kW into it is worth there


def cheapest_relief(rows: Rows, *, low: FloatArray, high: FloatArray, offers: Offers) -> Relief:
    """The cheapest changes that bring quantities between limits; low and high: how much each may change.

    Infeasible is a result: `solved.ok` is false and the arrays are nan.
    """
    effect = rows.by_kw[:, offers.bus]
    n = len(offers.bus)
    solved = solve(
        Program.of(
            cost=np.concatenate([offers.price, offers.price]),
            lower=np.zeros(2 * n),
            upper=np.concatenate([offers.most_up_kw, offers.most_down_kw]),
            matrix=csr_array(np.hstack([effect, -effect])),
            row_lower=low,
            row_upper=high,
        )
    )
    if not solved.ok:
        return Relief(solved, np.full(n, np.nan), np.full(len(low), np.nan), np.full(rows.by_kw.shape[1], np.nan))
    worth = np.abs(solved.row_dual)
    return Relief(solved, solved.x[:n] - solved.x[n:], worth, solved.row_dual @ rows.by_kw)


def _rows(point: Point, gradient: FloatArray) -> Rows:
    parts = [
        point.slopes.backward(gradient[:, start : start + MOST_AT_ONCE]).T / KW_PER_PU
        for start in range(0, gradient.shape[1], MOST_AT_ONCE)
    ]
    worth = np.concatenate(parts) if parts else np.zeros((0, point.compiled.n_buses), np.complex128)
    return Rows(worth.real, worth.imag)
