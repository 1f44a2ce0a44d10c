from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.openadr.choices import Operation
from apps.openadr.models import Event, Program
from apps.openadr.rules.callers import OURSELVES, Caller
from apps.openadr.services import notices
from apps.openadr.services.events import EVENT
from apps.openadr.services.objects import Draft, Kind, checked, create, notice, remove, replace, searchable, targets_in

Document = Mapping[str, Any]


def _draft(document: dict[str, Any], caller: Caller, row: Program | None) -> Draft:
    body = checked("programRequest", document)
    columns = {"program_name": searchable(body["programName"]), "targets": targets_in(body)}
    return Draft({key: value for key, value in body.items() if key != "targets"}, columns)


PROGRAM = Kind(
    model=Program,
    draft=_draft,
    concerns=lambda row: {"program": row},
    taken="programName: another program has this name. Choose another one, or change that program.",
)


@transaction.atomic
def publish_program(
    *,
    program_name: str,
    targets: Sequence[str] = (),
    attributes: Sequence[Document] = (),
    payload_descriptors: Sequence[Document] = (),
    descriptions: Sequence[Document] = (),
    managers: Iterable[User] = (),
    as_of: datetime,
) -> Program:
    """Created, or changed where a program of ours has the name. Business logic of a manager sees only own programs."""
    document = {
        "programName": program_name,
        "targets": list(targets),
        "attributes": list(attributes),
        "payloadDescriptors": list(payload_descriptors),
        "programDescriptions": list(descriptions),
    }
    standing = Program.objects.standing().filter(program_name=program_name, is_own=True).first()
    program: Program = (
        replace(PROGRAM, standing, document=document, caller=OURSELVES, as_of=as_of)
        if standing
        else create(PROGRAM, document=document, caller=OURSELVES, as_of=as_of, is_own=True)
    )
    program.managers.set(managers)
    return program


@transaction.atomic
def withdraw_program(*, program: Program, caller: Caller = OURSELVES, as_of: datetime, if_match: str = "") -> Program:
    """Its events go with it."""
    found: Program = remove(PROGRAM, program, caller=caller, as_of=as_of, if_match=if_match)
    events = list(Event.objects.standing().filter(program=program).select_for_update())
    for event in events:
        event.withdrawn_at = event.modified_at = as_of
    Event.objects.bulk_update(events, ["withdrawn_at", "modified_at"], batch_size=1000)
    notices.record(notice(EVENT, event, Operation.DELETE, as_of=as_of) for event in events)
    return found
