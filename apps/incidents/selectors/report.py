"""The report of an incident: what happened, when what was known, what was done on which ground, and what it came to.

Everything in it is read from records; what was not recorded is said to be unknown.
"""

from datetime import datetime
from typing import Any

from apps.incidents.choices.incident import MOMENTARY_WITHIN, FactKind
from apps.incidents.models import CrewAssignment, Incident, IncidentEstimate, IncidentFact
from apps.incidents.selectors.desk import minutes_of
from apps.incidents.selectors.documents import (
    assignment_document,
    estimate_document,
    fact_document,
    incident_document,
    section_document,
)
from apps.incidents.selectors.plan import all_proposals, progress
from apps.state.models import Outage, OutageStep

# Moments of an incident, in their order, as the table of the report has them.
_MOMENTS = {
    "detected_at": "Detected",
    "located_at": "Faulted section known",
    "isolated_at": "Isolated",
    "restored_at": "All customers have supply",
    "repaired_at": "Repaired",
    "ended_at": "Closed or cancelled",
}
_DECIDED = frozenset({FactKind.CONFIRMED, FactKind.RESTORATION, FactKind.ESTIMATE, FactKind.CREW, FactKind.DAMAGE})


def report_document(incident: Incident, *, as_of: datetime) -> dict[str, Any]:
    outage = Outage.objects.filter(mrid=incident.outage_mrid).first() if incident.outage_mrid else None
    steps = [_step(step, as_of) for step in outage.steps.all()] if outage else []
    facts = list(incident.facts.select_related("by").order_by("at", "id"))
    proposals = [_proposal(progress(one)) for one in all_proposals(incident)]
    estimates = list(incident.estimates.select_related("by").order_by("id"))
    return {
        "as_of": as_of.isoformat(),
        "is_final": not incident.is_open,
        "incident": incident_document(incident),
        "figures": _figures(incident, steps),
        "moments": [_moment(incident, name, label) for name, label in _MOMENTS.items()],
        "steps": steps,
        "estimates": [_estimate(one, incident) for one in estimates],
        "timeline": [_fact(fact, incident) for fact in facts],
        "candidates": [section_document(one) for one in incident.sections.order_by("rank")],
        "decisions": [_fact(fact, incident) for fact in facts if fact.by_id or fact.kind in _DECIDED],
        "proposals": proposals,
        "crews": [_crew(one) for one in incident.assignments.select_related("crew", "assigned_by")],
        "nested": list(incident.nested.order_by("id").values_list("number", flat=True)),
    }


def _figures(incident: Incident, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """IEEE 1366: an interruption of up to five minutes is momentary, whatever the incident as a whole was."""
    momentary = [step for step in steps if step["is_momentary"]]
    sustained = [step for step in steps if not step["is_momentary"]]
    return {
        "customers": incident.customers,
        "critical_customers": incident.critical_customers,
        "customers_without": incident.customers_without,
        "momentary_customers": sum(step["customers"] for step in momentary),
        "sustained_customers": sum(step["customers"] for step in sustained),
        "customer_minutes": sum(step["customer_minutes"] for step in steps),
        "sustained_customer_minutes": sum(step["customer_minutes"] for step in sustained),
        "energy_not_served_kwh": sum(step["energy_not_served_kwh"] for step in steps),
        "duration_min": _minutes(incident.began_at, incident.restored_at),
    }


def _step(step: OutageStep, as_of: datetime) -> dict[str, Any]:
    lasted = (step.restored_at or as_of) - step.began_at
    return {
        "began_at": step.began_at.isoformat(),
        "restored_at": step.restored_at.isoformat() if step.restored_at else None,
        "minutes": lasted.total_seconds() / 60,
        "customers": step.customers,
        "critical_customers": step.critical_customers,
        "lost_kw": step.lost_kw,
        "customer_minutes": minutes_of(step, as_of=as_of),
        "energy_not_served_kwh": step.lost_kw * lasted.total_seconds() / 3600,
        "is_momentary": step.restored_at is not None and lasted <= MOMENTARY_WITHIN,
    }


def _moment(incident: Incident, name: str, label: str) -> dict[str, Any]:
    at: datetime | None = getattr(incident, name)
    return {"label": label, "at": at.isoformat() if at else None, "after_min": _minutes(incident.began_at, at)}


def _estimate(estimate: IncidentEstimate, incident: Incident) -> dict[str, Any]:
    """Late is positive. Inside: the band said between which instants eight of ten end."""
    end = incident.restored_at
    return estimate_document(estimate) | {
        "late_min": _minutes(estimate.likely_at, end),
        "is_inside": estimate.earliest_at <= end <= estimate.latest_at if end else None,
    }


def _fact(fact: IncidentFact, incident: Incident) -> dict[str, Any]:
    """When it was so, and when it was known here."""
    return fact_document(fact) | {
        "after_min": _minutes(incident.began_at, fact.at),
        "known_after_s": (fact.recorded_at - fact.at).total_seconds(),
    }


def _crew(assignment: CrewAssignment) -> dict[str, Any]:
    return assignment_document(assignment) | {
        "way_min": _minutes(assignment.en_route_at, assignment.on_site_at),
        "work_min": _minutes(assignment.on_site_at, assignment.ended_at),
    }


_OF_PROPOSAL = (
    "id", "desk_label", "trouble_label", "kind", "title", "status", "status_label", "reason", "explanation", "unit",
    "value_before", "value_after", "claimed_relief", "customer_minutes", "confidence", "operations", "created_at",
    "verified_at", "decided_at", "decided_by", "rule", "executed_at", "ended_at", "versions", "verification",
    "progress",
)  # fmt: skip


def _proposal(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in _OF_PROPOSAL}


def _minutes(begin: datetime | None, end: datetime | None) -> float | None:
    return (end - begin).total_seconds() / 60 if begin and end else None
