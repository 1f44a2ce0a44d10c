"""The fast way: each feeder's batteries as two virtual ones by efficiency, and their plan shared out among them.

A virtual battery can do a little more than those it stands for, so what is planned for it is a wish; sharing it out
keeps every battery's power, window, cycles and final energy, and the meter is looked at afterwards. A feeder whose
meter would break a limit, or one whose batteries hold reserve or wear by depth, is planned exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.fleet import Feeder, meter_cost, plan_feeder
from gridops.engine.optimization.storage.plan import plan
from gridops.engine.optimization.storage.program import Index
from gridops.engine.optimization.storage.sharing import Shared, Wanted, shared_out

GROUPS = 2
_SLACK_KW = 1e-6
_TINY = 1e-12
_SUMS = (
    "charge_kw",
    "discharge_kw",
    "energy_kwh",
    "least_kwh",
    "most_kwh",
    "initial_kwh",
    "final_low_kwh",
    "final_high_kwh",
)
_MEANS = ("charge_efficiency", "discharge_efficiency", "wear_charge", "wear_discharge")


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """All batteries of all feeders, one after the other. F feeders, N batteries, T steps."""

    feeder: Index  # (N,)
    charge_kw: FloatArray  # (N, T)
    discharge_kw: FloatArray
    energy_kwh: FloatArray  # at the end of each step
    stored_value: FloatArray  # (N, T) what a kWh more would save, of a shared plan that in its virtual battery
    net_kw: FloatArray  # (F, T) import of the meter positive
    cost: FloatArray  # (F,) nan where there is no plan
    exact: BoolArray  # (F,) planned exactly, because sharing would have broken a limit
    reasons: tuple[str, ...]  # (F,) empty where there is a plan


def virtual(batteries: Batteries, group: Index) -> Batteries:
    """One battery for each group: sums, and means weighted by what each can hold. group: (N,) from 0, none empty."""
    weight = batteries.room_kwh() + _TINY
    whole = np.bincount(group, weight)
    made = {name: np.asarray(np.bincount(group, getattr(batteries, name)), np.float64) for name in _SUMS}
    made |= {
        name: np.asarray(np.bincount(group, weight * getattr(batteries, name)) / whole, np.float64) for name in _MEANS
    }
    limit = np.bincount(group, batteries.cycles * batteries.energy_kwh) / made["energy_kwh"]
    return replace(batteries, **made, cycles=limit)


def grouped(batteries: Batteries) -> Index:
    """(N,) batteries of like efficiency together, the poorer first."""
    order = np.argsort(batteries.charge_efficiency * batteries.discharge_efficiency, kind="stable")
    group = np.empty(batteries.count, np.int64)
    group[order] = np.arange(batteries.count) * min(GROUPS, batteries.count) // batteries.count
    return group


def plan_fleet(feeders: Sequence[Feeder]) -> FleetPlan:
    """A schedule for every battery, in about the time of a linear program of a few batteries for each feeder.

    Feeders share step and horizon. Raises ValueError if they do not.
    """
    first = feeders[0].site
    if any(each.site.steps != first.steps or each.site.step_h != first.step_h for each in feeders):
        raise ValueError("feeders: their horizons differ.")
    fleet, feeder = _together(feeders)
    group = [grouped(each.batteries) for each in feeders]
    wishes = [_wish(each, of) for each, of in zip(feeders, group, strict=True)]
    offset = np.cumsum([0, *(int(of.max()) + 1 for of in group[:-1])])
    of_battery = np.concatenate([of + begin for of, begin in zip(group, offset, strict=True)])
    shared = shared_out(fleet, of_battery, feeder, _wanted(wishes, first.step_h))
    unplanned = np.array(
        [not wish.is_plan or each.site.has_reserve for wish, each in zip(wishes, feeders, strict=True)]
    )
    value = np.concatenate([wish.stored_value for wish in wishes])[of_battery]
    return _finished(feeders, fleet, feeder, shared, value=value, unplanned=unplanned)


class _Wish(NamedTuple):
    net_kw: FloatArray  # (groups, T)
    energy_kwh: FloatArray
    stored_value: FloatArray
    is_plan: bool


def _wish(feeder: Feeder, group: Index) -> _Wish:
    batteries = virtual(feeder.batteries, group)
    exact = feeder.site.has_reserve or feeder.batteries.depth_wear.any()
    made = None if exact else plan(batteries, feeder.site).schedule
    if made is None:
        still = np.repeat(batteries.initial_kwh[:, None], feeder.site.steps, axis=1)
        return _Wish(np.zeros(still.shape), still, np.zeros(still.shape), False)
    return _Wish(made.charge_kw - made.discharge_kw, made.energy_kwh, made.stored_value, True)


def _wanted(wishes: Sequence[_Wish], step_h: float) -> Wanted:
    net, energy = (np.concatenate([wish[part] for wish in wishes]) for part in (0, 1))
    return Wanted(net, energy, step_h)


def _finished(
    feeders: Sequence[Feeder],
    fleet: Batteries,
    feeder: Index,
    shared: Shared,
    *,
    value: FloatArray,
    unplanned: BoolArray,
) -> FleetPlan:
    charge, discharge, energy = shared
    count = len(feeders)
    net, kept = _meters(feeders, _per_feeder(charge - discharge, feeder, count))
    exact = unplanned | ~kept | (np.bincount(feeder, _misses(fleet, energy), count) > 0)
    cost = np.array([meter_cost(each.site, row) for each, row in zip(feeders, net, strict=True)])
    cost += np.bincount(feeder, _wear(fleet, charge, discharge) * feeders[0].site.step_h, count)
    reasons = [""] * count
    for number in map(int, np.flatnonzero(exact)):
        made, mine = plan_feeder(feeders[number]), feeder == number
        cost[number], reasons[number] = made.cost, made.reason if made.schedule is None else ""
        if made.schedule is not None:
            charge[mine], discharge[mine] = made.schedule.charge_kw, made.schedule.discharge_kw
            energy[mine], value[mine] = made.schedule.energy_kwh, made.schedule.stored_value
            net[number] = made.schedule.import_kw - made.schedule.export_kw
    return FleetPlan(feeder, charge, discharge, energy, value, net, cost, exact, tuple(reasons))


def _together(feeders: Sequence[Feeder]) -> tuple[Batteries, Index]:
    names = [name for name in Batteries.__slots__ if not name.startswith("depth_")]
    joined = {name: np.concatenate([getattr(each.batteries, name) for each in feeders]) for name in names}
    feeder = np.repeat(np.arange(len(feeders)), [each.batteries.count for each in feeders])
    return replace(feeders[0].batteries, **joined), feeder


def _per_feeder(values: FloatArray, feeder: Index, count: int) -> FloatArray:
    """Batteries of a feeder stand one after the other."""
    first = np.searchsorted(feeder, np.arange(count))
    return np.asarray(np.add.reduceat(values, first, axis=0))


def _meters(feeders: Sequence[Feeder], charged: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(F, T) import of the meters, sun that has no way out or no worth left out; and (F,) whether limits are kept."""
    load, sun, most_in, most_out, sell = (
        np.array([getattr(each.site, name) for each in feeders])
        for name in ("load_kw", "sun_kw", "import_kw", "export_kw", "sell")
    )
    net = load - sun + charged
    curtailable = np.where(sell < 0, np.maximum(-net, 0.0), np.maximum(-net - most_out, 0.0))
    may = np.array([each.site.curtailable for each in feeders])
    net = net + np.where(may[:, None], np.minimum(curtailable, sun), 0.0)
    kept = ((net <= most_in + _SLACK_KW) & (-net <= most_out + _SLACK_KW)).all(axis=1)
    return net, kept


def _misses(fleet: Batteries, energy: FloatArray) -> FloatArray:
    """(N,) 1 where the final energy is not reached."""
    slack = 1e-6 * fleet.energy_kwh
    last = energy[:, -1]
    return ((last < fleet.final_low_kwh - slack) | (last > fleet.final_high_kwh + slack)).astype(np.float64)


def _wear(fleet: Batteries, charge: FloatArray, discharge: FloatArray) -> FloatArray:
    """(N,) currency for steps of an hour."""
    worn = fleet.wear_charge * charge.sum(axis=1) + fleet.wear_discharge * discharge.sum(axis=1)
    return np.asarray(worn)
