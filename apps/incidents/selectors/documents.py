"""Incidents as the API, the journal and the pages tell them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.incidents.choices.crew import AssignmentStatus
from apps.incidents.choices.incident import NEXT_INCIDENT_STATUS, IncidentStatus
from apps.incidents.models import Crew, CrewAssignment, Incident, IncidentEstimate, IncidentFact, IncidentSection
from apps.state.models import Outage, OutageStep

MOST_FACTS = 500
_INSTANTS = ("began_at", "detected_at", "located_at", "isolated_at", "restored_at", "repaired_at", "ended_at")


def incident_document(incident: Incident) -> dict[str, Any]:
    """What a list shows of an incident."""
    section = incident.sections.order_by("-is_confirmed", "rank").first()
    estimate = incident.estimates.select_related("by").first()
    return {
        "id": incident.pk,
        "number": incident.number,
        "status": incident.status,
        "status_label": incident.get_status_display(),
        "may_become": sorted(NEXT_INCIDENT_STATUS[IncidentStatus(incident.status)]),
        "is_open": incident.is_open,
        "kind": incident.kind,
        "kind_label": incident.get_kind_display(),
        "trigger": incident.trigger,
        "trigger_label": incident.get_trigger_display(),
        "parent": incident.parent.number if incident.parent else None,
        "feeder_mrid": _text(incident.feeder_mrid),
        "feeder_name": incident.feeder_name,
        "device_mrid": _text(incident.device_mrid),
        "device_name": incident.device_name,
        "place": incident.place,
        **{name: _instant(getattr(incident, name)) for name in _INSTANTS},
        "customers": incident.customers,
        "critical_customers": incident.critical_customers,
        "customers_without": incident.customers_without,
        "critical_without": incident.critical_without,
        "lost_kw": incident.lost_kw,
        "outage_mrid": _text(incident.outage_mrid),
        "cause": incident.cause,
        "cause_label": incident.get_cause_display(),
        "cause_note": incident.cause_note,
        "damage_class": incident.damage_class,
        "damage_class_label": incident.get_damage_class_display(),
        "damage": incident.damage,
        "equipment_mrid": _text(incident.equipment_mrid),
        "equipment_name": incident.equipment_name,
        "section": section_document(section) if section else None,  # the confirmed or the most likely one
        "estimate": estimate_document(estimate) if estimate else None,
        "crews": [assignment_document(one) for one in incident.assignments.select_related("crew", "assigned_by")],
    }


def whole_incident(incident: Incident) -> dict[str, Any]:
    """With its timeline, candidates, estimates, steps of the outage, and how often meters and callers told."""
    facts = incident.facts.select_related("by").order_by("-at", "-id")[:MOST_FACTS]
    reports: dict[str, int] = {}
    for kind in incident.reports.values_list("kind", flat=True):
        reports[kind] = reports.get(kind, 0) + 1
    outage = Outage.objects.filter(mrid=incident.outage_mrid).first() if incident.outage_mrid else None
    return {
        **incident_document(incident),
        "nodes": incident.nodes,
        "facts": [fact_document(fact) for fact in facts],  # the newest first
        "sections": [section_document(one) for one in incident.sections.order_by("rank")],
        "estimates": [estimate_document(one) for one in incident.estimates.select_related("by")],
        "steps": [step_document(one) for one in outage.steps.all()] if outage else [],
        "reports": reports,
        "nested": list(incident.nested.order_by("id").values_list("number", flat=True)),
    }


def fact_document(fact: IncidentFact) -> dict[str, Any]:
    return {
        "id": fact.pk,
        "kind": fact.kind,
        "kind_label": fact.get_kind_display(),
        "at": fact.at.isoformat(),
        "recorded_at": fact.recorded_at.isoformat(),
        "equipment_mrid": _text(fact.equipment_mrid),
        "equipment_name": fact.equipment_name,
        "value": fact.value,
        "unit": fact.unit,
        "text": fact.text,
        "by": fact.by.get_username() if fact.by else None,
    }


def section_document(section: IncidentSection) -> dict[str, Any]:
    return {
        "key": section.key,
        "rank": section.rank,
        "name": section.name,
        "probability": section.probability,
        "lines": section.lines,
        "transformers": section.transformers,
        "nodes": section.nodes,
        "switches": section.switches,
        "customers": section.customers,
        "reasons": section.reasons,
        "is_confirmed": section.is_confirmed,
        "is_isolated": section.is_isolated,
    }


def estimate_document(estimate: IncidentEstimate) -> dict[str, Any]:
    return {
        "made_at": estimate.made_at.isoformat(),
        "earliest_at": estimate.earliest_at.isoformat(),
        "likely_at": estimate.likely_at.isoformat(),
        "latest_at": estimate.latest_at.isoformat(),
        "basis": estimate.basis,
        "past_outages": estimate.past_outages,
        "by": estimate.by.get_username() if estimate.by else None,
    }


def step_document(step: OutageStep) -> Mapping[str, Any]:
    return {
        "began_at": step.began_at.isoformat(),
        "restored_at": _instant(step.restored_at),
        "customers": step.customers,
        "critical_customers": step.critical_customers,
        "lost_kw": step.lost_kw,
        "consumers": step.consumers,
    }


def assignment_document(assignment: CrewAssignment) -> dict[str, Any]:
    return {
        "id": assignment.pk,
        "crew": assignment.crew.name,
        "crew_id": assignment.crew_id,
        "status": assignment.status,
        "status_label": AssignmentStatus(assignment.status).label,
        "task": assignment.task,
        "assigned_at": assignment.assigned_at.isoformat(),
        "assigned_by": assignment.assigned_by.get_username(),
        "en_route_at": _instant(assignment.en_route_at),
        "on_site_at": _instant(assignment.on_site_at),
        "ended_at": _instant(assignment.ended_at),
    }


def crew_document(crew: Crew) -> dict[str, Any]:
    job = crew.assignments.open().select_related("incident").first()
    return {
        "id": crew.pk,
        "name": crew.name,
        "area": crew.area,
        "skills": crew.skills,
        "status": crew.status,
        "status_label": crew.get_status_display(),
        "members": crew.members,
        "longitude": crew.longitude,
        "latitude": crew.latitude,
        "incident": job.incident.number if job else None,
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _text(mrid: object) -> str | None:
    return str(mrid) if mrid else None
