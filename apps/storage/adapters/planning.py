"""A plant and what is known of its hours ahead, to the planner and back.

Signs: the planner charges and discharges in powers of the meter, both positive; what is told is as the meter reads,
positive while the battery charges.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from apps.storage.adapters.bounds import Bounds, meter_most
from apps.storage.choices import STEP, PlanOutcome
from apps.storage.models import StoragePlant
from gridops.engine.optimization.solver import Status
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.drivers import Driver, drivers
from gridops.engine.optimization.storage.plan import Planned, Schedule, plan
from gridops.engine.optimization.storage.site import Site
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.safety.checking import Store, check_schedule, soc_window
from gridops.engine.storage.safety.limits import Limits, Side

STEP_H = STEP.total_seconds() / 3600
LEAST_WEAR = 1e-5  # money per kWh: of plans that cost the same the one that moves less
HAIR = 1e-6
MOST_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Ahead:
    """T steps. Prices are money per kWh; limits are those of the meter, kW, inf where there is none."""

    buy: FloatArray
    sell: FloatArray
    import_kw: FloatArray
    export_kw: FloatArray
    soc: float
    soc_sigma: float
    final_soc: float
    final_at_least: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Of one plant. Columns are empty without a schedule."""

    outcome: PlanOutcome
    reason: str
    way_out: Sequence[str]
    power_kw: FloatArray
    soc: FloatArray  # at the end of each step
    stored_value: FloatArray
    cost: float | None
    parts: dict[str, float]
    cycles: float | None
    drivers: Sequence[dict[str, Any]]
    duration_ms: float


def planned(plant: StoragePlant, limits: Limits, now: Bounds, ahead: Ahead) -> Told:
    """now: what readings other than the charge allow, held for all of the time ahead."""
    begun = time.perf_counter()
    try:
        batteries = _batteries(plant, limits, now, ahead)
        site = Site.of(
            step_h=STEP_H,
            buy=ahead.buy,
            sell=np.minimum(ahead.sell, ahead.buy),
            import_kw=ahead.import_kw,
            export_kw=ahead.export_kw,
        )
    except ValueError as fault:
        return _without(PlanOutcome.INFEASIBLE, str(fault), (), begun)
    made = plan(batteries, site)
    if made.schedule is None:
        outcome = PlanOutcome.INFEASIBLE if made.status is Status.INFEASIBLE else PlanOutcome.FAILED
        return _without(outcome, made.reason, made.way_out, begun)
    objection = safety_objection(plant, limits, ahead.soc, -made.schedule.injection_kw[0])
    if objection:
        return _without(PlanOutcome.UNSAFE, objection, (), begun)
    return _told(plant, batteries, made, made.schedule, begun)


def safety_objection(
    plant: StoragePlant, limits: Limits, soc: float, meter_kw: FloatArray, *, step: timedelta = STEP
) -> str:
    """Why a course of powers at the meter is refused by the limits in force; empty if it is allowed."""
    cells = np.where(meter_kw > 0, -meter_kw * plant.charge_efficiency, -meter_kw / plant.discharge_efficiency)
    one = np.ones(1)
    store = Store(np.array([soc]), np.array([plant.energy_kwh]), one, one)
    found = check_schedule(limits, store, np.zeros(1, np.bool_), cells[None, :], step_s=step.total_seconds())
    return found.reason(0)


def window(plant: StoragePlant, limits: Limits, soc: float, sigma: float) -> tuple[float, float]:
    """In which a plan keeps the charge: the plant's own, within the limits, less what is not known of it; wider where
    it stands outside now. An order is judged by the worse end of the charge, and must pass."""
    margin = min(sigma, MOST_MARGIN)
    low, high = soc_window(limits, 1)
    least, most = max(plant.least_soc, float(low[0])), min(plant.most_soc, float(high[0]))
    return min(least + margin, soc), max(most - margin, soc)


