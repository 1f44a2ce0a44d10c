from typing import Any
from uuid import UUID

from apps.openadr.models import Event, Report, Ven
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Conflicting
from apps.openadr.services.objects import Draft, Kind, checked, searchable

LONGEST_TITLE = 200


def _event_of(object_id: str, caller: Caller) -> Event:
    """One that the VEN is shown, or was: it may tell of an event that has ended or was called off."""
    once = Ven.objects.standing().filter(client_id=caller.client_id).values_list("once_granted", flat=True).first()
    try:
        event: Event | None = Event.objects.filter(
            public_id=UUID(object_id), targets__contained_by=list(once or ())
        ).first()
    except ValueError:
        event = None
    if event is None:
        raise Conflicting(f"eventID: there is no event {object_id}, or none that you may see.")
    return event


def _draft(document: dict[str, Any], caller: Caller, row: Report | None) -> Draft:
    body = checked("reportRequest", document)
    columns = {
        "event": _event_of(body["eventID"], caller),
        "client_id": caller.client_id,
        "client_name": searchable(body["clientName"]),
        "report_name": searchable(body.get("reportName") or "")[:LONGEST_TITLE],
    }
    return Draft({**body, "clientID": caller.client_id}, columns)


# A new report is its own record of who wrote what and when; what happens to it later is audited.
REPORT = Kind(
    model=Report,
    draft=_draft,
    concerns=lambda row: {"program_id": row.event.program_id, "client_id": row.client_id},
    taken="",
    is_audited_new=False,
)
