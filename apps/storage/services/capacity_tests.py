"""Measured capacities of plants, entered one by one or as a file: all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.capacity_sheet import FileRefused, SheetTest, capacity_tests_of
from apps.storage.models import CapacityTest, StoragePlant

MOST_OF_NEW = 1.5
FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class Imported:
    made: int
    known: int  # were there already, with the same energy


@transaction.atomic
def add_capacity_test(
    *,
    plant: StoragePlant,
    tested_at: datetime,
    energy_kwh: float,
    sigma_kwh: float,
    by: User,
    as_of: datetime,
    conditions: str = "",
    source: str = "",
    note: str = "",
) -> CapacityTest:
    """Raises Refused for a test of the future, or of before the batteries were there; for a second one of the same
    instant; for an energy that cannot be meant."""
    told = {"energy_kwh": energy_kwh, "sigma_kwh": sigma_kwh, "conditions": conditions, "source": source, "note": note}
    if objection := _objection(plant, tested_at, energy_kwh, sigma_kwh, as_of):
        raise Refused(objection)
    if CapacityTest.objects.filter(plant=plant, tested_at=tested_at).exists():
        raise Refused("tested_at: a test of that instant is there already.")
    test = CapacityTest.objects.create(plant=plant, tested_at=tested_at, entered_by=by, entered_at=as_of, **told)
    detail = {"plant": plant.name, "tested_at": tested_at.isoformat(), **told}
    audit.record(actor=by, action="storage.test-entered", target=f"storage/{plant.pk}", detail=detail, at=as_of)
    return test


@transaction.atomic
def import_capacity_tests(*, plant: StoragePlant, content: bytes, by: User, as_of: datetime) -> Imported:
    """Raises FileRefused with every fault."""
    rows = capacity_tests_of(content, zone=ZoneInfo(settings.TIME_ZONE))
    there = dict(CapacityTest.objects.filter(plant=plant).values_list("tested_at", "energy_kwh"))
    faults = [f"row {row.row}: {fault}" for row in rows if (fault := _fault(plant, row, there, as_of))]
    faults += _doubles(rows)
    if faults:
        raise FileRefused(*faults)
    new = [row for row in rows if row.tested_at not in there]
    CapacityTest.objects.bulk_create(_row(plant, row, by, as_of) for row in new)
    if new:
        detail = {"plant": plant.name, "tests": len(new), "known": len(rows) - len(new)}
        audit.record(actor=by, action="storage.tests-imported", target=f"storage/{plant.pk}", detail=detail, at=as_of)
    return Imported(len(new), len(rows) - len(new))


def _objection(plant: StoragePlant, tested_at: datetime, energy_kwh: float, sigma_kwh: float, as_of: datetime) -> str:
    if tested_at.year < FIRST_YEAR:
        return f"tested_at: it lies before {FIRST_YEAR}; is the year right?"
    if tested_at > as_of:
        return "tested_at: it lies in the future."
    if plant.in_service_on and tested_at.date() < plant.in_service_on:
        return f"tested_at: it lies before the batteries went into service on {plant.in_service_on}."
    if energy_kwh > MOST_OF_NEW * plant.energy_kwh:
        return f"energy_kwh: {energy_kwh:g} is far more than the {plant.energy_kwh:g} kWh of the plant when new."
    if sigma_kwh > energy_kwh:
        return f"sigma_kwh: {sigma_kwh:g} is more than what was measured; write how far it may be off."
    return ""


def _fault(plant: StoragePlant, row: SheetTest, there: Mapping[datetime, float], as_of: datetime) -> str:
    if there.get(row.tested_at, row.energy_kwh) != row.energy_kwh:
        return f"tested_at: a test of that instant is there already, with {there[row.tested_at]:g} kWh; leave it out."
    return _objection(plant, row.tested_at, row.energy_kwh, row.sigma_kwh, as_of)


def _doubles(rows: list[SheetTest]) -> list[str]:
    first: dict[datetime, int] = {}
    found = []
    for row in rows:
        if row.tested_at in first:
            found.append(f"row {row.row}: tested_at: row {first[row.tested_at]} has the same instant; keep one.")
        first.setdefault(row.tested_at, row.row)
    return found


def _row(plant: StoragePlant, row: SheetTest, by: User, as_of: datetime) -> CapacityTest:
    told: dict[str, Any] = {name: getattr(row, name) for name in ("tested_at", "energy_kwh", "sigma_kwh")}
    texts = {"conditions": row.conditions, "source": row.source, "note": row.note}
    return CapacityTest(plant=plant, entered_by=by, entered_at=as_of, **told, **texts)