def _batteries(plant: StoragePlant, limits: Limits, now: Bounds, ahead: Ahead) -> Batteries:
    told = battery_numbers(
        plant, limits, now, soc=ahead.soc, sigma=ahead.soc_sigma, final=(ahead.final_soc, ahead.final_at_least)
    )
    cycles = np.inf if plant.most_cycles_a_day is None else plant.most_cycles_a_day * _days(ahead)
    numbers = told | {"wear_discharge": plant.wear_per_kwh, "cycles": cycles}
    arrays = {name: np.array([value], np.float64) for name, value in numbers.items()}
    return Batteries(**arrays, depth_share=np.ones(1), depth_wear=np.zeros(1))


def battery_numbers(
    plant: StoragePlant, limits: Limits, now: Bounds, *, soc: float, sigma: float, final: tuple[float, bool]
) -> dict[str, float]:
    """What the planner asks of one battery but its wear and its cycles. final: a charge, and whether more will do."""
    soc = min(max(soc, 0.0), 1.0)
    least, most = window(plant, limits, soc, sigma)
    charge = min(now.charge_kw, float(limits.charge_kw[0]) * _left(limits, Side.HIGH, most))
    discharge = min(now.discharge_kw, float(limits.discharge_kw[0]) * _left(limits, Side.LOW, least))
    end, at_least = min(max(final[0], least), most), final[1]
    return {
        "charge_kw": meter_most(plant, charge, "charge"),
        "discharge_kw": meter_most(plant, discharge, "discharge"),
        "energy_kwh": plant.energy_kwh,
        "charge_efficiency": plant.charge_efficiency,
        "discharge_efficiency": plant.discharge_efficiency,
        "least_kwh": least * plant.energy_kwh,
        "most_kwh": most * plant.energy_kwh,
        "initial_kwh": soc * plant.energy_kwh,
        "final_low_kwh": end * plant.energy_kwh,
        "final_high_kwh": (most if at_least else end) * plant.energy_kwh,
        "wear_charge": LEAST_WEAR,
    }


def _days(ahead: Ahead) -> float:
    return len(ahead.buy) * STEP_H / 24


def _left(limits: Limits, side: Side, soc: float) -> float:
    """Share of the power that the rules of SoC leave at the edge that a plan may reach; further in there is no less."""
    rules = [rule for rule in limits.rules if rule.reading == "soc" and rule.side is side]
    blocking = [rule for rule in rules if (rule.charge if side is Side.HIGH else rule.discharge)]
    hair = -HAIR if side is Side.LOW else HAIR
    return min((float(rule.share(np.array([soc + hair]))[0]) for rule in blocking), default=1.0)


def _told(plant: StoragePlant, batteries: Batteries, made: Planned, schedule: Schedule, begun: float) -> Told:
    return Told(
        outcome=PlanOutcome.PLANNED,
        reason="",
        way_out=(),
        power_kw=-schedule.injection_kw[0],
        soc=schedule.energy_kwh[0] / plant.energy_kwh,
        stored_value=schedule.stored_value[0],
        cost=schedule.cost,
        parts={part.value: value for part, value in schedule.parts.items()},
        cycles=float(schedule.cycles(batteries, STEP_H)[0]),
        drivers=[driver_document(one) for one in drivers(made)],
        duration_ms=1000 * (time.perf_counter() - begun),
    )


def driver_document(one: Driver) -> dict[str, Any]:
    return {
        "name": one.name,
        "unit": one.unit,
        "steps": list(one.steps),
        "per_unit": one.per_unit,
        "total": one.total,
    }


def _without(outcome: PlanOutcome, reason: str, way_out: Sequence[str], begun: float) -> Told:
    none = np.zeros(0)
    said = (reason or outcome.label)[:400]
    return Told(outcome, said, way_out, none, none, none, None, {}, None, (), 1000 * (time.perf_counter() - begun))
