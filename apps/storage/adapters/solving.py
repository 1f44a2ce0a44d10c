"""Cases solved: exactly by meter, along feeders in sums that are shared out, or as a fleet by common prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from apps.storage.adapters.feeders import Course, Reserve, Unit, courses_of, feeder_of, without
from apps.storage.adapters.grouping import MOST_TOGETHER
from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H
from apps.storage.adapters.words import sold_words
from apps.storage.choices import PlanMethod, PlanOutcome
from gridops.engine.optimization.storage.coupling import Coordinated, Substation, coordinated
from gridops.engine.optimization.storage.fleet import Feeder, FeederPlan, plan_feeder
from gridops.engine.optimization.storage.plan import Part, Schedule
from gridops.engine.optimization.storage.virtual import FleetPlan, plan_fleet

SHORT_KW = 1e-3
MARGIN, ROUNDS = 0.005, 60


@dataclass(frozen=True, slots=True)
class Shared:
    """What a fleet has in common. T steps, kW; inf: no limit."""

    import_kw: FloatArray
    export_kw: FloatArray
    reserve: Reserve | None


@dataclass(frozen=True, slots=True)
class Solved:
    """Of one unit: a course for each member, and the plan of its meter where one was made exactly."""

    courses: list[Course]
    made: FeederPlan | None
    feeder: Feeder | None
    words: tuple[str, ...] = ()


def exactly(unit: Unit) -> Solved:
    """Plants that share nothing are planned one by one where one of them has no plan."""
    try:
        feeder = feeder_of(unit)
    except ValueError as fault:
        return Solved([Course(PlanOutcome.INFEASIBLE, str(fault)[:400])] * len(unit.members), None, None)
    made = plan_feeder(feeder, explained=True)
    if made.schedule is None and unit.shares_nothing and len(unit.members) > 1:
        return Solved([course for one in _each(unit) for course in exactly(one).courses], None, None)
    return Solved(courses_of(unit, feeder, made, PlanMethod.EXACT), made, feeder, sold_words(unit, made.schedule))


def _each(unit: Unit) -> Iterator[Unit]:
    return (replace(unit, name=one.plant.name, members=(one,)) for one in unit.members)


def aggregated(units: Sequence[Unit]) -> list[Solved]:
    """In about the time of a program of two batteries a feeder. Flat wear; what cannot be summed up is exact."""
    rough = [unit.behind is None and unit.reserve is None and unit.sold is None for unit in units]
    feeders = [feeder_of(unit, by_depth=False) for unit, fits in zip(units, rough, strict=True) if fits]
    made = plan_fleet(feeders) if feeders else None
    found, number = [], 0
    for unit, fits in zip(units, rough, strict=True):
        if not fits or made is None or made.reasons[number]:
            found.append(exactly(unit))
        else:
            method = PlanMethod.EXACT if made.exact[number] else PlanMethod.AGGREGATED
            told = FeederPlan(unit.name, _schedule(made, number, feeders[number]), "", ())
            found.append(Solved(courses_of(unit, feeders[number], told, method), told, feeders[number]))
        number += fits
    return found


def _schedule(made: FleetPlan, number: int, feeder: Feeder) -> Schedule:
    mine, b = made.feeder == number, feeder.batteries
    charge, discharge, net = made.charge_kw[mine], made.discharge_kw[mine], made.net_kw[number]
    worn = STEP_H * (b.wear_charge * charge.sum(axis=1) + b.wear_discharge * discharge.sum(axis=1))
    none = np.zeros_like(charge)
    parts = {Part.ENERGY: float(made.cost[number] - worn.sum()), Part.WEAR: float(worn.sum())}
    return Schedule(
        charge_kw=charge,
        discharge_kw=discharge,
        energy_kwh=made.energy_kwh[mine],
        up_kw=none,
        down_kw=none,
        import_kw=np.maximum(net, 0.0),
        export_kw=np.maximum(-net, 0.0),
        curtailed_kw=np.zeros(len(net)),
        cost=float(made.cost[number]),
        parts=parts | {Part.PEAK: 0.0, Part.RESERVE: 0.0},
        stored_value=made.stored_value[mine],
        worn=worn,
    )


def as_a_fleet(units: Sequence[Unit], alone: Sequence[Solved], shared: Shared) -> list[Solved]:
    """What each does alone where that keeps what they share, else coordinated by prices on it."""
    plans = [one.made.schedule for one in alone if one.made is not None and one.made.schedule is not None]
    if len(plans) == len(units) and shared.reserve is None and _keeps(plans, _beside_sold(shared, units)):
        return list(alone)
    if _fit_together(units):
        return _as_one(units, shared)
    able = [n for n, one in enumerate(alone) if one.feeder is not None and one.made is not None and one.made.schedule]
    found = list(alone)
    if not able:
        return found
    feeders = [_backed(one, shared) for n in able if (one := alone[n].feeder) is not None]
    shared = _beside_sold(shared, [units[n] for n in able])
    made = coordinated(feeders, _substation(shared), rounds=ROUNDS)
    short = _short_kw(made, shared)
    for place, n in enumerate(able):
        found[n] = _coordinated(units[n], feeders[place], made, place=place, short=short)
    return found


def _beside_sold(shared: Shared, units: Sequence[Unit]) -> Shared:
    """As the meters of programs read, which draw what was sold."""
    sold = np.sum([unit.sold.kw for unit in units if unit.sold is not None], axis=0)
    return replace(shared, import_kw=shared.import_kw + sold, export_kw=np.maximum(shared.export_kw - sold, 0.0))


def _fit_together(units: Sequence[Unit]) -> bool:
    """Few plants of like prices and wear that share nothing else: one program is exact, and quicker than prices."""
    first, count = units[0], sum(len(unit.members) for unit in units)
    return count <= MOST_TOGETHER and all(unit.shares_nothing and _is_alike(unit, first) for unit in units)


def _is_alike(one: Unit, other: Unit) -> bool:
    prices = np.array_equal(one.buy, other.buy) and np.array_equal(one.sell, other.sell)
    wear, same = one.members[0].wear, other.members[0].wear
    return prices and (wear.depth_share, wear.depth_per_kwh) == (same.depth_share, same.depth_per_kwh)


def _as_one(units: Sequence[Unit], shared: Shared) -> list[Solved]:
    whole = replace(
        units[0],
        members=tuple(one for unit in units for one in unit.members),
        import_kw=shared.import_kw,
        export_kw=shared.export_kw,
        reserve=shared.reserve,
    )
    courses = iter([replace(one, method=PlanMethod.COORDINATED) for one in exactly(whole).courses])
    return [Solved([next(courses) for _ in unit.members], None, None) for unit in units]


def _keeps(plans: Sequence[Schedule], shared: Shared) -> bool:
    net = np.sum([one.import_kw - one.export_kw for one in plans], axis=0)
    return bool((net <= shared.import_kw + SHORT_KW).all() and (-net <= shared.export_kw + SHORT_KW).all())


def _substation(shared: Shared) -> Substation:
    """A little narrower than it is: coordination ends near what it is asked for, and must not end beyond it."""
    nothing = np.zeros(len(shared.import_kw))
    held = (shared.reserve.up_kw, shared.reserve.down_kw) if shared.reserve else (nothing, nothing)
    limits = shared.import_kw * (1 - MARGIN), shared.export_kw * (1 - MARGIN)
    return Substation(*limits, *(kw * (1 + MARGIN) for kw in held))


def _backed(feeder: Feeder, shared: Shared) -> Feeder:
    if shared.reserve is None:
        return feeder
    lasts = shared.reserve.backing_h
    own = feeder.site.backing_h if feeder.site.has_reserve else lasts
    return replace(feeder, site=replace(feeder.site, backing_h=max(lasts, own)))


def _short_kw(made: Coordinated, shared: Shared) -> float:
    """What is missing of the true limits and reserve in the worst step."""
    plans = [one.schedule for one in made.plans if one.schedule is not None]
    if not plans:
        return 0.0
    net = np.sum([one.import_kw - one.export_kw for one in plans], axis=0)
    over = [net - shared.import_kw, -net - shared.export_kw]
    if shared.reserve is not None:
        over += [shared.reserve.up_kw - np.sum([one.up_kw.sum(axis=0) for one in plans], axis=0)]
        over += [shared.reserve.down_kw - np.sum([one.down_kw.sum(axis=0) for one in plans], axis=0)]
    return max(float(np.max(over)), 0.0)


def _coordinated(unit: Unit, feeder: Feeder, made: Coordinated, *, place: int, short: float) -> Solved:
    if not made.plans:
        told = FeederPlan(unit.name, None, f"The fleet has no plan: {made.reason}"[:400], ("See the plant it names.",))
        return Solved([without(unit, told)] * len(unit.members), None, None)
    if short > SHORT_KW:
        reason = f"The fleet cannot keep what its plants share: {short:,.1f} kW are missing in the worst step."
        told = FeederPlan(unit.name, None, reason, (f"fleet's limit or reserve in every step: {short:.4g} kW",))
        return Solved([without(unit, told)] * len(unit.members), None, None)
    plan = made.plans[place]
    words = (*_priced(made), *sold_words(unit, plan.schedule))
    return Solved(courses_of(unit, feeder, plan, PlanMethod.COORDINATED), plan, feeder, words)


def _priced(made: Coordinated) -> tuple[str, ...]:
    """What the fleet's common limits ask for beside the market."""
    prices = made.prices
    told = (
        ("import limit", prices.imported, "kWh drawn"),
        ("export limit", prices.exported, "kWh given"),
        ("reserve up", prices.up, "kW held for an hour"),
        ("reserve down", prices.down, "kW held for an hour"),
    )
    return tuple(
        f"The fleet's {name} binds in {int((price > 1e-9).sum())} quarter hours, worth up to {price.max():.3f} a {of}."
        for name, price, of in told
        if (price > 1e-9).any()
    )
