"""The six kinds of objects: one list and one object of each, told apart by a table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from rest_framework.request import Request

from apps.openadr.api import queries
from apps.openadr.api.base import OpenAdrView, answer, caller_of
from apps.openadr.choices import Scope
from apps.openadr.models import Event, OpenAdrObject, Program, Report, Resource, Subscription, Ven
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import NotAllowed, Refused
from apps.openadr.selectors import visible
from apps.openadr.selectors.documents import etag, shown, subscription_shown, subscriptions_text, text_of
from apps.openadr.services import objects, vens
from apps.openadr.services.events import EVENT
from apps.openadr.services.programs import PROGRAM, withdraw_program
from apps.openadr.services.reports import REPORT
from apps.openadr.services.subscriptions import SUBSCRIPTION
from apps.openadr.standard.schemas import what_is_wrong

Narrow = Callable[[QuerySet[Any], QueryDict], QuerySet[Any]]


@dataclass(frozen=True)
class Endpoint:
    model: type[OpenAdrObject]
    read: tuple[Scope, ...]
    write: tuple[Scope, ...]
    create: Callable[..., Any]
    change: Callable[..., Any]
    remove: Callable[..., Any]
    filters: tuple[Narrow, ...] = field(default=())


_OPEN = (Scope.READ_ALL, Scope.READ_TARGETS)
_OWN = (Scope.READ_ALL, Scope.READ_VEN_OBJECTS)
_BY_PROGRAM = queries.by_identity("programID", "program__public_id")
_BY_CLIENT = queries.by_text("clientName", "clientName", "client_name")


def _remove_program(row: Any, **how: Any) -> Any:
    return withdraw_program(program=row, **how)


PROGRAMS = Endpoint(
    model=Program,
    read=_OPEN,
    write=(Scope.WRITE_PROGRAMS,),
    create=partial(objects.create, PROGRAM),
    change=partial(objects.replace, PROGRAM),
    remove=_remove_program,
    filters=(queries.by_targets, queries.by_text("programName", "clientName", "program_name", older="PROGRAM_NAME")),
)
EVENTS = Endpoint(
    model=Event,
    read=_OPEN,
    write=(Scope.WRITE_EVENTS,),
    create=partial(objects.create, EVENT),
    change=partial(objects.replace, EVENT),
    remove=partial(objects.remove, EVENT),
    filters=(queries.by_targets, _BY_PROGRAM),
)
REPORTS = Endpoint(
    model=Report,
    read=_OWN,
    write=(Scope.WRITE_REPORTS,),
    create=partial(objects.create, REPORT),
    change=partial(objects.replace, REPORT),
    remove=partial(objects.remove, REPORT),
    filters=(
        queries.by_identity("programID", "event__program__public_id"),
        queries.by_identity("eventID", "event__public_id"),
        _BY_CLIENT,
    ),
)
SUBSCRIPTIONS = Endpoint(
    model=Subscription,
    read=_OWN,
    write=(Scope.WRITE_SUBSCRIPTIONS,),
    create=partial(objects.create, SUBSCRIPTION),
    change=partial(objects.replace, SUBSCRIPTION),
    remove=partial(objects.remove, SUBSCRIPTION),
    filters=(_BY_PROGRAM, _BY_CLIENT, queries.by_objects),
)
VENS = Endpoint(
    model=Ven,
    read=_OWN,
    write=(Scope.WRITE_VENS,),
    create=vens.create_ven,
    change=vens.change_ven,
    remove=vens.remove_ven,
    filters=(queries.by_targets, queries.by_text("venName", "venName", "ven_name", older="VEN_NAME")),
)
RESOURCES = Endpoint(
    model=Resource,
    read=_OWN,
    write=(Scope.WRITE_VENS,),
    create=vens.create_resource,
    change=vens.change_resource,
    remove=vens.remove_resource,
    filters=(
        queries.by_targets,
        queries.by_identity("venID", "ven__public_id"),
        queries.by_text("resourceName", "resourceName", "resource_name", older="RESOURCE_NAME"),
    ),
)


def _document(request: Request) -> dict[str, Any]:
    if not request.META.get("CONTENT_LENGTH", "").strip("0"):
        # The official document lets a body be missing; what it then wants of one, nothing can fulfil.
        raise NotAllowed("There is no body. Send the object as JSON.")
    if not isinstance(request.data, dict):
        raise Refused("The body: write one JSON object.")
    return dict(request.data)


def _one(row: OpenAdrObject, caller: Caller, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    told = subscription_shown(row, client_pk=caller.client_pk) if isinstance(row, Subscription) else shown(row)
    found = answer(orjson.dumps(told), status=status)
    found.headers["ETag"] = etag(row.modified_at)
    return found


class _ObjectView(OpenAdrView):
    endpoint: Endpoint = PROGRAMS

    @property
    def scopes(self) -> dict[str, tuple[Scope, ...]]:  # type: ignore[override]
        read, write = self.endpoint.read, self.endpoint.write
        return {"GET": read, "HEAD": read, "POST": write, "PUT": write, "DELETE": write}


class ObjectList(_ObjectView):
    http_method_names = ["get", "head", "post"]

    def get(self, request: Request) -> HttpResponse:
        caller, page = caller_of(request), queries.page_of(request.query_params)
        rows: QuerySet[Any] = visible.OF[self.endpoint.model](caller)
        for narrow in self.endpoint.filters:
            rows = narrow(rows, request.query_params)
        if self.endpoint.model is Event:
            rows = queries.only_active(rows, request.query_params, at=timezone.now())
        if self.endpoint.model is Subscription:
            found = rows[page.start : page.start + page.limit]
            return answer(subscriptions_text(found, client_pk=caller.client_pk))
        return answer(text_of(rows, start=page.start, limit=page.limit))

    def post(self, request: Request) -> HttpResponse:
        caller = caller_of(request)
        row = self.endpoint.create(document=_document(request), caller=caller, as_of=timezone.now())
        return _one(row, caller, status=HTTPStatus.CREATED)


class ObjectDetail(_ObjectView):
    http_method_names = ["get", "head", "put", "delete"]

    def _found(self, request: Request, object_id: str) -> tuple[Any, Caller]:
        if wrong := what_is_wrong("objectID", object_id):
            raise Refused(f"The id in the address: {wrong}")
        caller = caller_of(request)
        return visible.one(self.endpoint.model, object_id, caller), caller

    def get(self, request: Request, object_id: str) -> HttpResponse:
        return _one(*self._found(request, object_id))

    def put(self, request: Request, object_id: str) -> HttpResponse:
        row, caller = self._found(request, object_id)
        how = {"caller": caller, "as_of": timezone.now(), "if_match": request.headers.get("If-Match", "")}
        return _one(self.endpoint.change(row, document=_document(request), **how), caller)

    def delete(self, request: Request, object_id: str) -> HttpResponse:
        row, caller = self._found(request, object_id)
        how = {"caller": caller, "as_of": timezone.now(), "if_match": request.headers.get("If-Match", "")}
        return _one(self.endpoint.remove(row, **how), caller)
