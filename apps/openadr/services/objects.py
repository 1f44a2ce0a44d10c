"""Every change of an object of the standard: the row, its notice and its audit stand or fall together."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit import services as audit
from apps.openadr.choices import Operation
from apps.openadr.models import Notification, OpenAdrObject
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Conflicting, NotAllowed, Outdated, Refused
from apps.openadr.selectors.documents import TYPE_OF, etag, shown
from apps.openadr.services import notices
from apps.openadr.standard.schemas import properties_of, what_is_wrong

NUL = "\x00"


@dataclass(frozen=True)
class Draft:
    """What a body comes to: the JSON that is kept and the columns it is found by."""

    body: dict[str, Any]
    columns: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """`draft` reads a checked body for a caller; `row` is the one it replaces, None for a new one."""

    model: type[OpenAdrObject]
    draft: Callable[[dict[str, Any], Caller, Any], Draft]
    concerns: Callable[[Any], dict[str, Any]]  # whom a notice of it concerns
    taken: str  # what to say where a name is
    is_audited_new: bool = True


def searchable(text: str) -> str:
    """A column cannot hold U+0000; the body keeps it."""
    return text.replace(NUL, "\ufffd")


def targets_in(body: dict[str, Any]) -> list[str]:
    return sorted({searchable(target) for target in body.get("targets") or ()})


def _nulls_in(document: Any) -> int:
    if isinstance(document, dict | list):
        return sum(map(_nulls_in, document.values() if isinstance(document, dict) else document))
    return int(document is None)


def _without_nulls(document: Any) -> Any:
    if isinstance(document, list):
        return [_without_nulls(each) for each in document]
    if not isinstance(document, dict):
        return document
    return {key: _without_nulls(value) for key, value in document.items() if value is not None}


def checked(schema: str, document: dict[str, Any]) -> dict[str, Any]:
    """What the standard knows of a body that is as it wants it.

    openadr3-client names all that it lacks with null, where the standard has none as well. One null alone is no such
    manner but a mistake, and is refused where the standard refuses it.
    """
    document = _without_nulls(document) if _nulls_in(document) > 1 else document
    if wrong := what_is_wrong(schema, document):
        raise Refused(wrong)
    known = properties_of(schema)
    return {key: value for key, value in document.items() if key in known and value is not None}


@contextmanager
def _names_are_unique(kind: Kind) -> Generator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflicting(kind.taken) from error


def notice(kind: Kind, row: Any, operation: Operation, *, as_of: datetime) -> Notification:
    return Notification(
        object_type=TYPE_OF[kind.model],
        operation=operation,
        object_id=row.public_id,
        object=shown(row),
        targets=list(getattr(row, "targets", ())),
        recorded_at=as_of,
        **kind.concerns(row),
    )


def _tell(kind: Kind, row: Any, operation: Operation, *, caller: Caller, as_of: datetime, reason: str = "") -> None:
    notices.record([notice(kind, row, operation, as_of=as_of)])
    if operation == Operation.CREATE and not kind.is_audited_new:
        return
    audit.record(
        actor=None,
        action=f"openadr.{TYPE_OF[kind.model].value.lower()}.{operation.value.lower()}",
        target=f"{row} ({row.public_id})",
        detail={"client": caller.name, "client_id": caller.client_id, **({"reason": reason} if reason else {})},
        at=as_of,
    )


@transaction.atomic
def create(kind: Kind, *, document: dict[str, Any], caller: Caller, as_of: datetime, **columns: Any) -> Any:
    draft = kind.draft(document, caller, None)
    row: Any = kind.model(body=draft.body, created_at=as_of, modified_at=as_of, **{**draft.columns, **columns})
    with _names_are_unique(kind):
        row.save(force_insert=True)
    if caller.manager_id and hasattr(row, "managers"):
        row.managers.add(caller.manager_id)
    _tell(kind, row, Operation.CREATE, caller=caller, as_of=as_of)
    return row


def _may_change(row: Any, *, caller: Caller, if_match: str) -> None:
    if getattr(row, "is_own", False) and not caller.is_ourselves:
        raise NotAllowed(f"GridOps itself made {row}; a program manager changes it there.")
    if if_match not in ("", "*") and etag(row.modified_at) not in if_match:
        raise Outdated(f"{row} was changed since you read it. Read it again, then decide.")


def _swap(kind: Kind, row: Any, *, as_of: datetime, **columns: Any) -> None:
    modified_at = max(as_of, row.modified_at + timedelta(microseconds=1))
    with _names_are_unique(kind):
        swapped = kind.model.objects.change(pk=row.pk, old=row.modified_at, modified_at=modified_at, **columns)
    if not swapped:
        raise Conflicting(f"Somebody else changed {row} at the same moment. Read it again, then decide.")
    for name, value in {**columns, "modified_at": modified_at}.items():
        setattr(row, name, value)


@transaction.atomic
def replace(
    kind: Kind, row: Any, *, document: dict[str, Any], caller: Caller, as_of: datetime, if_match: str = ""
) -> Any:
    """Without `if_match` the last writer wins, unless two write at the same moment."""
    _may_change(row, caller=caller, if_match=if_match)
    draft = kind.draft(document, caller, row)
    _swap(kind, row, as_of=as_of, body=draft.body, **draft.columns)
    _tell(kind, row, Operation.UPDATE, caller=caller, as_of=as_of)
    return row


@transaction.atomic
def remove(kind: Kind, row: Any, *, caller: Caller, as_of: datetime, if_match: str = "", reason: str = "") -> Any:
    """The row stays for those who must account for it; nobody is shown it again."""
    _may_change(row, caller=caller, if_match=if_match)
    _swap(kind, row, as_of=as_of, withdrawn_at=as_of)
    _tell(kind, row, Operation.DELETE, caller=caller, as_of=as_of, reason=reason)
    return row
