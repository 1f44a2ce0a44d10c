"""One alarm an incident, while customers are without supply."""

from datetime import datetime
from uuid import UUID

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.incidents.models import Incident

_SOURCE = "incident/"


def raise_supply_alarm(incident: Incident, *, as_of: datetime) -> None:
    """It is raised again where it stands no more; where it stands it stays as it is."""
    if not incident.customers_without:
        return
    what = f"{incident.number}: {incident.customers_without} customers without supply"
    critical = f", {incident.critical_without} of them critical" if incident.critical_without else ""
    fact = alarms.AlarmFact(
        source=source_of(incident),
        condition=Condition.SUPPLY_FAULT,
        priority=Priority.CRITICAL if incident.critical_without else Priority.HIGH,
        equipment_name=incident.device_name or incident.feeder_name or incident.number,
        equipment_mrid=_equipment(incident),
        message=f"{what}{critical}.",
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def end_supply_alarm(incident: Incident, *, as_of: datetime) -> None:
    source = source_of(incident)
    if any(one == source for one, _ in standing_sources([Condition.SUPPLY_FAULT])):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.SUPPLY_FAULT, as_of)])


def source_of(incident: Incident) -> str:
    return f"{_SOURCE}{incident.number}"


def _equipment(incident: Incident) -> UUID | None:
    return incident.device_mrid or incident.feeder_mrid or (UUID(incident.nodes[0]) if incident.nodes else None)
