"""Incidents as they stand in the database, for who reads them: documents, pages, reports."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import ACLineSegment, ConnectivityNode, EnergyConsumer, Feeder, NetworkModel
from apps.incidents.choices.crew import AssignmentStatus, CrewSkill, CrewStatus
from apps.incidents.choices.incident import FactKind, IncidentKind, IncidentStatus, Trigger
from apps.incidents.models import Crew, CrewAssignment, Incident, IncidentEstimate, IncidentFact, IncidentSection
from apps.state.choices import OutageSource
from apps.state.models import Outage, OutageStep

ISOLATES = "Switch between the sections"


def any_feeder(model: NetworkModel, n: int = 0) -> Feeder:
    return Feeder.objects.filter(model=model).order_by("index")[n]


def incident_on(feeder: Feeder, *, began_at: datetime, number: str = "INC-1", **fields: Any) -> Incident:
    """Supply of the whole feeder lost by protection at `began_at`, half a minute ago located."""
    nodes = list(ConnectivityNode.objects.filter(feeder=feeder).order_by("index"))
    consumers = list(EnergyConsumer.objects.filter(node__in=nodes).order_by("index"))
    customers = sum(consumer.customers for consumer in consumers)
    plain: dict[str, Any] = {
        "status": IncidentStatus.DETECTED,
        "trigger": Trigger.PROTECTION,
        "feeder_mrid": feeder.mrid,
        "feeder_name": feeder.name,
        "device_name": f"{feeder.name} breaker",
        "place": feeder.name,
        "began_at": began_at,
        "detected_at": began_at + timedelta(seconds=4),
        "nodes": [str(node.mrid) for node in nodes],
        "customers": customers,
        "customers_without": customers,
        "lost_kw": sum(consumer.p_kw for consumer in consumers),
        "outage_mrid": uuid4(),
    }
    incident = Incident.objects.create(number=number, **(plain | fields))
    outage = Outage.objects.create(
        mrid=incident.outage_mrid, source=OutageSource.INCIDENT, reference=number, feeder_mrid=feeder.mrid,
        feeder_name=feeder.name, began_at=began_at,
    )  # fmt: skip
    of_step = {str(consumer.mrid): consumer.customers for consumer in consumers}
    OutageStep.objects.create(
        outage=outage, began_at=began_at, customers=incident.customers, lost_kw=incident.lost_kw, consumers=of_step
    )
    tell(incident, FactKind.TRIPPED, began_at, f"{feeder.name} breaker opened by protection.")
    tell(incident, FactKind.STATUS, incident.detected_at, "Detected")
    return incident


def tell(incident: Incident, kind: FactKind, at: datetime, text: str, **fields: Any) -> IncidentFact:
    key = f"{kind}-{incident.facts.count()}"
    return IncidentFact.objects.create(
        incident=incident, kind=kind, key=key, at=at, recorded_at=at, text=text, **fields
    )


def with_candidates(incident: Incident, shares: tuple[float, ...] = (0.82, 0.15, 0.03)) -> Incident:
    lines = list(ACLineSegment.objects.filter(feeder__mrid=incident.feeder_mrid).order_by("index"))
    size = max(1, len(lines) // len(shares))
    for rank, share in enumerate(shares, start=1):
        own = lines[(rank - 1) * size : rank * size]
        IncidentSection.objects.create(
            incident=incident, key=f"section-{rank}", rank=rank, probability=share, customers=12 * rank,
            name=f"{own[0].name} to {own[-1].name}" if own else f"Section {rank}",
            lines=[{"mrid": str(line.mrid), "name": line.name, "probability": share / len(own)} for line in own],
            switches=[{"mrid": str(uuid4()), "name": ISOLATES}],
            reasons=["The indicator before it showed, the one behind it did not.", "36 of 40 meters in it are dead."],
        )  # fmt: skip
    return incident


def estimated(
    incident: Incident, made_at: datetime, *, hours: tuple[float, float, float] = (1, 2, 4)
) -> IncidentEstimate:
    earliest, likely, latest = (incident.began_at + timedelta(hours=value) for value in hours)
    tell(incident, FactKind.ESTIMATE, made_at, f"Supply expected back at {likely:%H:%M} UTC.")
    return IncidentEstimate.objects.create(
        incident=incident, made_at=made_at, earliest_at=earliest, likely_at=likely, latest_at=latest,
        basis="31 past outages of cables.", past_outages=31,
    )  # fmt: skip


def crew(name: str = "Crew 1", **fields: Any) -> Crew:
    plain = {"skills": [CrewSkill.CABLE, CrewSkill.SWITCHING], "status": CrewStatus.AVAILABLE, "area": "North"}
    return Crew.objects.create(name=name, **(plain | fields))


def sent(team: Crew, incident: Incident, at: datetime) -> CrewAssignment:
    by, _ = User.objects.get_or_create(username="dora", defaults={"role": Role.SUPERVISOR})
    Crew.objects.filter(pk=team.pk).update(status=CrewStatus.BUSY)
    tell(incident, FactKind.CREW, at, f"{team.name} was sent.", by=by)
    return CrewAssignment.objects.create(
        crew=team, incident=incident, status=AssignmentStatus.EN_ROUTE, assigned_at=at, assigned_by=by, en_route_at=at
    )


def restored(incident: Incident, share: float, at: datetime) -> Incident:
    """A share of the first step's customers has supply again; with 1 the last one has."""
    outage = Outage.objects.get(mrid=incident.outage_mrid)
    step = outage.steps.get(restored_at=None)
    back = round(step.customers * share)
    if back < step.customers:
        names = list(step.consumers)
        split = round(len(names) * share)
        first, rest = names[:split], names[split:]
        OutageStep.objects.create(
            outage=outage, began_at=step.began_at, restored_at=at, customers=back, lost_kw=step.lost_kw * share,
            consumers={name: step.consumers[name] for name in first},
        )  # fmt: skip
        step.customers, step.lost_kw = step.customers - back, step.lost_kw * (1 - share)
        step.consumers = {name: step.consumers[name] for name in rest}
    else:
        step.restored_at = at
    step.save()
    is_last = step.restored_at is not None
    tell(incident, FactKind.SUPPLY_BACK, at, f"{back} customers have supply again.")
    incident.customers_without = 0 if is_last else step.customers
    incident.status = IncidentStatus.RESTORED if is_last else IncidentStatus.PARTLY_RESTORED
    incident.restored_at = at if is_last else None
    if at - incident.began_at > timedelta(minutes=5):
        incident.kind = IncidentKind.SUSTAINED
    elif is_last:
        incident.kind = IncidentKind.MOMENTARY
    incident.save()
    if is_last:
        Outage.objects.filter(pk=outage.pk).update(ended_at=at)
    return incident
