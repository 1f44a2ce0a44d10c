"""Rows as the standard shows them. `body` goes out as the text that it is, unparsed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from apps.openadr.choices import ObjectType
from apps.openadr.models import Event, OpenAdrObject, Program, Report, Resource, Subscription, Ven

TYPE_OF: dict[type[OpenAdrObject], ObjectType] = {
    Program: ObjectType.PROGRAM,
    Event: ObjectType.EVENT,
    Report: ObjectType.REPORT,
    Subscription: ObjectType.SUBSCRIPTION,
    Ven: ObjectType.VEN,
    Resource: ObjectType.RESOURCE,
}


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def etag(modified_at: datetime) -> str:
    return f'"{modified_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"'


def shown(row: OpenAdrObject) -> dict[str, Any]:
    """As business logic sees it."""
    found = {
        "id": row.object_id,
        "createdDateTime": stamp(row.created_at),
        "modificationDateTime": stamp(row.modified_at),
        **row.body,
        "objectType": TYPE_OF[type(row)].value,
    }
    return {**found, "targets": list(row.targets)} if hasattr(row, "targets") else found


def text_of(rows: "QuerySet[Any]", *, start: int, limit: int) -> bytes:
    """The rows of a page as one JSON list, in one query and without a model's instance."""
    kind = TYPE_OF[rows.model].value
    has_targets = rows.model is not Report
    names = ["public_id", "created_at", "modified_at", "text", *(["targets"] if has_targets else [])]
    found = rows.annotate(text=Cast(F("body"), TextField())).values_list(*names)[start : start + limit]
    return b"[" + b",".join(_joined(kind, row) for row in found) + b"]"


def _joined(kind: str, row: tuple[Any, ...]) -> bytes:
    public_id, created_at, modified_at, body, *targets = row
    head = (
        f'{{"id":"{public_id}","createdDateTime":"{stamp(created_at)}",'
        f'"modificationDateTime":"{stamp(modified_at)}","objectType":"{kind}",'
    ).encode()
    told: bytes = b'"targets":' + orjson.dumps(targets[0]) + b"," if targets else b""
    return head + told + str(body)[1:].encode()


def subscriptions_text(rows: Iterable[Subscription], *, client_pk: int | None) -> bytes:
    """The tokens of callbacks are between the subscriber and us."""
    return orjson.dumps([subscription_shown(row, client_pk=client_pk) for row in rows])


def subscription_shown(row: Subscription, *, client_pk: int | None) -> dict[str, Any]:
    found = shown(row)
    if row.client_id == client_pk:
        return found
    operations = found.get("objectOperations") or ()
    return {**found, "objectOperations": [{**each, "bearerToken": None} for each in operations]}
