"""Plants that are planned together, to the engine's feeders and back.

Signs: the planner charges and discharges in powers of the meter, both positive; what is told is as the meter reads,
positive while a battery charges.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from apps.storage.adapters.bounds import Bounds
from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H, battery_numbers, driver_document, safety_objection
from apps.storage.choices import PlanMethod, PlanOutcome
from apps.storage.models import StoragePlant
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.drivers import Driver
from gridops.engine.optimization.storage.fleet import Feeder, FeederPlan
from gridops.engine.optimization.storage.plan import Part, Schedule
from gridops.engine.optimization.storage.site import Site
from gridops.engine.storage.arrays import BoolArray
from gridops.engine.storage.safety.limits import Limits

_NUMBERED = re.compile(r"battery (\d+)")
HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Wear:
    """Money per kWh discharged at the meter: of cycles as they are, and by parts of the window from shallow to deep."""

    per_kwh: float
    depth_share: tuple[float, ...] = ()
    depth_per_kwh: tuple[float, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reserve:
    """(T,) kW that must be held, for how long it must be able to run, and what holding it is paid in all."""

    up_kw: FloatArray
    down_kw: FloatArray
    backing_h: float
    paid: float


@dataclass(frozen=True, slots=True)
class Behind:
    """What else is behind the meter of a site: (T,) kW, and money per kW of its highest import."""

    load_kw: FloatArray
    sun_kw: FloatArray
    peak_charge: float
    peak_kw: float  # already reached
    peak_at: FloatArray  # 1 in steps that count for it
    curtailable: bool


@dataclass(frozen=True, slots=True)
class Sold:
    """(T,) kW that were sold (given positive), where anything was bid, and what an imbalance costs, money per kWh."""

    portfolio: int
    kw: FloatArray
    is_bid: BoolArray
    spread: float


@dataclass(frozen=True, slots=True)
class Member:
    """A plant as it stands, and where its charge begins and ends."""

    plant: StoragePlant
    limits: Limits
    now: Bounds
    soc: float
    sigma: float
    final_soc: float
    wear: Wear
    import_kw: float  # of its own meter, whatever else is there; inf: no limit
    export_kw: float
    sold: Sold | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Plants of one program: of one meter or one point, or several that share nothing but their prices. T steps."""

    name: str
    members: tuple[Member, ...]
    buy: FloatArray
    sell: FloatArray
    import_kw: FloatArray
    export_kw: FloatArray
    final_at_least: bool
    behind: Behind | None = None
    reserve: Reserve | None = None

    @property
    def steps(self) -> int:
        return len(self.buy)

    @property
    def sold(self) -> Sold | None:
        """Of all members, within what the meter may draw and give."""
        found = [one.sold for one in self.members if one.sold is not None]
        if not found:
            return None
        kw = np.clip(np.sum([one.kw for one in found], axis=0), -self.import_kw, self.export_kw)
        return Sold(found[0].portfolio, kw, np.any([one.is_bid for one in found], axis=0), found[0].spread)

    @property
    def shares_nothing(self) -> bool:
        free = bool(np.isinf(self.import_kw).all() and np.isinf(self.export_kw).all())
        return free and self.behind is None and self.reserve is None


def _nothing() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Course:
    """What came of one plant. Columns are empty without a schedule; power as its meter reads."""

    outcome: PlanOutcome
    reason: str = ""
    way_out: tuple[str, ...] = ()
    power_kw: FloatArray = field(default_factory=_nothing)
    soc: FloatArray = field(default_factory=_nothing)  # at the end of each step
    stored_value: FloatArray = field(default_factory=_nothing)
    up_kw: FloatArray = field(default_factory=_nothing)
    down_kw: FloatArray = field(default_factory=_nothing)
    cost: float | None = None
    parts: Mapping[str, float] | None = None
    cycles: float | None = None
    drivers: tuple[dict[str, Any], ...] = ()
    method: PlanMethod = PlanMethod.EXACT
    together_with: int = 0


def feeder_of(unit: Unit, *, by_depth: bool = True) -> Feeder:
    """by_depth: wear rises with the depth of cycles where that is known. Raises ValueError, which names the field."""
    site = {} if unit.behind is None else _behind(unit.behind)
    held = {} if unit.reserve is None else _held(unit.reserve)
    sell = np.minimum(unit.sell, unit.buy)
    told: dict[str, Any] = {"buy": unit.buy, "sell": sell, "import_kw": unit.import_kw, "export_kw": unit.export_kw}
    if unit.sold is not None:
        told |= _beside(unit.sold, **told)
    made = Site.of(step_h=STEP_H, **told, **site, **held)
    return Feeder(unit.name, _batteries(unit, by_depth=by_depth), made)


