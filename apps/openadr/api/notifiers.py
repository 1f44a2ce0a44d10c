"""How clients can be told of changes: webhooks always, MQTT where there is a broker."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from apps.openadr.api.base import OpenAdrView, answer, caller_of
from apps.openadr.choices import Scope
from apps.openadr.models import Program, Ven
from apps.openadr.rules import topics
from apps.openadr.rules.bindings import notifiers
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Refused, Unknown
from apps.openadr.selectors import visible
from apps.openadr.standard.schemas import what_is_wrong

_NO_BROKER = "This VTN has no MQTT broker. Subscribe with a callbackUrl, or ask for changes."
_READERS = (Scope.READ_ALL, Scope.READ_TARGETS, Scope.READ_VEN_OBJECTS)
_ONE_VEN = (Scope.READ_ALL, Scope.READ_BL, Scope.READ_VEN_OBJECTS)


class Notifiers(OpenAdrView):
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> HttpResponse:
        return answer(orjson.dumps(notifiers()))


@dataclass(frozen=True)
class Branch:
    """`name` gives a prefix for the object in the address and, if the caller is a VEN, its own VEN."""

    name: Callable[[str, str], str]
    scopes: tuple[Scope, ...]
    of: type[Program] | type[Ven] | None = None


BRANCHES = {
    "programs": Branch(lambda _, ven: topics.programs(ven=ven), _READERS),
    "program": Branch(lambda key, ven: topics.programs(key, ven=ven), _READERS, Program),
    "program events": Branch(lambda key, ven: topics.events(key, ven=ven), _READERS, Program),
    "events": Branch(lambda *_: topics.events(), (Scope.READ_BL,)),
    "reports": Branch(lambda *_: topics.reports(), (Scope.READ_BL,)),
    "subscriptions": Branch(lambda *_: topics.subscriptions(), (Scope.READ_BL,)),
    "vens": Branch(lambda *_: topics.vens(), (Scope.READ_BL,)),
    "resources": Branch(lambda *_: topics.resources(), (Scope.READ_BL,)),
    "ven": Branch(lambda key, _: topics.vens(key), _ONE_VEN, Ven),
    "ven events": Branch(lambda key, _: topics.events(ven=key), _ONE_VEN, Ven),
    "ven programs": Branch(lambda key, _: topics.programs(ven=key), _ONE_VEN, Ven),
    "ven resources": Branch(lambda key, _: topics.resources(key), _ONE_VEN, Ven),
}


def _own_branch(caller: Caller) -> str:
    """A VEN hears in its own branch only; before it has a VEN object it has none."""
    if not caller.is_ven:
        return ""
    ven = visible.vens(caller).first()
    if ven is None:
        raise Unknown("This client has no VEN object yet, so no topics. Create one at /vens.")
    return str(ven.object_id)


class Topics(OpenAdrView):
    http_method_names = ["get", "head"]
    branch: str = "programs"

    @property
    def scopes(self) -> dict[str, tuple[Scope, ...]]:  # type: ignore[override]
        scopes = BRANCHES[self.branch].scopes
        return {"GET": scopes, "HEAD": scopes}

    def get(self, request: Request, object_id: str = "") -> HttpResponse:
        branch, caller = BRANCHES[self.branch], caller_of(request)
        if branch.of and (wrong := what_is_wrong("objectID", object_id)):
            raise Refused(f"The id in the address: {wrong}")
        if "MQTT" not in notifiers():
            raise Unknown(_NO_BROKER)
        key = str(visible.one(branch.of, object_id, caller).object_id) if branch.of else ""
        told = topics.operations(branch.name(key, _own_branch(caller)))
        return answer(orjson.dumps({"topics": told}))
