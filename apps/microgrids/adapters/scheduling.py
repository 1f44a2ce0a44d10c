"""A microgrid as it stands, with its courses and prices, to the planner; what it decides, to plain rows.

Signs: the planner has what gives and what takes apart; rows have powers into the island positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from apps.microgrids.adapters.readiness_courses import LEVELS, FloatArray
from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.choices.schedule import CURRENCY, LIMIT_S, STEP, STEPS, ScheduleOutcome
from apps.microgrids.models import MicrogridMember, ReadinessTerms, ScheduleTerms
from apps.microgrids.rules.situation import MemberNow, Situation
from gridops.engine.optimization.microgrid.plan import Dispatch, Planned, plan
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.microgrid.reasons import Named, Scene, reasons
from gridops.engine.optimization.microgrid.without import Uncontrolled, uncontrolled
from gridops.engine.optimization.solver import Status
from gridops.engine.optimization.storage.battery import Batteries

STEP_H = STEP.total_seconds() / 3600
LEVEL_OF = {name: int(np.argmin(np.abs(LEVELS - level))) for name, level in (("low", 0.1), ("mid", 0.5), ("high", 0.9))}
# Load and sun of each scenario, and its weight (the three-point rule of Keefer and Bodily).
SCENARIOS = (("mid", "mid", 0.4), ("high", "low", 0.3), ("low", "high", 0.3))
REFILL_QUANTILE = 0.25  # the cheap quarter of the prices ahead is what filling up again will cost
RUNS_KW = 0.5
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Given:
    """What a schedule is made from. Prices per kWh (T,), courses kW (T, levels)."""

    situation: Situation
    members: Mapping[UUID, MicrogridMember]
    readiness_terms: ReadinessTerms
    terms: ScheduleTerms
    load: Mapping[LoadPriority, FloatArray]
    renewable: FloatArray
    load_now_kw: float | None
    renewable_now_kw: float | None
    buy: FloatArray
    sell: FloatArray
    grid_kg_per_kwh: FloatArray
    away_steps: int  # for which the grid is taken to be away
    reserve_kwh: FloatArray  # (T,) usable energy, above the least charge


@dataclass(frozen=True, slots=True)
class Told:
    outcome: ScheduleOutcome
    reason: str
    way_out: Sequence[str]
    gap: float | None
    cost: float | None
    parts: dict[str, float]
    emissions_kg: float | None
    uncontrolled: Uncontrolled | None
    stored_gain: float | None  # EUR: what the stores hold more at the end than now
    periods: list[dict[str, Any]]
    expected_first: float | None


def scheduled(given: Given) -> Told:
    """Infeasible and out of time are answers with their reason."""
    stores, machines = given.situation.of(MemberKind.STORAGE), given.situation.of(MemberKind.GENERATOR)
    try:
        batteries = _batteries(stores, given)
        generators = _generators(machines, given)
        outlook = _outlook(given, batteries)
        terms = _terms(given)
        made = plan(batteries, generators, outlook, terms, seconds=LIMIT_S)
    except ValueError as fault:
        return _without(ScheduleOutcome.INFEASIBLE, str(fault))
    if made.dispatch is None:
        outcome = ScheduleOutcome.INFEASIBLE if made.status is Status.INFEASIBLE else ScheduleOutcome.FAILED
        return _without(outcome, made.reason, made.way_out)
    named = Named(
        tuple(one.name for one in stores),
        tuple(one.name for one in machines),
        ("Sun and wind",),
        tuple(f"{priority.label} load" for priority in LoadPriority),
        CURRENCY,
    )
    scene = Scene(batteries, generators, outlook, terms, made.dispatch, named)
    return _told(made, scene, [str(one.element_mrid) for one in stores], [str(one.element_mrid) for one in machines])


def _batteries(stores: Sequence[MemberNow], given: Given) -> Batteries:
    own = given.readiness_terms
    capacity = np.array([one.capacity_kwh or 0.0 for one in stores])
    charge = np.clip(np.array([one.soc_kwh or 0.0 for one in stores]), 0.0, capacity)
    power = np.array([one.rated_kw for one in stores])
    least = np.minimum(own.least_soc * capacity, charge)
    none, way = np.zeros(len(stores)), np.full(len(stores), own.one_way_efficiency)
    return Batteries(
        charge_kw=power,
        discharge_kw=power,
        energy_kwh=capacity,
        charge_efficiency=way,
        discharge_efficiency=way,
        least_kwh=least,
        most_kwh=capacity,
        initial_kwh=charge,
        final_low_kwh=least,
        final_high_kwh=capacity,
        wear_charge=none,
        wear_discharge=none + given.terms.wear_eur_per_kwh,
        cycles=none + np.inf,
        depth_share=np.ones(1),
        depth_wear=np.zeros(1),
    )


def _generators(machines: Sequence[MemberNow], given: Given) -> Generators:
    if not machines:
        return Generators.none()
    rows = [given.members[one.element_mrid] for one in machines]
    return Generators.of(
        rated_kw=[row.rated_kw for row in rows],
        cost=[row.fuel_cost_eur_per_kwh for row in rows],
        least_kw=[row.least_kw for row in rows],
        start_cost=[row.start_cost_eur for row in rows],
        emissions_kg_per_kwh=[row.emissions_kg_per_kwh for row in rows],
        fuel_kwh=[_fuel(one, row) for one, row in zip(machines, rows, strict=True)],
        runs=[bool(one.running) or (one.p_kw.value or 0.0) > RUNS_KW for one in machines],
    )


def _fuel(now: MemberNow, row: MicrogridMember) -> float:
    """A tank whose level nobody tells is not counted on; one without a tank does not run out."""
    if row.fuel_kwh is None:
        return float(np.inf)
    return now.fuel_kwh.value if now.fuel_kwh.value is not None else 0.0


def _outlook(given: Given, batteries: Batteries) -> Outlook:
    load = np.stack(
        [[given.load[priority][:STEPS, LEVEL_OF[level]] for priority in LoadPriority] for level, *_ in SCENARIOS]
    )
    sun = np.stack([given.renewable[None, :STEPS, LEVEL_OF[level]] for _, level, _ in SCENARIOS])
    load, sun = _from_now(load, given.load_now_kw), _from_now(sun, given.renewable_now_kw)
    limit = float(load.sum(axis=1).max() + sun.sum(axis=1).max() + batteries.charge_kw.sum())  # never binds
    there = (np.arange(STEPS) >= given.away_steps).astype(np.float64)
    return Outlook.of(
        step_h=STEP_H,
        weight=[weight for *_, weight in SCENARIOS],
        load_kw=load,
        renewable_kw=sun,
        buy=given.buy,
        sell=np.minimum(given.sell, given.buy),
        import_kw=there * (limit if given.terms.import_kw is None else given.terms.import_kw),
        export_kw=there * (limit if given.terms.export_kw is None else given.terms.export_kw),
        grid_kg_per_kwh=given.grid_kg_per_kwh,
        reserve_kwh=_held(given.reserve_kwh, batteries),
    )


def _held(reserve_kwh: FloatArray, batteries: Batteries) -> FloatArray:
    """From usable energy to energy in the stores, which is never more than they hold."""
    most, least = float(batteries.most_kwh.sum()), float(batteries.least_kwh.sum())
    return np.asarray(np.where(reserve_kwh > 0, np.minimum(reserve_kwh + least, most), 0.0))


def _from_now(course: FloatArray, now_kw: float | None) -> FloatArray:
    """The first period as it is now, in the same parts as expected."""
    found = course.copy()
    total = found[0, :, 0].sum()
    if now_kw is None:
        found[:, :, 0] = found[0, :, 0]
    elif total > 0:
        found[:, :, 0] = found[0, :, 0] * (now_kw / total)
    else:
        found[:, :, 0] = now_kw / max(found.shape[1], 1)
    return found


def _terms(given: Given) -> Terms:
    own, money = given.readiness_terms, given.terms
    refill = max(float(np.quantile(given.buy, REFILL_QUANTILE)), 0.0) / own.one_way_efficiency
    return Terms.of(
        lost_load=[own.lost_critical_eur_per_kwh, own.lost_important_eur_per_kwh, own.lost_deferrable_eur_per_kwh],
        emissions_price=money.emissions_eur_per_kg,
        peak_charge=money.peak_eur_per_kw,
        peak_kw=money.peak_reached_kw,
        stored_value=refill,
        reserve_price=money.reserve_eur_per_kwh_h,
    )


def _told(made: Planned, scene: Scene, stores: list[str], machines: list[str]) -> Told:
    found = scene.dispatch
    return Told(
        outcome=ScheduleOutcome.PLANNED,
        reason="",
        way_out=(),
        gap=made.gap if np.isfinite(made.gap) else None,
        cost=found.cost,
        parts={part.value: round(value, DIGITS) for part, value in found.parts.items()},
        emissions_kg=found.emissions_kg,
        uncontrolled=uncontrolled(scene.outlook, scene.terms),
        stored_gain=_stored_gain(scene),
        periods=[_period(scene, step, stores, machines) for step in range(scene.outlook.steps)],
        expected_first=first_cost(scene),
    )


def _stored_gain(scene: Scene) -> float:
    """Without control the stores stay as they are."""
    more = float(scene.dispatch.energy_kwh[:, -1].sum() - scene.batteries.initial_kwh.sum())
    return scene.terms.stored_value * more


def _period(scene: Scene, step: int, stores: list[str], machines: list[str]) -> dict[str, Any]:
    d: Dispatch = scene.dispatch
    shed = dict(zip((str(int(one)) for one in LoadPriority), _round(d.shed_kw[:, step]), strict=True))
    return {
        "storage_kw": dict(zip(stores, _round(d.battery_kw[:, step]), strict=True)),
        "stored_kwh": _round(d.energy_kwh[:, step].sum(keepdims=True))[0],
        "generator_kw": dict(zip(machines, _round(d.generator_kw[:, step]), strict=True)),
        "renewable_kw": _round(d.renewable_kw[:, step].sum(keepdims=True))[0],
        "curtailed_kw": _round(d.curtailed_kw[:, step].sum(keepdims=True))[0],
        "shed_kw": shed,
        "load_kw": _round(scene.mean(scene.outlook.load_kw)[:, step].sum(keepdims=True))[0],
        "import_kw": _round(d.import_kw[step : step + 1])[0],
        "export_kw": _round(d.export_kw[step : step + 1])[0],
        "reserve_short_kwh": _round(d.reserve_short_kwh[step : step + 1])[0],
        "buy": _round(scene.mean(scene.outlook.buy)[step : step + 1], 5)[0],
        "sell": _round(scene.mean(scene.outlook.sell)[step : step + 1], 5)[0],
        "shadow_price": _round(d.shadow_price[step : step + 1], 5)[0],
        "reasons": list(reasons(scene, step)),
    }


def _round(values: FloatArray, digits: int = DIGITS) -> list[float | None]:
    return [round(float(value), digits) + 0.0 if np.isfinite(value) else None for value in np.atleast_1d(values)]


def first_cost(scene: Scene) -> float:
    """Of the first period, without starts and peaks: what a meter can be held against."""
    d, o, g = scene.dispatch, scene.outlook, scene.generators
    return period_cost(
        import_kw=float(d.import_kw[0] - d.export_kw[0]),
        buy=float(o.buy[0, 0]),
        sell=float(o.sell[0, 0]),
        generators_eur_h=float(g.segment_cost[:, 0] @ d.generator_kw[:, 0]) if g.count else 0.0,
        given_kw=float(d.discharge_kw[:, 0].sum()),
        wear=float(scene.batteries.wear_discharge.max(initial=0.0)),
    )


def period_cost(
    *, import_kw: float, buy: float, sell: float, generators_eur_h: float, given_kw: float, wear: float
) -> float:
    """EUR of one period: what crossed the coupling, what generators burned, what storages wore."""
    traded = buy * max(import_kw, 0.0) - sell * max(-import_kw, 0.0)
    return STEP_H * (traded + generators_eur_h + wear * given_kw)


def _without(outcome: ScheduleOutcome, reason: str, way_out: Sequence[str] = ()) -> Told:
    said = (reason or outcome.label)[:300]
    return Told(outcome, said, way_out, None, None, {}, None, None, None, [], None)
