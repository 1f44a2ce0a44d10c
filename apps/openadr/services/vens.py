"""VENs and their resources. Their targets decide what they see, so only business logic writes them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.openadr.choices import Operation
from apps.openadr.models import OpenAdrClient, Resource, Ven
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Conflicting, NotAllowed, Unknown
from apps.openadr.selectors import visible
from apps.openadr.services import notices, objects
from apps.openadr.services.objects import Draft, Kind, checked, notice, searchable, targets_in

OF_BUSINESS_LOGIC = {"ven": "BL_VEN_REQUEST", "resource": "BL_RESOURCE_REQUEST"}
OF_A_VEN = {"ven": "VEN_VEN_REQUEST", "resource": "VEN_RESOURCE_REQUEST"}
_SCHEMAS = {
    "BL_VEN_REQUEST": "BlVenRequest",
    "VEN_VEN_REQUEST": "VenVenRequest",
    "BL_RESOURCE_REQUEST": "BlResourceRequest",
    "VEN_RESOURCE_REQUEST": "VenResourceRequest",
}
_KEPT_IN_COLUMNS = ("targets", "objectType")

_REGRANT = """
UPDATE openadr_ven AS ven SET granted = now.targets,
  once_granted = ARRAY(SELECT unnest(ven.once_granted) UNION SELECT unnest(now.targets) ORDER BY 1)
FROM (
  SELECT each.id, ARRAY(
    SELECT unnest(each.targets) UNION
    SELECT unnest(targets) FROM openadr_resource WHERE ven_id = each.id AND withdrawn_at IS NULL ORDER BY 1
  ) AS targets
  FROM openadr_ven AS each WHERE each.id = ANY(%s)
) AS now
WHERE ven.id = now.id
"""


def regrant(ven_ids: Collection[int]) -> None:
    """What these VENs may see, from their own targets and those of their resources."""
    with connection.cursor() as cursor:
        cursor.execute(_REGRANT, [list(ven_ids)])


def _read(what: str, document: dict[str, Any], caller: Caller) -> dict[str, Any]:
    expected = (OF_A_VEN if caller.is_ven else OF_BUSINESS_LOGIC)[what]
    told = document.get("objectType")
    body = checked(_SCHEMAS.get(told, _SCHEMAS[expected]) if isinstance(told, str) else _SCHEMAS[expected], document)
    if told != expected:
        raise NotAllowed(f"objectType: a client of this kind sends {expected}; only business logic writes targets.")
    return body


def _ven_draft(document: dict[str, Any], caller: Caller, row: Ven | None) -> Draft:
    body = _read("ven", document, caller)
    client_id = caller.client_id if caller.is_ven else searchable(body["clientID"])
    known = OpenAdrClient.objects.filter(client_id=client_id, retired_at__isnull=True)
    if not caller.is_ven and not known.exists():
        raise NotAllowed("clientID: no client of this VTN has it. An administrator makes one: create_openadr_client.")
    kept = row.targets if row else []
    columns = {
        "ven_name": searchable(body["venName"]),
        "client_id": client_id,
        "targets": kept if caller.is_ven else targets_in(body),
    }
    body = {key: value for key, value in body.items() if key not in _KEPT_IN_COLUMNS}
    return Draft({**body, "clientID": client_id}, columns)


VEN = Kind(
    model=Ven,
    draft=_ven_draft,
    concerns=lambda row: {"ven": row, "client_id": row.client_id},
    taken="venName or clientID: another VEN has it. Choose another one, or change that VEN.",
)


@transaction.atomic
def create_ven(*, document: dict[str, Any], caller: Caller, as_of: datetime) -> Ven:
    ven: Ven = objects.create(VEN, document=document, caller=caller, as_of=as_of)
    regrant([ven.pk])
    return ven


@transaction.atomic
def change_ven(ven: Ven, *, document: dict[str, Any], caller: Caller, as_of: datetime, if_match: str = "") -> Ven:
    changed: Ven = objects.replace(VEN, ven, document=document, caller=caller, as_of=as_of, if_match=if_match)
    regrant([ven.pk])
    return changed


@transaction.atomic
def remove_ven(ven: Ven, *, caller: Caller, as_of: datetime, if_match: str = "") -> Ven:
    """Its resources go with it."""
    removed: Ven = objects.remove(VEN, ven, caller=caller, as_of=as_of, if_match=if_match)
    resources = list(Resource.objects.standing().filter(ven=ven).select_for_update())
    for resource in resources:
        resource.withdrawn_at = resource.modified_at = as_of
    Resource.objects.bulk_update(resources, ["withdrawn_at", "modified_at"], batch_size=1000)
    notices.record(notice(RESOURCE, resource, Operation.DELETE, as_of=as_of) for resource in resources)
    regrant([ven.pk])
    return removed


def _resource_draft(document: dict[str, Any], caller: Caller, row: Resource | None) -> Draft:
    body = _read("resource", document, caller)
    ven = visible.one(Ven, body["venID"], caller)
    if not caller.is_ven and searchable(body["clientID"]) != ven.client_id:
        raise Conflicting(f"clientID: {ven} belongs to another client. Write the clientID of that VEN.")
    if row and row.ven_id != ven.pk:
        raise Conflicting("venID: a resource stays with its VEN. Delete it here and create it there.")
    kept = row.targets if row else []
    columns = {
        "ven": ven,
        "resource_name": searchable(body["resourceName"]),
        "targets": kept if caller.is_ven else targets_in(body),
    }
    body = {key: value for key, value in body.items() if key not in _KEPT_IN_COLUMNS}
    return Draft({**body, "clientID": ven.client_id}, columns)


RESOURCE = Kind(
    model=Resource,
    draft=_resource_draft,
    concerns=lambda row: {"ven": row.ven, "client_id": row.ven.client_id},
    taken="resourceName: this VEN has another resource of that name. Choose another one.",
)


def _hold(ven_pk: int) -> None:
    """Resources of one VEN change one after another: what it is granted is their sum."""
    Ven.objects.select_for_update().filter(pk=ven_pk).first()


@transaction.atomic
def create_resource(*, document: dict[str, Any], caller: Caller, as_of: datetime) -> Resource:
    body = _read("resource", document, caller)
    try:
        ven = visible.one(Ven, body["venID"], caller)
    except Unknown as error:
        raise Unknown(f"venID: {error}") from error
    _hold(ven.pk)
    resource: Resource = objects.create(RESOURCE, document=document, caller=caller, as_of=as_of)
    regrant([ven.pk])
    return resource


@transaction.atomic
def change_resource(
    resource: Resource, *, document: dict[str, Any], caller: Caller, as_of: datetime, if_match: str = ""
) -> Resource:
    _hold(resource.ven_id)
    changed: Resource = objects.replace(
        RESOURCE, resource, document=document, caller=caller, as_of=as_of, if_match=if_match
    )
    regrant([resource.ven_id])
    return changed


@transaction.atomic
def remove_resource(resource: Resource, *, caller: Caller, as_of: datetime, if_match: str = "") -> Resource:
    _hold(resource.ven_id)
    removed: Resource = objects.remove(RESOURCE, resource, caller=caller, as_of=as_of, if_match=if_match)
    regrant([resource.ven_id])
    return removed
