"""What batteries should take in and give over the hours ahead, so that the least has to be held back.

About set-points of each hour that keep its limits without batteries: charging makes room in the rows of what is full,
and plants that are held back there may give more. One linear program over all hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.least_held import Held, Limits, Units, watched
from gridops.engine.optimization.solver import Program, solve

HELD_KW = 1.0  # less is not held back


@dataclass(frozen=True, slots=True)
class Stores:
    injection: IntArray
    power_kw: FloatArray
    energy_kwh: FloatArray
    stored_kwh: FloatArray
    one_way: float  # efficiency
    wear: float  # price of a kWh given


@dataclass(frozen=True, slots=True)
class Hour:
    """Set-points that keep the limits, the batteries of it at rest."""

    held: Held
    units: Units
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Entries:
    row: IntArray
    column: IntArray
    value: FloatArray
    room: FloatArray


def absorbing(hours: Sequence[Hour], stores: Stores, *, worth: FloatArray, left: float, step_h: float) -> FloatArray:
    """(hours, stores) kW into the network.

    worth: (hours,) price of a kWh, where a kWh held back costs the price of its unit. left: of a kWh in store at the
    end. Charging and discharging at once does not pay while prices are not negative. Zeros where there is no answer.
    """
    count, n = len(hours), len(stores.power_kw)
    charge, give, energy = (np.arange(count * n).reshape(count, n) + part * count * n for part in range(3))
    first, rows, more, most, price = 3 * count * n, [], [], [], []
    for number, hour in enumerate(hours):
        short = np.flatnonzero(hour.held.p_kw < hour.units.wanted_kw - HELD_KW)
        if not len(short):
            continue
        column = first + np.arange(len(short))
        rows.append(_rows(hour, stores, short, np.concatenate([column, charge[number], give[number]])))
        more.append(column)
        most.append((hour.units.wanted_kw - hour.held.p_kw)[short])
        price.append(-step_h * hour.units.price[short])
        first += len(short)
    balance = _balance(stores, charge, give, energy, step_h)
    value = np.repeat(np.asarray(worth, np.float64), n)
    last = np.zeros(count * n)
    last[-n:] = -left
    solved = solve(
        Program.of(
            cost=np.concatenate([step_h * value, step_h * (stores.wear - value), last, *price]),
            lower=np.zeros(first),
            upper=np.concatenate([np.tile(stores.power_kw, 2 * count), np.tile(stores.energy_kwh, count), *most]),
            matrix=_matrix([balance, *rows], first),
            row_lower=np.concatenate([balance.room, *(np.full(len(one.room), -np.inf) for one in rows)]),
            row_upper=np.concatenate([balance.room, *(one.room for one in rows)]),
        )
    )
    if not solved.ok:
        return np.zeros((count, n))
    return np.asarray(solved.x[give] - solved.x[charge], np.float64)


def _rows(hour: Hour, stores: Stores, short: IntArray, columns: IntArray) -> _Entries:
    """columns: of what is given more, charged and discharged, in this order."""
    point, rows = hour.held.point, watched(hour.held.point, hour.limits)
    bus = point.compiled.live_bus_of_node[point.setting.network.injection_node]
    own, ours = bus[hour.units.injection[short]], bus[stores.injection]
    effect = np.hstack([rows.by_kw[:, own], -rows.by_kw[:, ours], rows.by_kw[:, ours]])
    row, place = np.nonzero(effect)
    column = columns[place]
    return _Entries(row, column, effect[row, place], np.maximum(rows.room, 0.0))


def _balance(stores: Stores, charge: IntArray, give: IntArray, energy: IntArray, step_h: float) -> _Entries:
    """Energy at the end of an hour less that before, less what came in."""
    count, n = charge.shape
    row = np.arange(count * n).reshape(count, n)
    parts = (
        (row, energy, 1.0), (row[1:], energy[:-1], -1.0),
        (row, charge, -stores.one_way * step_h), (row, give, step_h / stores.one_way),
    )  # fmt: skip
    room = np.zeros((count, n))
    room[0] = stores.stored_kwh
    return _Entries(
        np.concatenate([each.ravel() for each, _, _ in parts]),
        np.concatenate([each.ravel() for _, each, _ in parts]),
        np.concatenate([np.full(each.size, value) for each, _, value in parts]),
        room.ravel(),
    )


def _matrix(parts: Sequence[_Entries], width: int) -> csr_array:
    begins = np.cumsum([0, *(len(part.room) for part in parts)])
    row = np.concatenate([begin + part.row for begin, part in zip(begins[:-1], parts, strict=True)])
    column, value = (np.concatenate([getattr(part, name) for part in parts]) for name in ("column", "value"))
    return csr_array(coo_array((value, (row, column)), shape=(int(begins[-1]), width)))
