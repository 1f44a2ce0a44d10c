"""One way in which an incident changes and is told: compare and swap, a fact, audit and journal in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.incidents.choices.incident import INCIDENTS, LONGEST_WORDS, FactKind, IncidentStatus
from apps.incidents.models import Incident, IncidentFact
from apps.incidents.selectors.documents import incident_document
from apps.live import services as live

_REACHED = {
    IncidentStatus.LOCATED: "located_at",
    IncidentStatus.ISOLATED: "isolated_at",
    IncidentStatus.RESTORED: "restored_at",
    IncidentStatus.REPAIRED: "repaired_at",
    IncidentStatus.CLOSED: "ended_at",
    IncidentStatus.CANCELLED: "ended_at",
}


class IncidentRefused(Exception):
    """What stands in the way, in a sentence."""


_LOCK = 0x49_4E_43_44


@contextmanager
def one_writer() -> Iterator[None]:
    """A transaction that changes incidents, from its first line on: one at a time, whoever it is.

    Rows, audit and journal are locked one after the other, and nobody can say in which order an incident's facts come.
    Alarms are told before audit and journal, because whoever acts on an alarm locks in that order.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline, as its source tells it."""

    kind: FactKind
    key: str
    at: datetime
    text: str
    equipment_mrid: UUID | None = None
    equipment_name: str = ""
    value: float | None = None
    unit: str = ""


def note_fact(incident: Incident, told: Told, *, as_of: datetime, by: User | None = None) -> bool:
    """False: it was known. In the transaction of the caller, who publishes."""
    _, is_new = IncidentFact.objects.get_or_create(
        incident=incident,
        kind=told.kind,
        key=told.key[:120],
        defaults={
            "at": told.at,
            "recorded_at": as_of,
            "equipment_mrid": told.equipment_mrid,
            "equipment_name": told.equipment_name[:200],
            "value": told.value,
            "unit": told.unit,
            "text": told.text[:LONGEST_WORDS],
            "by": by,
        },
    )
    return is_new


def publish(incident: Incident, kind: str) -> None:
    live.record(stream=INCIDENTS, kind=f"incident.{kind}", subject=incident.number, payload=incident_document(incident))


def tell(incident: Incident, kind: str, *, by: User | None, as_of: datetime, detail: dict[str, Any]) -> None:
    """In the transaction of the change."""
    audit.record(actor=by, action=f"incident.{kind}", target=f"incident/{incident.number}", detail=detail, at=as_of)
    publish(incident, kind)


@one_writer()
def move(
    incident: Incident, new: IncidentStatus, *, as_of: datetime, by: User | None = None, why: str = "", **fields: Any
) -> bool:
    """False: it stands elsewhere by now, and nothing was done."""
    reached = _REACHED.get(new)
    if reached:
        fields.setdefault(reached, as_of)
    before = IncidentStatus(incident.status)
    if not Incident.objects.move(incident.pk, before, new, **fields):
        incident.refresh_from_db()
        return False
    incident.status = new
    for name, value in fields.items():
        setattr(incident, name, value)
    text = f"{new.label}. {why}".strip()
    note_fact(incident, Told(FactKind.STATUS, f"{as_of.isoformat()} {new}", as_of, text), as_of=as_of, by=by)
    tell(incident, new.value, by=by, as_of=as_of, detail={"from": before, "why": why})
    return True


def locked(number: str) -> Incident:
    """Within `one_writer`. Raises Incident.DoesNotExist."""
    return Incident.objects.select_for_update(of=("self",), no_key=True).get(number=number)
