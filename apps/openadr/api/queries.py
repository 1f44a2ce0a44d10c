"""What may be asked for by query. All of it is ANDed; what is not known is passed over: older clients say more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from apps.openadr.rules.refusals import Refused
from apps.openadr.services.objects import searchable
from apps.openadr.standard.schemas import what_is_wrong

MOST = 50
GREATEST = 2**31 - 1
BOOLEANS = {"true": True, "false": False}

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Page:
    start: int
    limit: int


def _whole(query: QueryDict, name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= most):
        raise Refused(f"{name}: write a whole number from 0 to {most}, not {text[:40]!r}.")
    return int(text)


def page_of(query: QueryDict) -> Page:
    return Page(_whole(query, "skip", 0, GREATEST), _whole(query, "limit", MOST, MOST))


def _each(query: QueryDict, name: str, schema: str) -> list[str]:
    values = query.getlist(name)
    for value in values:
        if wrong := what_is_wrong(schema, value):
            raise Refused(f"{name}: {wrong}")
    return [searchable(value) for value in values]


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def by_targets(rows: Rows, query: QueryDict) -> Rows:
    targets = _each(query, "targets", "target")
    return rows.filter(targets__contains=targets) if targets else rows


def by_identity(name: str, lookup: str) -> Callable[[Rows, QueryDict], Rows]:
    def narrow(rows: Rows, query: QueryDict) -> Rows:
        for value in _each(query, name, "objectID"):
            identity = _identity(value)
            rows = rows.filter(**{lookup: identity}) if identity else rows.none()
        return rows

    return narrow


def by_text(name: str, schema: str, lookup: str, *, older: str = "") -> Callable[[Rows, QueryDict], Rows]:
    """`older`: the word by which version 3.0 asks for the same, `targetType=VEN_NAME&targetValues=…`."""

    def narrow(rows: Rows, query: QueryDict) -> Rows:
        for value in _each(query, name, schema):
            rows = rows.filter(**{lookup: value})
        if older and query.get("targetType") == older and query.getlist("targetValues"):
            rows = rows.filter(**{f"{lookup}__in": [searchable(value) for value in query.getlist("targetValues")]})
        return rows

    return narrow


def by_objects(rows: Rows, query: QueryDict) -> Rows:
    objects = _each(query, "objects", "objectTypes")
    return rows.filter(objects_named__contains=objects) if objects else rows


def only_active(rows: Rows, query: QueryDict, *, at: datetime) -> Rows:
    text = query.get("active")
    if text is None:
        return rows
    if text.lower() not in BOOLEANS:
        raise Refused(f"active: write true or false, not {text[:40]!r}.")
    return rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)) if BOOLEANS[text.lower()] else rows