def _beside(
    sold: Sold, *, buy: FloatArray, sell: FloatArray, import_kw: FloatArray, export_kw: FloatArray
) -> dict[str, Any]:
    """What was sold is drawn at the meter, what was bought is fed in: what is left is the imbalance. It costs more than
    any hour of the time ahead could earn with it, so nobody is long or short on purpose."""
    apart = np.where(sold.is_bid, sold.spread + float(buy.max() - sell.min()), 0.0)
    return {
        "buy": buy + apart,
        "sell": sell - apart,
        "load_kw": np.maximum(sold.kw, 0.0),
        "sun_kw": np.maximum(-sold.kw, 0.0),
        "curtailable": False,
        "import_kw": import_kw + sold.kw,
        "export_kw": export_kw - sold.kw,
    }


def _behind(behind: Behind) -> dict[str, Any]:
    return {
        "load_kw": behind.load_kw,
        "sun_kw": behind.sun_kw,
        "peak_charge": behind.peak_charge,
        "peak_kw": behind.peak_kw,
        "peak_at": behind.peak_at,
        "curtailable": behind.curtailable,
    }


def _held(reserve: Reserve) -> dict[str, Any]:
    return {"up_kw": reserve.up_kw, "down_kw": reserve.down_kw, "backing_h": reserve.backing_h}


def _batteries(unit: Unit, *, by_depth: bool) -> Batteries:
    days = unit.steps * STEP_H / HOURS_A_DAY
    wear = unit.members[0].wear  # plants of one program wear alike by depth
    deep = by_depth and len(wear.depth_share) > 1
    rows = [_numbers(one, days, at_least=unit.final_at_least, deep=deep) for one in unit.members]
    arrays = {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}
    share, price = (wear.depth_share, wear.depth_per_kwh) if deep else ((1.0,), (0.0,))
    return Batteries(**arrays, depth_share=np.array(share), depth_wear=np.array(price))


def _numbers(one: Member, days: float, *, at_least: bool, deep: bool) -> dict[str, float]:
    plant = one.plant
    told = battery_numbers(plant, one.limits, one.now, soc=one.soc, sigma=one.sigma, final=(one.final_soc, at_least))
    return told | {
        "charge_kw": min(told["charge_kw"], one.import_kw),
        "discharge_kw": min(told["discharge_kw"], one.export_kw),
        "wear_discharge": 0.0 if deep else one.wear.per_kwh,
        "cycles": np.inf if plant.most_cycles_a_day is None else plant.most_cycles_a_day * days,
    }


def courses_of(unit: Unit, feeder: Feeder, made: FeederPlan, method: PlanMethod) -> list[Course]:
    """Of each member."""
    if made.schedule is None:
        return [without(unit, made)] * len(unit.members)
    cycles = made.schedule.cycles(feeder.batteries, STEP_H)
    found = [_course(unit, made.schedule, number) for number in range(len(unit.members))]
    driven = made.drivers or ((),) * len(found)
    return [
        replace(one, method=method, cycles=float(turned), drivers=_documents(limits))
        for one, turned, limits in zip(found, cycles, driven, strict=True)
    ]


def without(unit: Unit, made: FeederPlan) -> Course:
    outcome = PlanOutcome.INFEASIBLE if made.way_out else PlanOutcome.FAILED
    names = [one.plant.name for one in unit.members]
    told = tuple(_NUMBERED.sub(lambda found: names[int(found[1]) - 1], sentence) for sentence in made.way_out)
    return Course(outcome, (made.reason or outcome.label)[:400], told, together_with=len(names) - 1)


def _course(unit: Unit, schedule: Schedule, number: int) -> Course:
    one, power = unit.members[number], -schedule.injection_kw[number]
    if objection := safety_objection(one.plant, one.limits, one.soc, power):
        return Course(PlanOutcome.UNSAFE, objection[:400])
    has_reserve = bool(schedule.up_kw[number].any() or schedule.down_kw[number].any())
    parts = _parts(unit, schedule, number)
    return Course(
        PlanOutcome.PLANNED,
        power_kw=power,
        soc=schedule.energy_kwh[number] / one.plant.energy_kwh,
        stored_value=schedule.stored_value[number],
        up_kw=schedule.up_kw[number] if has_reserve else np.zeros(0),
        down_kw=schedule.down_kw[number] if has_reserve else np.zeros(0),
        cost=sum(parts.values()),
        parts=parts,
        together_with=len(unit.members) - 1,
    )


def _documents(drivers: Sequence[Driver]) -> tuple[dict[str, Any], ...]:
    return tuple(driver_document(one) for one in drivers)


def _parts(unit: Unit, schedule: Schedule, number: int) -> dict[str, float]:
    """What this plant alone buys, sells and wears; what a site's meter costs is told with the site."""
    sell = np.minimum(unit.sell, unit.buy)
    energy = STEP_H * float(unit.buy @ schedule.charge_kw[number] - sell @ schedule.discharge_kw[number])
    reserve = -unit.reserve.paid / len(unit.members) if unit.reserve else 0.0
    return {
        Part.ENERGY.value: energy,
        Part.WEAR.value: float(schedule.worn[number]),
        Part.PEAK.value: 0.0,
        Part.RESERVE.value: reserve,
    }
