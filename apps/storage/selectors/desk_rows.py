"""What a row of the fleet desk tells beside charge and power: plan, health, warmth, limits, earnings, warranty."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Sum
from django.utils import timezone

from apps.dispatch.choices.course import OPEN_COURSES, CourseStatus
from apps.dispatch.models import Course
from apps.storage.adapters.bounds import Readings
from apps.storage.choices import DESK, Horizon, PlanOutcome, PlanState
from apps.storage.models import (
    Earning,
    HealthState,
    LimitSetting,
    Rack,
    StoragePlant,
    StorageSchedule,
    WarrantyCounter,
)
from apps.storage.selectors.readings import readings_of
from apps.storage.selectors.standing import ROLLING_STANDS

WEEK = 7
_NEAREST_FIRST = {PlanState.RUNNING: 0, PlanState.APPROVED: 1, PlanState.PROPOSED: 2}


def row_documents(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[int, dict[str, Any]]:
    """By plant."""
    readings, health, week = readings_of(plants, as_of=as_of), _health(plants), _week(plants, as_of)
    narrowed, cycles = _narrowed(plants), _cycles(plants)
    return {
        plant.pk: {
            "health": health.get(plant.pk),
            **_warmth(readings.get(plant.pk)),
            **_condition(plant),
            "narrowed": narrowed.get(plant.pk, []),
            "week": week.get(plant.pk),
            "warranty_cycles": {"limit": plant.warranty_cycles, "counted": cycles.get(plant.pk)},
        }
        for plant in plants
    }


def plan_states(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[int, dict[str, Any]]:
    """How far each plant's schedule has come, and where to read on."""
    courses = _courses(plants, as_of)
    rows = StorageSchedule.objects.light().select_related("course")
    rows = rows.filter(plant__in=plants, horizon=Horizon.INTRADAY)
    rows = rows.filter(as_of__gt=as_of - ROLLING_STANDS).order_by("plant_id", "-as_of").distinct("plant_id")
    newest = {row.plant_id: row for row in rows}
    return {plant.pk: _plan(plant, courses.get(plant.mrid), newest.get(plant.pk)) for plant in plants}


def _courses(plants: Sequence[StoragePlant], as_of: datetime) -> Mapping[Any, tuple[PlanState, Course]]:
    """The one that is furthest on its way."""
    rows = Course.objects.filter(
        desk=DESK, device_mrid__in=[plant.mrid for plant in plants], status__in=OPEN_COURSES, ends_at__gt=as_of
    )
    found: dict[Any, tuple[PlanState, Course]] = {}
    for course in rows.defer("steps", "versions").order_by("starts_at"):
        state = _state(course, as_of)
        before = found.get(course.device_mrid)
        if before is None or _NEAREST_FIRST[state] < _NEAREST_FIRST[before[0]]:
            found[course.device_mrid] = (state, course)
    return found


def _state(course: Course, as_of: datetime) -> PlanState:
    if CourseStatus(course.status) is CourseStatus.PROPOSED:
        return PlanState.PROPOSED
    return PlanState.RUNNING if course.starts_at <= as_of else PlanState.APPROVED


def _plan(plant: StoragePlant, found: tuple[PlanState, Course] | None, row: StorageSchedule | None) -> dict[str, Any]:
    state, course = found or (_unproposed(plant, row), row.course if row else None)
    return {
        "state": state.value,
        "state_label": course.get_status_display() if course and state is PlanState.ENDED else str(state.label),
        "reason": _reason(state, course, row),
        "course": course.pk if course else None,
        "until": course.ends_at.isoformat() if course and found else None,
        "schedule": row.pk if row else None,
        "as_of": row.as_of.isoformat() if row else None,
    }


def _reason(state: PlanState, course: Course | None, row: StorageSchedule | None) -> str:
    if state is PlanState.FAILED and row is not None:
        return f"{row.get_outcome_display()}. {row.reason}"
    return course.reason if course else row.reason if row else ""


def _unproposed(plant: StoragePlant, row: StorageSchedule | None) -> PlanState:
    if not plant.is_planned:
        return PlanState.OFF
    if row is None:
        return PlanState.NONE
    if PlanOutcome(row.outcome) is not PlanOutcome.PLANNED:
        return PlanState.FAILED
    return PlanState.ENDED if row.course else PlanState.PLANNED


def _health(plants: Sequence[StoragePlant]) -> dict[int, dict[str, Any]]:
    """The newest night's word of each rack, weighed by what it held when new."""
    racks = {rack.pk: rack for rack in Rack.objects.filter(plant__in=plants)}
    rows = HealthState.objects.filter(rack__in=racks).order_by("rack_id", "-as_of").distinct("rack_id").defer("sums")
    found: dict[int, list[HealthState]] = {}
    for row in rows:
        found.setdefault(racks[row.rack_id].plant_id, []).append(row)
    return {key: _weighed(states, racks) for key, states in found.items()}


def _weighed(states: Sequence[HealthState], racks: Mapping[int, Rack]) -> dict[str, Any]:
    energy = sum(racks[one.rack_id].energy_kwh for one in states)
    capacity, sigma = (
        sum(getattr(one, name) * racks[one.rack_id].energy_kwh for one in states) / energy
        for name in ("capacity", "capacity_sigma")
    )
    return {
        "capacity": capacity,
        "sigma": sigma,
        "racks": len(states),
        "as_of": min(one.as_of for one in states).isoformat(),
    }


def _warmth(readings: Readings | None) -> dict[str, Any]:
    """Of the warmest cells, and the widest difference within a rack."""
    values = readings.values if readings else {}
    return {
        "temperature_c": _highest(values.get("temperature_max_c")),
        "temperature_spread_c": _highest(values.get("temperature_spread_c")),
        "voltage_spread_v": _highest(values.get("voltage_spread_v")),
    }


def _highest(values: Any) -> float | None:
    return float(np.nanmax(values)) if values is not None and np.isfinite(values).any() else None


def _condition(plant: StoragePlant) -> dict[str, Any]:
    safety = getattr(plant, "safety", None)
    names = ("charge_kw", "discharge_kw", "charge_by", "discharge_by")
    return {
        "may": {name: getattr(safety, name) for name in names} if safety else None,
        "reasons": [one["text"] for one in safety.reasons] if safety else [],
    }


def _narrowed(plants: Sequence[StoragePlant]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for one in LimitSetting.objects.in_force().filter(plant__in=plants).select_related("set_by"):
        told = {"name": one.name, "rung": one.rung, "value": one.value, "set_by": one.set_by.get_username()}
        found.setdefault(one.plant_id, []).append(told | {"reason": one.reason})
    return found


def _week(plants: Sequence[StoragePlant], as_of: datetime) -> dict[int, dict[str, Any]]:
    """Of the last seven days that are settled; where a plant changed its currency, of the newer one."""
    first = timezone.localtime(as_of).date() - timedelta(days=WEEK)
    rows = Earning.objects.filter(plant__in=plants, day__gte=first).values("plant_id", "currency")
    sums = rows.annotate(earned=Sum("realised"), days=Count("realised")).order_by("currency")
    return {
        one["plant_id"]: {"currency": one["currency"], "earned": one["earned"], "days": one["days"]}
        for one in sums
        if one["days"]
    }


def _cycles(plants: Sequence[StoragePlant]) -> dict[int, float]:
    rows = WarrantyCounter.objects.filter(plant__in=plants)
    return dict(rows.values_list("plant_id", "equivalent_cycles"))
