"""Shares a plan of one virtual battery out among those it stands for: none leaves its window, all end where they must.

Each battery follows a level that is common to its group: its own energy at a level is where it would stand without
trading, moved in proportion to its power and kept inside its window. So the energy of all together says what each
holds, whichever way it came there; when the plan ends at the sum of the final energies, each ends at its own.
"""

from typing import NamedTuple

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Index

_TINY = 1e-12
_ROUNDS = 8  # of Newton's method, for a sum of ramps


class Wanted(NamedTuple):
    """Of all batteries of each of G groups together."""

    net_kw: FloatArray  # (G, T) charging less discharging
    energy_kwh: FloatArray  # (G, T) at the end of the step
    step_h: float


class Shared(NamedTuple):
    """(N, T) each: at the meter, and in the store at the end of the step."""

    charge_kw: FloatArray
    discharge_kw: FloatArray
    energy_kwh: FloatArray


def shared_out(batteries: Batteries, group: Index, feeder: Index, wanted: Wanted) -> Shared:
    """Step by step towards the common level, then whatever is left of the wish by whoever of the group or feeder can.

    group, feeder: (N,) of each battery; a group lies within one feeder. Where batteries cannot do what is wished, they
    do what comes nearest; the energies from which the final one can still be reached come first.
    """
    low, high = _reachable(batteries, wanted)
    aim = np.clip(_levelled(batteries, group, wanted.energy_kwh), low, high)
    of_feeder = _by_feeder(group, feeder, wanted.net_kw)
    steps, energy = wanted.net_kw.shape[1], batteries.initial_kwh.copy()
    power, stored = np.empty(aim.shape), np.empty(aim.shape)
    drawn_left = batteries.cycles * batteries.energy_kwh
    for step in range(steps):
        left = _Left(energy, drawn_left, wanted.step_h)
        least, most = _range(batteries, left, low[:, step], high[:, step])
        towards = np.clip(_at_meter(batteries, aim[:, step] - energy, wanted.step_h), least, most)
        moves = _nearest(group, wanted.net_kw[:, step], towards, least, most)
        moves = _nearest(feeder, of_feeder[:, step], moves, least, most)
        gained = _into_store(batteries, moves, wanted.step_h)
        energy = np.clip(energy + gained, batteries.least_kwh, batteries.most_kwh)
        drawn_left = drawn_left - np.maximum(-gained, 0.0)
        power[:, step], stored[:, step] = moves, energy
    return Shared(np.maximum(power, 0.0), np.maximum(-power, 0.0), stored)


def _by_feeder(group: Index, feeder: Index, net: FloatArray) -> FloatArray:
    """(F, T) sums of the groups."""
    of_group = np.zeros(len(net), np.int64)
    of_group[group] = feeder
    found = np.zeros((int(feeder.max()) + 1, net.shape[1]))
    np.add.at(found, of_group, net)
    return found


def _levelled(b: Batteries, group: Index, energy: FloatArray) -> FloatArray:
    """(N, T) what each holds when its group together holds so much."""
    steps = energy.shape[1]
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], np.arange(len(energy)))
    final = np.clip(b.initial_kwh, b.final_low_kwh, b.final_high_kwh)
    still = b.initial_kwh[:, None] + np.outer(final - b.initial_kwh, (1 + np.arange(steps)) / steps)
    share, low, high = (b.charge_kw + b.discharge_kw)[:, None], b.least_kwh[:, None], b.most_kwh[:, None]
    level = np.zeros(energy.shape)
    for _ in range(_ROUNDS):
        moved = still + share * level[group]
        free = (moved > low) & (moved < high)
        held = np.add.reduceat(np.clip(moved, low, high)[order], first, axis=0)
        slope = np.add.reduceat(np.where(free, share, 0.0)[order], first, axis=0)
        level += np.where(slope > 0, (energy - held) / np.maximum(slope, _TINY), 0.0)
    return np.asarray(np.clip(still + share * level[group], low, high))


def _reachable(b: Batteries, wanted: Wanted) -> tuple[FloatArray, FloatArray]:
    """(N, T) the energies at the end of each step from which the final one can be reached."""
    left = (wanted.net_kw.shape[1] - 1 - np.arange(wanted.net_kw.shape[1])) * wanted.step_h
    low = np.maximum(b.least_kwh[:, None], b.final_low_kwh[:, None] - np.outer(b.charge_kw * b.charge_efficiency, left))
    out = np.outer(b.discharge_kw / b.discharge_efficiency, left)
    return low, np.minimum(b.most_kwh[:, None], b.final_high_kwh[:, None] + out)


class _Left(NamedTuple):
    energy: FloatArray  # (N,) kWh in the store
    drawn: FloatArray  # (N,) kWh that the limit of cycles still allows
    step_h: float


def _range(b: Batteries, left: _Left, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(N,) least and most power at the meter. What is charged must be drawn again within the limit of cycles."""
    energy, step_h = left.energy, left.step_h
    down = np.maximum(low - energy, -np.minimum(b.discharge_kw * step_h / b.discharge_efficiency, left.drawn))
    up = np.minimum(high - energy, b.charge_kw * b.charge_efficiency * step_h)
    up = np.minimum(up, np.maximum(b.final_high_kwh + left.drawn - energy, 0.0))
    down = np.minimum(down, up)
    return _at_meter(b, down, step_h), _at_meter(b, up, step_h)


def _at_meter(b: Batteries, gained: FloatArray, step_h: float) -> FloatArray:
    return np.where(gained > 0, gained / b.charge_efficiency, gained * b.discharge_efficiency) / step_h


def _into_store(b: Batteries, power: FloatArray, step_h: float) -> FloatArray:
    return np.where(power > 0, power * b.charge_efficiency, power / b.discharge_efficiency) * step_h


def _nearest(group: Index, wanted: FloatArray, power: FloatArray, least: FloatArray, most: FloatArray) -> FloatArray:
    """(N,) powers between least and most whose sums by group come nearest to what is wanted."""
    rest = wanted - np.bincount(group, power, len(wanted))
    upward = (rest > 0)[group]
    room = np.where(upward, most - power, power - least)
    part = np.minimum(np.abs(rest) / np.maximum(np.bincount(group, room, len(wanted)), _TINY), 1.0)
    return np.asarray(power + np.where(upward, 1.0, -1.0) * part[group] * room)
