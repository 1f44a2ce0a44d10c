"""The incident desk: what is open, the gravest first, and who can be sent."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.incidents.choices.crew import CrewStatus
from apps.incidents.choices.incident import WITHOUT_SUPPLY
from apps.incidents.models import Crew, Incident
from apps.incidents.selectors.documents import crew_document, incident_document, section_document
from apps.state.models import OutageStep

CRITICAL_COUNTS_AS = 50  # customers, in the order of the queue
CANDIDATES_DRAWN = 6
LEAST_HOURS = 0.25  # of a repair that is nearly over
ENDED_SHOWN = 30


def desk_document(*, as_of: datetime) -> dict[str, Any]:
    going_on = list(Incident.objects.open().select_related("parent"))
    ended = list(Incident.objects.exclude(pk__in=[one.pk for one in going_on]).select_related("parent")[:ENDED_SHOWN])
    minutes = customer_minutes(going_on + ended, as_of=as_of)
    rows = sorted((_row(incident, minutes, as_of) for incident in going_on), key=_by_gravity)
    crews = [crew_document(crew) for crew in Crew.objects.prefetch_related("assignments")]
    return {
        "as_of": as_of.isoformat(),
        "open": rows,
        "ended": [incident_document(one) | {"customer_minutes": minutes.get(one.pk)} for one in ended],
        "figures": _figures(rows, crews),
        "crews": crews,
        "critical_counts_as": CRITICAL_COUNTS_AS,
    }


def customer_minutes(incidents: Iterable[Incident], *, as_of: datetime) -> dict[int, float]:
    """So far, from the recorded steps alone; an incident without a recorded outage is missing."""
    by_outage: dict[UUID, int] = {one.outage_mrid: one.pk for one in incidents if one.outage_mrid}
    sums: dict[int, float] = {}
    for step in OutageStep.objects.filter(outage__mrid__in=by_outage).select_related("outage"):
        key = by_outage[step.outage.mrid]
        sums[key] = sums.get(key, 0.0) + minutes_of(step, as_of=as_of)
    return sums


def minutes_of(step: OutageStep, *, as_of: datetime) -> float:
    return step.customers * ((step.restored_at or as_of) - step.began_at).total_seconds() / 60


def _row(incident: Incident, minutes: dict[int, float], as_of: datetime) -> dict[str, Any]:
    document = incident_document(incident)
    candidates = incident.sections.order_by("rank")[:CANDIDATES_DRAWN]
    return document | {
        "nodes": incident.nodes,
        "candidates": [section_document(one) for one in candidates],
        "customer_minutes": minutes.get(incident.pk),
        "gravity": incident.customers_without + CRITICAL_COUNTS_AS * incident.critical_without,
        "is_without_supply": incident.status in WITHOUT_SUPPLY,
        **_by_crew_hour(document, as_of),
    }


def _by_crew_hour(document: dict[str, Any], as_of: datetime) -> dict[str, Any]:
    """Where an hour of a crew gives most customers supply again: by the likely end of the repair, one crew at least."""
    estimate = document["estimate"]
    crews = max(1, len([one for one in document["crews"] if one["ended_at"] is None]))
    if estimate is None:
        return {"crew_hours": None, "customers_per_crew_hour": None}
    left_h = (datetime.fromisoformat(estimate["likely_at"]) - as_of).total_seconds() / 3600
    hours = crews * max(LEAST_HOURS, left_h)
    return {"crew_hours": hours, "customers_per_crew_hour": document["customers_without"] / hours}


def _by_gravity(row: dict[str, Any]) -> tuple[int, str]:
    return -row["gravity"], row["began_at"]


def _figures(rows: Sequence[dict[str, Any]], crews: Sequence[dict[str, Any]]) -> dict[str, Any]:
    status = [crew["status"] for crew in crews]
    return {
        "incidents": len(rows),
        "without_supply": sum(row["is_without_supply"] for row in rows),
        "customers_without": sum(row["customers_without"] for row in rows),
        "critical_without": sum(row["critical_without"] for row in rows),
        "customers_back": sum(row["customers"] - row["customers_without"] for row in rows),
        "customer_minutes": sum(row["customer_minutes"] or 0.0 for row in rows),
        "lost_kw": sum(row["lost_kw"] for row in rows if row["is_without_supply"]),
        "crews_available": status.count(CrewStatus.AVAILABLE),
        "crews_busy": status.count(CrewStatus.BUSY),
        "crews_off_duty": status.count(CrewStatus.OFF_DUTY),
    }
