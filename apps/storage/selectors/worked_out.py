"""Lifespans, what new batteries cost, and economic cases, as people and scripts read them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Sum

from apps.storage.adapters.lifespan import MODELS, MOST_YEARS
from apps.storage.adapters.project_figures import in_order, unit_of, words_of
from apps.storage.models import BatteryCost, CapacityTest, EconomicCase, HealthState, LifespanRun, StoragePlant

MOST_CASES, MOST_RUNS = 50, 60
YEAR = timedelta(days=365)
_YEARS = ("years", "low", "high", "untested_years")
_SHARES = ("end_of_life", "capacity_now", "calendar_share", "cycles_a_year", "resistance_growth", "wear_per_kwh")
_PARTS = ("fan", "causes", "policies", "tests", "beyond", "inputs")


def newest_lifespan(plant: StoragePlant, *, as_of: datetime) -> LifespanRun | None:
    return LifespanRun.objects.filter(plant=plant, as_of__lte=as_of).first()


def lifespan_document(plant: StoragePlant, *, as_of: datetime) -> dict[str, Any]:
    """The newest run by then with all of it, and how it came to that."""
    row = newest_lifespan(plant, as_of=as_of)
    runs = LifespanRun.objects.light().filter(plant=plant, as_of__lte=as_of)[:MOST_RUNS]
    tests = plant.tests.filter(tested_at__lte=as_of).select_related("entered_by")
    return {
        "plant": str(plant.mrid),
        "name": plant.name,
        "energy_kwh": plant.energy_kwh,
        "law": MODELS[plant.ageing_law].name,
        "law_source": MODELS[plant.ageing_law].source,
        "run": _run(row) | {name: getattr(row, name) for name in _PARTS} if row else None,
        "runs": [_run(one) for one in runs],
        "tests": [capacity_document(one) for one in tests],
        "estimated": _estimated(plant, as_of=as_of),
        "cost": cost_document(plant),
    }


def _run(row: LifespanRun) -> dict[str, Any]:
    return {
        "id": row.pk,
        "as_of": row.as_of.isoformat(),
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "reason": row.reason,
        "law": row.law,
        **{name: getattr(row, name) for name in (*_YEARS, *_SHARES)},
        "most_years": MOST_YEARS,
        "test_count": row.test_count,
        "duration_ms": row.duration_ms,
        "engine_version": row.engine_version,
    }


def capacity_document(test: CapacityTest) -> dict[str, Any]:
    return {
        "id": test.pk,
        "tested_at": test.tested_at.isoformat(),
        "energy_kwh": test.energy_kwh,
        "sigma_kwh": test.sigma_kwh,
        "conditions": test.conditions,
        "source": test.source,
        "note": test.note,
        "entered_by": test.entered_by.get_username(),
    }


def _estimated(plant: StoragePlant, *, as_of: datetime) -> list[dict[str, Any]]:
    """Capacity by the nightly look at its operation, of all racks by their energy: each Monday of the last year."""
    rows = HealthState.objects.filter(
        rack__plant=plant, as_of__lte=as_of, as_of__gt=as_of - YEAR, as_of__iso_week_day=1
    )
    energy = Sum("rack__energy_kwh")
    shares = {
        name: Sum(F(name) * F("rack__energy_kwh"), output_field=FloatField()) / energy
        for name in ("capacity", "capacity_sigma")
    }
    nights = rows.order_by("as_of").values("as_of").annotate(value=shares["capacity"], sigma=shares["capacity_sigma"])
    return [{"as_of": one["as_of"].isoformat(), "capacity": one["value"], "sigma": one["sigma"]} for one in nights]


def cost_document(plant: StoragePlant) -> dict[str, Any] | None:
    row = BatteryCost.objects.filter(plant=plant).select_related("entered_by").first()
    if row is None:
        return None
    told = {name: getattr(row, name) for name in ("per_kwh", "currency", "discount_rate", "source")}
    return told | {"entered_by": row.entered_by.get_username(), "entered_at": row.entered_at.isoformat()}


def case_documents(
    plant: StoragePlant | None, *, free: bool, archived: bool = False, as_of: datetime
) -> list[dict[str, Any]]:
    """The newest first, without their years. Of one plant, or those of none, or all; archived: those put away too."""
    rows: QuerySet[EconomicCase] = EconomicCase.objects.filter(made_at__lte=as_of).select_related("plant", "made_by")
    if not archived:
        rows = rows.filter(Q(archived_at__isnull=True) | Q(archived_at__gt=as_of))
    if free or plant is not None:
        rows = rows.filter(plant=plant)
    return [_case(row) for row in rows.defer("sources")[:MOST_CASES]]


def case_document(row: EconomicCase) -> dict[str, Any]:
    """With every figure that was put in, its unit and its source."""
    currency = str(row.project.get("currency", ""))
    told = {name: value for name, value in row.project.items() if isinstance(value, int | float)}
    figures = [
        {
            "name": name,
            "words": words_of(name),
            "value": told.get(name),
            "unit": unit_of(name, currency),
            "source": source,
        }
        for name, source in in_order(row.sources)
    ]
    return _case(row) | {"project": row.project, "figures": figures, "result": row.result, "notes": row.notes}


def _case(row: EconomicCase) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "plant": str(row.plant.mrid) if row.plant else None,
        "plant_name": row.plant.name if row.plant else "",
        "currency": str(row.project.get("currency", "")),
        "made_by": row.made_by.get_username(),
        "made_at": row.made_at.isoformat(),
        "state": row.state,
        "state_label": row.get_state_display(),
        "reason": row.reason,
        **{name: row.result.get(name) for name in ("npv", "irr", "mirr", "payback_years", "lcos_per_mwh")},
        "worked_out_at": row.worked_out_at.isoformat() if row.worked_out_at else None,
        "duration_ms": row.duration_ms,
        "engine_version": row.engine_version,
        "archived_at": row.archived_at.isoformat() if row.archived_at else None,
    }
