"""What people do with an incident."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.incidents.adapters.inferring import whole_section
from apps.incidents.choices.crew import AssignmentStatus
from apps.incidents.choices.incident import (
    NEXT_INCIDENT_STATUS,
    TOLD_BY_CUSTOMERS,
    DamageClass,
    FactKind,
    IncidentKind,
    IncidentStatus,
)
from apps.incidents.models import Incident, IncidentSection
from apps.incidents.selectors.ground import current_ground
from apps.incidents.selectors.positions import positions
from apps.incidents.services.crews import move_assignment
from apps.incidents.services.estimating import estimate
from apps.incidents.services.inferring import section_row
from apps.incidents.services.outage_rows import close_if_over, count_again, outage_of, split_restored
from apps.incidents.services.supply_alarm import end_supply_alarm
from apps.incidents.services.telling import IncidentRefused, Told, locked, move, note_fact, one_writer, publish, tell
from apps.state.choices import OutageCause


@one_writer()
def confirm_section(*, number: str, key: str, equipment_mrid: UUID | None, by: User, as_of: datetime) -> Incident:
    """A candidate by its key, or any part of the network by a line, transformer or node in it."""
    incident = _open(number)
    section = _section(incident, key, equipment_mrid, as_of=as_of)
    incident.sections.filter(is_confirmed=True).update(is_confirmed=False)
    section.is_confirmed = True
    section.save(update_fields=["is_confirmed"])
    told = Told(FactKind.CONFIRMED, as_of.isoformat(), as_of, f"The fault is in {section.name}.", None, section.name)
    note_fact(incident, told, as_of=as_of, by=by)
    if IncidentStatus.LOCATED in NEXT_INCIDENT_STATUS[IncidentStatus(incident.status)] and _is_first(incident):
        move(incident, IncidentStatus.LOCATED, as_of=as_of, by=by, why=f"Confirmed: {section.name}.")
    tell(incident, "section-confirmed", by=by, as_of=as_of, detail={"section": section.name, "key": section.key})
    return incident


def _is_first(incident: Incident) -> bool:
    return incident.status == IncidentStatus.DETECTED


def _section(incident: Incident, key: str, equipment_mrid: UUID | None, *, as_of: datetime) -> IncidentSection:
    if key:
        found = incident.sections.filter(key=key).first()
        if found is None:
            raise IncidentRefused("The candidates have been weighed anew and this one is not among them: look again.")
        return found
    ground = current_ground()
    if ground is None:
        raise IncidentRefused("There is no network yet. Import one first.")
    whole = whole_section(ground, str(equipment_mrid), positions(ground, as_of=as_of).closed)
    if whole is None:
        raise IncidentRefused("equipment_mrid: the present network has no line, transformer or node of that mRID.")
    known = incident.sections.filter(key=whole.key).first()
    last = incident.sections.count() + 1
    return known or IncidentSection.objects.create(incident=incident, key=whole.key, **section_row(whole, last))


@one_writer()
def record_damage(
    *,
    number: str,
    damage_class: DamageClass,
    damage: str,
    cause: OutageCause | None,
    equipment: tuple[UUID, str] | None,
    by: User,
    as_of: datetime,
) -> Incident:
    incident = _open(number)
    incident.damage_class, incident.damage = damage_class, damage
    incident.cause = cause or incident.cause
    if equipment:
        incident.equipment_mrid, incident.equipment_name = equipment
    incident.save(update_fields=["damage_class", "damage", "cause", "equipment_mrid", "equipment_name"])
    at = f" at {incident.equipment_name}" if incident.equipment_name else ""
    text = f"{damage_class.label}{at}: {damage or 'nothing more is known'}."
    told = Told(FactKind.DAMAGE, as_of.isoformat(), as_of, text, incident.equipment_mrid, incident.equipment_name)
    note_fact(incident, told, as_of=as_of, by=by)
    _write_outage(incident)
    tell(incident, "damage", by=by, as_of=as_of, detail={"class": damage_class, "damage": damage, "cause": cause})
    estimate(incident, as_of=as_of)
    return incident


@one_writer()
def record_repair(*, number: str, note: str, by: User, as_of: datetime) -> Incident:
    """The faulted part may be put under voltage again."""
    incident = _open(number)
    if IncidentStatus.REPAIRED not in NEXT_INCIDENT_STATUS[IncidentStatus(incident.status)]:
        raise IncidentRefused(f"{incident.number} is {incident.get_status_display().lower()} already.")
    if incident.trigger in TOLD_BY_CUSTOMERS:
        _restore_all(incident, as_of=as_of)
    if not move(incident, IncidentStatus.REPAIRED, as_of=as_of, by=by, why=note):
        raise IncidentRefused(f"{incident.number} has moved meanwhile: look again.")
    estimate(incident, as_of=as_of)
    return incident


def _restore_all(incident: Incident, *, as_of: datetime) -> None:
    """No switch tells when they have supply again, and some meters never tell: whoever mended it does."""
    ground, outage = current_ground(), outage_of(incident)
    if ground is None or outage is None:
        return
    for step in outage.steps.filter(restored_at__isnull=True):
        split_restored(step, ground, list(step.consumers), at=as_of)
    close_if_over(outage)
    count_again(incident, outage)
    incident.restored_at = as_of
    incident.save(update_fields=["restored_at"])
    end_supply_alarm(incident, as_of=as_of)
    publish(incident, "restored")


@one_writer()
def close_incident(*, number: str, cause: OutageCause, note: str, by: User, as_of: datetime) -> Incident:
    incident = _open(number)
    if incident.customers_without:
        text = f"{incident.customers_without} customers are still without supply. Restore them first."
        raise IncidentRefused(text)
    if IncidentStatus.CLOSED not in NEXT_INCIDENT_STATUS[IncidentStatus(incident.status)]:
        text = f"{incident.number} is {incident.get_status_display().lower()}: it is closed once it is restored."
        raise IncidentRefused(text)
    if cause == OutageCause.UNKNOWN and not note:
        raise IncidentRefused("cause_note: a cause that stays unknown needs a word on what was looked for.")
    end_supply_alarm(incident, as_of=as_of)
    _release_crews(incident, by=by, as_of=as_of)
    kind = IncidentKind.SUSTAINED if incident.kind == IncidentKind.UNDECIDED else IncidentKind(incident.kind)
    given = {"cause": cause, "cause_note": note, "closed_by": by, "kind": kind}
    if not move(incident, IncidentStatus.CLOSED, as_of=as_of, by=by, why=f"Cause: {cause.label.lower()}.", **given):
        raise IncidentRefused(f"{incident.number} has moved meanwhile: look again.")
    _write_outage(incident)
    return incident


@one_writer()
def cancel_incident(*, number: str, reason: str, by: User, as_of: datetime) -> Incident:
    """It was none: nobody lost supply, so no outage is recorded either."""
    incident = _open(number)
    end_supply_alarm(incident, as_of=as_of)
    if not move(incident, IncidentStatus.CANCELLED, as_of=as_of, by=by, why=reason, customers_without=0):
        raise IncidentRefused(f"{incident.number} has moved meanwhile: look again.")
    _release_crews(incident, by=by, as_of=as_of)
    if (outage := outage_of(incident)) is not None:
        outage.delete()
    Incident.objects.filter(pk=incident.pk).update(outage_mrid=None)
    incident.refresh_from_db()
    return incident


@one_writer()
def add_note(*, number: str, text: str, looked_at: tuple[UUID, str] | None, by: User, as_of: datetime) -> Incident:
    """looked_at: a line at which people stood and found nothing; the search for the section takes it into account."""
    incident = locked(number)
    key = f"looked {as_of.isoformat()}" if looked_at else as_of.isoformat()
    mrid, name = looked_at or (None, "")
    note_fact(incident, Told(FactKind.NOTE, key, as_of, text, mrid, name), as_of=as_of, by=by)
    tell(incident, "note", by=by, as_of=as_of, detail={"text": text, "looked_at": name})
    return incident


def _open(number: str) -> Incident:
    incident = locked(number)
    if not incident.is_open:
        raise IncidentRefused(
            f"{incident.number} is {incident.get_status_display().lower()}; nothing more is done to it."
        )
    return incident


def _release_crews(incident: Incident, *, by: User, as_of: datetime) -> None:
    for one in incident.assignments.open().select_related("crew", "incident"):
        to = AssignmentStatus.DONE if one.status == AssignmentStatus.ON_SITE else AssignmentStatus.RELEASED
        move_assignment(assignment=one, to=to, by=by, as_of=as_of)


def _write_outage(incident: Incident) -> None:
    outage = outage_of(incident)
    if outage is not None:
        outage.cause = incident.cause
        outage.equipment_mrid, outage.equipment_name = incident.equipment_mrid, incident.equipment_name
        outage.save(update_fields=["cause", "equipment_mrid", "equipment_name"])
