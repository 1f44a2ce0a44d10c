"""How long a microgrid could stand alone, and its reserve, as documents."""

from datetime import datetime
from typing import Any

from apps.microgrids.choices.microgrid import LoadPriority
from apps.microgrids.choices.readiness import FRESH, ReadinessOutcome
from apps.microgrids.models import Microgrid, ReadinessRun, ReadinessTerms, ReserveWish
from apps.microgrids.selectors.reserve import reserve_now, wish_now

SERVED = {
    LoadPriority.CRITICAL: "until critical loads want",
    LoadPriority.IMPORTANT: "until critical or important loads want",
    LoadPriority.DEFERRABLE: "until any load wants",
}
NOT_YET = "Not worked out yet: it is looked at every five minutes."
_AS_STORED = (
    "is_alone",
    "horizon_h",
    "scenarios",
    "gains",
    "unserved_kwh",
    "inputs",
    "outage",
    "engine_version",
    "duration_ms",
)
TERMS = (
    "least_soc",
    "one_way_efficiency",
    "soc_sigma",
    "start_failure",
    "hours_between_failures",
    "shed_important_below",
    "shed_deferrable_below",
    "lost_critical_eur_per_kwh",
    "lost_important_eur_per_kwh",
    "lost_deferrable_eur_per_kwh",
    "expected_outage_h",
    "outages_per_year",
)


def latest_readiness(microgrid: Microgrid, *, as_of: datetime) -> ReadinessRun | None:
    return ReadinessRun.objects.filter(microgrid=microgrid, as_of__lte=as_of).order_by("-as_of").first()


def readiness_document(microgrid: Microgrid, *, as_of: datetime) -> dict[str, Any]:
    """An old one says so; it is not what holds now. Before the first look there is no outcome, and a reason."""
    run = latest_readiness(microgrid, as_of=as_of)
    if run is None:
        return _not_yet(microgrid, as_of=as_of)
    return {
        "microgrid": str(microgrid.mrid),
        "name": microgrid.name,
        "as_of": run.as_of,
        "is_old": as_of - run.as_of > FRESH,
        "outcome": run.outcome,
        "outcome_label": ReadinessOutcome(run.outcome).label,
        "reason": run.reason,
        "is_alone": run.is_alone,
        "horizon_h": run.horizon_h,
        "scenarios": run.scenarios,
        "hours": [_hours(run, priority) for priority in LoadPriority if str(int(priority)) in run.hours],
        "curve": run.curve or None,
        "gains": run.gains,
        "unserved_kwh": run.unserved_kwh,
        "inputs": run.inputs,
        "outage": run.outage,
        "reserve": reserve_document(microgrid, run, as_of=as_of),
        "terms": terms_document(microgrid),
        "engine_version": run.engine_version,
        "duration_ms": run.duration_ms,
    }


def _not_yet(microgrid: Microgrid, *, as_of: datetime) -> dict[str, Any]:
    """As of a row that was never stored: nothing in it is known."""
    none = ReadinessRun(microgrid=microgrid)
    return {
        "microgrid": str(microgrid.mrid),
        "name": microgrid.name,
        "as_of": None,
        "is_old": False,
        "outcome": None,
        "outcome_label": "Not worked out yet",
        "reason": NOT_YET,
        "hours": [],
        "curve": None,
        "reserve": reserve_document(microgrid, None, as_of=as_of),
        "terms": terms_document(microgrid),
        **{name: getattr(none, name) for name in _AS_STORED},
    }


def _hours(run: ReadinessRun, priority: LoadPriority) -> dict[str, Any]:
    told = run.hours[str(int(priority))]
    return {"priority": int(priority), "meaning": SERVED[priority], "horizon_h": run.horizon_h, **told}


def reserve_document(microgrid: Microgrid, run: ReadinessRun | None, *, as_of: datetime) -> dict[str, Any]:
    held = reserve_now(microgrid, as_of=as_of)
    wish = wish_now(microgrid, as_of=as_of)
    return {
        "reserve_kwh": held.reserve_kwh,
        "until": held.until,
        "basis": held.basis,
        "basis_label": held.basis.label,
        "reason": held.reason,
        "cost_eur": held.cost_eur,
        "computed_kwh": run.reserve_kwh if run else None,
        "computed_reason": run.reserve.get("reason", "") if run else "",
        "computed_cost_eur": run.reserve_cost_eur if run else None,
        "candidates": run.reserve.get("candidates", []) if run else [],
        "wish": wish_document(wish) if wish else None,
    }


def wish_document(wish: ReserveWish) -> dict[str, Any]:
    return {
        "id": wish.pk,
        "reserve_kwh": wish.reserve_kwh,
        "starts_at": wish.starts_at,
        "ends_at": wish.ends_at,
        "reason": wish.reason,
        "entered_by": wish.entered_by.get_username(),
        "entered_at": wish.entered_at,
        "withdrawn_at": wish.withdrawn_at,
    }


def terms_document(microgrid: Microgrid) -> dict[str, Any]:
    """What is assumed where nobody measures; defaults until an engineer enters better ones."""
    row = ReadinessTerms.objects.filter(microgrid=microgrid).first()
    held = row or ReadinessTerms(microgrid=microgrid)
    return {"is_default": row is None, **{name: getattr(held, name) for name in TERMS}}
