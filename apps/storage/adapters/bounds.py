"""What a plant may do now, from the readings of its racks.

Racks share a plant's power evenly, so the plant may do as many times what its most restrained rack may. Signs: the
engine's power is positive for discharge and that of the cells; a meter's is positive while the battery charges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.storage.choices import Rung, SafetyLevel, Side
from apps.storage.models import StoragePlant
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.safety.checking import SLACK_KW, PowerBounds, power_bounds
from gridops.engine.storage.safety.limits import RUNGS, Assessment, Level, Limits, Rule, assess

SOC, SOC_HIGH, SOC_LOW, DC_VOLTAGE = "soc", "soc_high", "soc_low", "dc_voltage_v"
_LEVELS = dict(zip(Level, SafetyLevel, strict=True))


@dataclass(frozen=True, slots=True)
class Readings:
    """Of the racks of a plant, (N,) by the engine's names; nan: not known."""

    names: Sequence[str]  # of the racks
    values: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the whole plant, power of its cells, not negative, and the limit that leaves the least."""

    charge_kw: float
    discharge_kw: float
    charge_by: str
    discharge_by: str
    level: SafetyLevel
    reasons: Sequence[dict[str, Any]]  # the gravest first

    def objection(self, plant: StoragePlant, meter_kw: float) -> str:
        """Why a set-point is refused; empty if it is allowed. meter_kw: positive while it charges."""
        cells = cells_kw(plant, meter_kw)
        if cells == 0:
            return ""
        most, by = (self.discharge_kw, self.discharge_by) if cells > 0 else (self.charge_kw, self.charge_by)
        if abs(cells) <= most + SLACK_KW:
            return ""
        way = "discharge" if cells > 0 else "charge"
        why = next((f" {one['text']}" for one in self.reasons if one["name"] == by), "")
        return (
            f"{plant.name}: {abs(meter_kw):,.1f} kW of {way} at the meter is more than the "
            f"{meter_most(plant, most, way):,.1f} kW that the limit '{by}' allows.{why}"
        )


def unrestrained(plant: StoragePlant) -> Bounds:
    """By its ratings alone."""
    return Bounds(plant.charge_kw, plant.discharge_kw, "rated power", "rated power", SafetyLevel.NORMAL, ())


def cells_kw(plant: StoragePlant, meter_kw: float) -> float:
    """Positive for discharge."""
    return float(-meter_kw * plant.charge_efficiency if meter_kw > 0 else -meter_kw / plant.discharge_efficiency)


def meter_most(plant: StoragePlant, cells: float, way: str) -> float:
    return float(cells * plant.discharge_efficiency if way == "discharge" else cells / plant.charge_efficiency)


def bounds_now(limits: Limits, readings: Readings, *, is_tripped: bool, ignore_soc: bool = False) -> Bounds:
    """ignore_soc: for plans, which keep the state of charge by themselves."""
    racks = len(readings.names)
    rules = tuple(_by_side(rule) for rule in limits.rules if not (ignore_soc and rule.reading == SOC))
    each = replace(
        limits,
        rules=rules,
        charge_kw=limits.charge_kw / racks,
        discharge_kw=limits.discharge_kw / racks,
        current_a=limits.current_a / racks,
    )
    values = dict(readings.values)
    found = power_bounds(each, _with_voltage(values, each, racks), np.full(racks, is_tripped))
    told = assess(each, values, racks)
    charge, discharge = int(np.argmax(found.low_kw)), int(np.argmin(found.high_kw))
    level = Level.TRIP if is_tripped else Level(int(told.worst.max(initial=0)))
    return Bounds(
        charge_kw=racks * float(-found.low_kw[charge]),
        discharge_kw=racks * float(found.high_kw[discharge]),
        charge_by=_named(found, int(found.low_by[charge])),
        discharge_by=_named(found, int(found.high_by[discharge])),
        level=_LEVELS[level],
        reasons=_reasons(each, told, readings),
    )


def _by_side(rule: Rule) -> Rule:
    """A charge that is not known well is judged by its worse end, on either side."""
    if rule.reading != SOC:
        return rule
    return replace(rule, reading=SOC_HIGH if Side(rule.side.value) == Side.HIGH else SOC_LOW)


def _with_voltage(values: dict[str, FloatArray], limits: Limits, racks: int) -> dict[str, FloatArray]:
    """Without a measured voltage the limit of current says nothing that the rated power does not."""
    most_kw = max(float(limits.charge_kw[0]), float(limits.discharge_kw[0]))
    enough_v = 2000.0 * most_kw / max(float(limits.current_a[0]), 1e-9)
    volts = values.get(DC_VOLTAGE, np.full(racks, np.nan))
    return values | {DC_VOLTAGE: np.where(np.isfinite(volts), volts, enough_v)}


def _named(found: PowerBounds, index: int) -> str:
    return found.names[index]


def _reasons(limits: Limits, told: Assessment, readings: Readings) -> list[dict[str, Any]]:
    places = [(int(told.level[rule, rack]), -rack, rule) for rule, rack in np.argwhere(told.level > 0)]
    worst = {rule: -rack for _, rack, rule in sorted(places)}  # of each rule the rack that is furthest beyond it
    found = [_reason(limits.rules[rule], told, readings, rule, rack) for rule, rack in worst.items()]
    return sorted(found, key=lambda one: -one["rank"])


def _reason(rule: Rule, told: Assessment, readings: Readings, index: int, rack: int) -> dict[str, Any]:
    level = Level(int(told.level[index, rack]))
    rung = Rung(RUNGS[int(level) - 1])
    values = readings.values.get(rule.reading)
    value = float(values[rack]) if values is not None else float("nan")
    limit = float(getattr(rule, rung.value)[0])
    reads = f"reads {value:g} {rule.unit}".rstrip() if np.isfinite(value) else "is not known"
    at = "" if not np.isfinite(value) else f", {rung.label.lower()} at {limit:g} {rule.unit}".rstrip()
    return {
        "name": rule.name,
        "is_charge": rule.reading in (SOC_HIGH, SOC_LOW),
        "rank": int(level),
        "level": _LEVELS[level].value,
        "rack": readings.names[rack],
        "value": value if np.isfinite(value) else None,
        "limit": limit,
        "unit": rule.unit,
        "text": f"{readings.names[rack]}: {rule.name} {reads}{at}.",
    }
