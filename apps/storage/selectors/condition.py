"""One plant's condition now: what its racks read, how near that is to each limit, its latch, states, alarms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.alarms.models import Alarm
from apps.storage.adapters.bounds import SOC, SOC_HIGH, SOC_LOW, Readings
from apps.storage.adapters.packed import FloatArray
from apps.storage.choices import SafetyLevel, Side
from apps.storage.models import HealthState, Rack, SafetyLimit, SafetyState, StoragePlant
from apps.storage.selectors.readings import readings_of
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

_SHOWN = (
    "temperature_max_c",
    "temperature_min_c",
    "cell_voltage_max_v",
    "cell_voltage_min_v",
    "voltage_spread_v",
    "dc_voltage_v",
    "dc_current_a",
)
_STATES = (
    Quantity.CONTACTOR,
    Quantity.INVERTER_STATE,
    Quantity.CONTROL_MODE,
    Quantity.BATTERY_EVENTS,
    Quantity.COOLING,
)


def condition_document(plant: StoragePlant, *, with_alarms: bool, as_of: datetime) -> dict[str, Any]:
    racks = list(Rack.objects.filter(plant=plant).order_by("name"))
    readings = readings_of([plant], as_of=as_of).get(plant.pk) or Readings([], {})
    mrids = [plant.mrid, *(rack.mrid for rack in racks)]
    safety: SafetyState | None = getattr(plant, "safety", None)
    levels = {one["name"]: one["level"] for one in (safety.reasons if safety else [])}
    alarms = _alarms(mrids) if with_alarms else []
    return {
        "as_of": as_of.isoformat(),
        "racks": [_rack(rack, number, readings, alarms) for number, rack in enumerate(racks)],
        "rules": [_rule(row, readings, levels.get(row.name)) for row in plant.limits.all()],
        "latch": _latch(safety),
        "states": _states(mrids, as_of),
        "alarms": alarms,
    }


def health_documents(plant: StoragePlant, *, most: int = 2000) -> list[dict[str, Any]]:
    """Every rack's nights, the oldest first."""
    rows = HealthState.objects.filter(rack__plant=plant).order_by("-as_of", "rack__name").select_related("rack")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in reversed(rows.defer("sums")[:most]):
        figures = ("capacity", "capacity_sigma", "resistance", "resistance_sigma")
        told = {"as_of": row.as_of.isoformat(), **{name: getattr(row, name) for name in figures}}
        found.setdefault(row.rack.name, []).append(told)
    return [{"rack": name, "nights": nights} for name, nights in sorted(found.items())]


def _rack(rack: Rack, number: int, readings: Readings, alarms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A reading of the plant is every rack's where racks do not tell their own."""
    values = {name: readings.values[name][number] for name in _SHOWN if name in readings.values}
    return {
        "mrid": str(rack.mrid),
        "name": rack.name,
        **{name: _known(values.get(name)) for name in _SHOWN},
        "alarms": sum(one["equipment_mrid"] == str(rack.mrid) for one in alarms),
    }


def _rule(row: SafetyLimit, readings: Readings, level: str | None) -> dict[str, Any]:
    """The rack that is nearest to the limit, or furthest beyond it."""
    name = row.reading
    if name == SOC:
        name = SOC_HIGH if Side(row.side) is Side.HIGH else SOC_LOW
    values = readings.values.get(name, np.array([]))
    at = _worst(values, Side(row.side))
    return {
        "name": row.name,
        "value": None if at is None else float(values[at]),
        "rack": "" if at is None else readings.names[at],
        "missing": int(np.isnan(values).sum()) if len(values) else len(readings.names),
        "level": level or (SafetyLevel.NORMAL.value if at is not None else None),
    }


def _worst(values: FloatArray, side: Side) -> int | None:
    if not np.isfinite(values).any():
        return None
    return int(np.nanargmax(values) if side is Side.HIGH else np.nanargmin(values))


def _latch(safety: SafetyState | None) -> dict[str, Any]:
    told = safety.reset_told_by if safety else None
    return {
        "tripped_at": safety.tripped_at.isoformat() if safety and safety.tripped_at else None,
        "reset_told_at": safety.reset_told_at.isoformat() if safety and safety.reset_told_at else None,
        "reset_told_by": told.get_username() if told else None,
    }


def _states(mrids: Sequence[UUID], as_of: datetime) -> list[dict[str, Any]]:
    """What the battery's own management tells in states: its contactors, its inverter, who controls it."""
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity__in=_STATES).order_by("name")
    return [
        {
            "name": told.point.name,
            "quantity": told.point.quantity,
            "value": told.value,
            "at": told.at.isoformat() if told.at else None,
            "is_stale": told.is_stale,
        }
        for told in telemetry.point_values(list(rows), as_of=as_of)
    ]


def _alarms(mrids: Sequence[UUID]) -> list[dict[str, Any]]:
    return [
        {
            "id": alarm.pk,
            "equipment_mrid": str(alarm.equipment_mrid),
            "equipment_name": alarm.equipment_name,
            "priority": alarm.priority,
            "message": alarm.message,
            "is_active": alarm.is_active,
            "raised_at": alarm.raised_at.isoformat() if alarm.raised_at else None,
        }
        for alarm in Alarm.objects.shown().filter(equipment_mrid__in=mrids)
    ]


def _known(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
