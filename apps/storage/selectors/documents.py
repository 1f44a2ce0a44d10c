"""Fleets, plants and schedules as people and scripts read them. Powers as the meter reads: positive while charging."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from apps.storage.adapters.limits import narrowed
from apps.storage.adapters.packed import unpacked
from apps.storage.choices import STEP, Rating
from apps.storage.models import (
    ChargeDay,
    LimitSetting,
    Rack,
    SafetyState,
    StorageFleet,
    StoragePlant,
    StorageSchedule,
)
from apps.storage.selectors.charge import PlantCharge, charges
from apps.storage.selectors.readings import meters_kw
from apps.storage.selectors.worked_out import capacity_document
from apps.storage.selectors.worth import health_of, warranty_document

_RATINGS = ("charge_kw", "discharge_kw", "current_a", "energy_kwh", "nominal_dc_v", "cells_in_series")
_DEALS = ("import_kw", "export_kw", "wear_per_kwh", "most_cycles_a_day", "least_soc", "most_soc", "resting_soc")
_RUNGS = ("warn", "derate", "stop", "trip")
QUARTERS = 96


def fleet_documents(*, as_of: datetime) -> list[dict[str, Any]]:
    plants = list(StoragePlant.objects.select_related("fleet", "safety", "price_zone").order_by("name"))
    known, meters = charges(plants, as_of=as_of), meters_kw(plants, as_of=as_of)
    rows = {plant.pk: summary(plant, known.get(plant.pk), meters.get(plant.mrid)) for plant in plants}
    return [
        _fleet(fleet, [one for one in plants if one.fleet_id == fleet.pk], rows) for fleet in StorageFleet.objects.all()
    ]


def _fleet(fleet: StorageFleet, plants: Sequence[StoragePlant], rows: dict[int, dict[str, Any]]) -> dict[str, Any]:
    told = [rows[plant.pk] for plant in plants]
    known = [one for one in told if one["soc"] is not None]
    powers = [one["power_kw"] for one in told if one["power_kw"] is not None]
    return {
        "id": fleet.pk,
        "name": fleet.name,
        "purpose": fleet.purpose,
        "energy_kwh": sum(one["energy_kwh"] for one in told),
        "stored_kwh": sum(one["soc"] * one["energy_kwh"] for one in known) if known else None,
        "known": len(known),
        "power_kw": sum(powers) if powers else None,
        "plants": told,
    }


def summary(plant: StoragePlant, charge: PlantCharge | None, power_kw: float | None) -> dict[str, Any]:
    safety = getattr(plant, "safety", None)
    return {
        "mrid": str(plant.mrid),
        "name": plant.name,
        "fleet": plant.fleet.name,
        "chemistry": plant.chemistry,
        "chemistry_label": plant.get_chemistry_display(),
        **{name: getattr(plant, name) for name in ("energy_kwh", "charge_kw", "discharge_kw")},
        "soc": charge.soc if charge else None,
        "soc_sigma": charge.sigma if charge else None,
        "soc_as_of": charge.as_of.isoformat() if charge else None,
        "power_kw": power_kw,
        "level": safety.level if safety else None,
        "level_label": safety.get_level_display() if safety else None,
        "is_tripped": bool(safety and safety.is_tripped),
        "is_planned": plant.is_planned,
    }


def plant_document(plant: StoragePlant, *, as_of: datetime) -> dict[str, Any]:
    known, meters = charges([plant], as_of=as_of), meters_kw([plant], as_of=as_of)
    told = summary(plant, known.get(plant.pk), meters.get(plant.mrid))
    racks = list(Rack.objects.filter(plant=plant).select_related("charge").defer("charge__filter"))
    health = health_of(racks)
    return told | {
        "ageing_law": plant.ageing_law,
        "datasheet": plant.datasheet,
        "in_service_on": plant.in_service_on.isoformat() if plant.in_service_on else None,
        **{name: getattr(plant, name) for name in (*_RATINGS, *_DEALS)},
        "charge_efficiency": plant.charge_efficiency,
        "discharge_efficiency": plant.discharge_efficiency,
        "price_zone": plant.price_zone.code if plant.price_zone else None,
        "tariff": plant.tariff,
        "warranty": warranty_document(plant),
        "racks": [_rack(rack) | {"health": health.get(rack.pk)} for rack in racks],
        "limits": limit_documents(plant),
        "safety": _safety(getattr(plant, "safety", None)),
        "tests": [capacity_document(one) for one in plant.tests.select_related("entered_by")],
    }


def _rack(rack: Rack) -> dict[str, Any]:
    state = getattr(rack, "charge", None)
    return {
        "mrid": str(rack.mrid),
        "name": rack.name,
        "energy_kwh": rack.energy_kwh,
        "soc": state.soc if state else None,
        "soc_sigma": state.sigma if state else None,
        "bias_c": state.bias_c if state else None,
        "known_by": state.source if state else None,
        "as_of": state.as_of.isoformat() if state else None,
        "recalibrated_at": state.recalibrated_at.isoformat() if state and state.recalibrated_at else None,
    }


def limit_documents(plant: StoragePlant) -> dict[str, Any]:
    """What the datasheet says, what holds, and who narrowed it why."""
    rows = list(plant.limits.all())
    settings = list(plant.settings.in_force().select_related("set_by"))
    found = narrowed(plant, rows, settings)
    holds = {rule.name: rule for rule in found.limits.rules}
    ratings = [
        {
            "name": one.value,
            "words": str(one.label),
            "datasheet": getattr(plant, one),
            "holds": _first(found.limits, one),
        }
        for one in Rating
    ]
    rules = [
        {
            "name": row.name,
            "reading": row.reading,
            "unit": row.unit,
            "side": row.side,
            "blocks_charge": row.blocks_charge,
            "blocks_discharge": row.blocks_discharge,
            "cites": row.source,
            "is_watched": row.is_watched,
            "datasheet": {rung: getattr(row, rung) for rung in _RUNGS},
            "holds": {rung: _number(getattr(holds[row.name], rung)[0]) for rung in _RUNGS},
        }
        for row in rows
    ]
    return {"ratings": ratings, "rules": rules, "settings": [setting_document(one) for one in settings]}


def setting_document(setting: LimitSetting) -> dict[str, Any]:
    return {
        "id": setting.pk,
        "name": setting.name,
        "rung": setting.rung,
        "value": setting.value,
        "reason": setting.reason,
        "set_by": setting.set_by.get_username(),
        "set_at": setting.set_at.isoformat(),
        "lifted_at": setting.lifted_at.isoformat() if setting.lifted_at else None,
        "lift_reason": setting.lift_reason,
    }


def _safety(state: SafetyState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "as_of": state.as_of.isoformat(),
        "level": state.level,
        "level_label": state.get_level_display(),
        "reasons": [one["text"] for one in state.reasons],
        "charge_kw": state.charge_kw,
        "discharge_kw": state.discharge_kw,
        "charge_by": state.charge_by,
        "discharge_by": state.discharge_by,
        "tripped_at": state.tripped_at.isoformat() if state.tripped_at else None,
        "reset_told_at": state.reset_told_at.isoformat() if state.reset_told_at else None,
    }


def schedule_documents(plant: StoragePlant, *, horizon: str = "", most: int = 50) -> list[dict[str, Any]]:
    """The newest first, without their columns."""
    rows = StorageSchedule.objects.light().filter(plant=plant)
    rows = rows.filter(horizon=horizon) if horizon else rows
    return [_schedule(row) for row in rows[:most]]


def schedule_document(row: StorageSchedule) -> dict[str, Any]:
    names = ("power_kw", "soc", "stored_value", "price", "up_kw", "down_kw")
    columns = {name: numbers(unpacked(getattr(row, name))) for name in names}
    return _schedule(row) | columns | {"drivers": row.drivers, "words": row.words, "inputs": row.inputs}


def _schedule(row: StorageSchedule) -> dict[str, Any]:
    return {
        "id": row.pk,
        "horizon": row.horizon,
        "horizon_label": row.get_horizon_display(),
        "as_of": row.as_of.isoformat(),
        "starts_at": row.starts_at.isoformat(),
        "step_s": int(STEP.total_seconds()),
        "steps": row.steps,
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "reason": row.reason,
        "way_out": row.way_out,
        "currency": row.currency,
        "cost": row.cost,
        "parts": row.parts,
        "cycles": row.cycles,
        "start_soc": row.start_soc,
        "start_sigma": row.start_sigma,
        "known_prices": row.known_prices,
        "method": row.method,
        "method_label": row.get_method_display(),
        "together_with": row.together_with,
        "duration_ms": row.duration_ms,
        "engine_version": row.engine_version,
        "course": row.course_id,
    }


def charge_document(plant: StoragePlant, *, start: datetime, end: datetime) -> dict[str, Any]:
    """By quarter hours of whole days, UTC."""
    first, days = start.astimezone(UTC).date(), (end.astimezone(UTC).date() - start.astimezone(UTC).date()).days + 1
    kept = {row.day: row for row in ChargeDay.objects.filter(plant=plant, day__gte=first, day__lte=end.astimezone(UTC))}
    columns: dict[str, Any] = {}
    for name in ("soc", "sigma", "temperature_c", "power_kw"):
        rows = [kept.get(first + timedelta(days=n)) for n in range(days)]
        values = [unpacked(getattr(row, name)) if row else np.full(QUARTERS, np.nan) for row in rows]
        columns[name] = numbers(np.concatenate(values))
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return {"starts_at": begin.isoformat(), "step_s": int(STEP.total_seconds()), **columns}


def _first(limits: Any, name: str) -> float:
    return float(getattr(limits, name)[0])


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def numbers(values: Any) -> list[float | None]:
    return [_number(value) for value in values]
