from typing import Any

from django.conf import settings

from apps.openadr.models import Subscription
from apps.openadr.rules.callbacks import refusal
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import NotAllowed
from apps.openadr.services.events import program_named
from apps.openadr.services.objects import Draft, Kind, checked, searchable, targets_in

# What clients say that learnt the words of version 3.0.
_OF_TODAY = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE"}


def _in_words_of_today(document: dict[str, Any]) -> dict[str, Any]:
    """Only for the check: what is kept and shown is what the client said."""
    entries = document.get("objectOperations")
    if not isinstance(entries, list):
        return document
    return {**document, "objectOperations": [_entry_of_today(entry) for entry in entries]}


def _entry_of_today(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("operations"), list):
        return entry
    said = [_OF_TODAY.get(word, word) if isinstance(word, str) else word for word in entry["operations"]]
    return {**entry, "operations": said}


def _check_callbacks(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        if reason := refusal(entry["callbackUrl"], allowed=settings.OPENADR_CALLBACK_HOSTS):
            raise NotAllowed(reason)


def _draft(document: dict[str, Any], caller: Caller, row: Subscription | None) -> Draft:
    body = checked("subscriptionRequest", _in_words_of_today(document))
    entries = body["objectOperations"]
    _check_callbacks(entries)
    columns = {
        "client_id": caller.client_pk,
        "client_name": searchable(body["clientName"]),
        "program": program_named(body["programID"], caller) if body.get("programID") else None,
        "targets": targets_in(body),
        "objects_named": sorted({kind for entry in entries for kind in entry["objects"]}),
    }
    kept = {key: value for key, value in body.items() if key != "targets"}
    return Draft({**kept, "objectOperations": document["objectOperations"], "clientID": caller.client_id}, columns)


SUBSCRIPTION = Kind(
    model=Subscription,
    draft=_draft,
    concerns=lambda row: {"program_id": row.program_id, "client_id": row.client.client_id},
    taken="",
)
