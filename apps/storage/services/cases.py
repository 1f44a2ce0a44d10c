"""Storage projects in money: checked when they are put in, worked out by a worker, kept with what they stand on."""

import json
import time
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.state.adapters import ENGINE_VERSION
from apps.storage.adapters.project_figures import named, tree_of
from apps.storage.adapters.project_file import BadProject, Told, from_tree
from apps.storage.adapters.project_worth import check, worth
from apps.storage.choices import CaseState
from apps.storage.models import BatteryCost, EconomicCase, StoragePlant

MOST_A_ROUND = 20


@transaction.atomic
def make_case(
    *,
    name: str,
    plant: StoragePlant | None,
    told: Told,
    source: str,
    sources: Mapping[str, str],
    by: User,
    as_of: datetime,
) -> EconomicCase:
    """source: of all figures that `sources` does not name. Raises BadProject, which names the field."""
    check(told)
    told.text["name"] = name
    case = EconomicCase.objects.create(
        name=name,
        plant=plant,
        project=tree_of(told),
        sources=_sources(told, source, sources),
        made_by=by,
        made_at=as_of,
    )
    detail = {"case": name, "plant": plant.name if plant else ""}
    audit.record(actor=by, action="storage.case-made", target=f"storage-case/{case.pk}", detail=detail, at=as_of)
    return case


@transaction.atomic
def archive_case(*, case_id: int, reason: str, by: User, as_of: datetime) -> EconomicCase:
    """It stays as it is and is listed no more. Raises Refused where that was done already."""
    case = EconomicCase.objects.select_for_update(of=("self",)).select_related("plant", "made_by").get(pk=case_id)
    if case.archived_at is not None:
        raise Refused(f"It was put away by {case.archived_by} already.")
    case.archived_at, case.archived_by, case.archive_reason = as_of, by, reason
    case.save(update_fields=["archived_at", "archived_by", "archive_reason"])
    detail = {"case": case.name, "reason": reason}
    audit.record(actor=by, action="storage.case-archived", target=f"storage-case/{case.pk}", detail=detail, at=as_of)
    return case


def _sources(told: Told, source: str, sources: Mapping[str, str]) -> dict[str, str]:
    if unknown := [name for name in sources if name not in named(told)]:
        raise BadProject(f"sources: {unknown[0]} is no figure of the project; leave it out, or give the figure.")
    found = {name: sources.get(name, "").strip() or source.strip() for name in named(told)}
    if missing := [name for name, text in found.items() if not text]:
        raise BadProject(f"sources: {missing[0]} has none; say where the figure is from, or give one source for all.")
    return found


def work_out_waiting(*, as_of: datetime) -> int:
    """The oldest first. How many were worked out."""
    waiting = EconomicCase.objects.filter(state=CaseState.WAITING).order_by("pk")[:MOST_A_ROUND]
    return len([_work_out(case, as_of) for case in waiting])


def _work_out(case: EconomicCase, as_of: datetime) -> EconomicCase:
    """Whatever comes of it is in the row."""
    begun = time.perf_counter()
    try:
        found = worth(from_tree(case.project))
        json.dumps(found.document, allow_nan=False)
        case.state, case.result, case.notes = CaseState.DONE, found.document, list(found.notes)
    except ValueError as fault:
        case.state, case.reason = CaseState.FAILED, str(fault)[:400]
    case.worked_out_at, case.engine_version = as_of, ENGINE_VERSION
    case.duration_ms = 1000 * (time.perf_counter() - begun)
    case.save()
    return case


@transaction.atomic
def set_battery_cost(
    *, plant: StoragePlant, per_kwh: float, currency: str, discount_rate: float, source: str, by: User, as_of: datetime
) -> BatteryCost:
    told = {"per_kwh": per_kwh, "currency": currency, "discount_rate": discount_rate, "source": source}
    cost, _ = BatteryCost.objects.update_or_create(
        plant=plant, defaults={**told, "entered_by": by, "entered_at": as_of}
    )
    detail = {"plant": plant.name, **told}
    audit.record(actor=by, action="storage.battery-cost", target=f"storage/{plant.pk}", detail=detail, at=as_of)
    return cost
