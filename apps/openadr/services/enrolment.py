"""Enrolment from within GridOps: a VEN, its client and the secret that is shown once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.openadr.choices import ClientRole, Operation
from apps.openadr.models import OpenAdrClient, Ven
from apps.openadr.rules.callers import OURSELVES
from apps.openadr.rules.refusals import Conflicting, Refused
from apps.openadr.services import notices
from apps.openadr.services.clients import NewClient, Secret, create_client, make_clients, retire_client
from apps.openadr.services.objects import checked, notice, targets_in
from apps.openadr.services.vens import VEN, change_ven, create_ven, regrant, remove_ven

AT_ONCE = 5000

_RETARGET = """
UPDATE openadr_ven AS ven SET modified_at = greatest(%s, ven.modified_at + interval '1 microsecond'),
  targets = ARRAY(SELECT DISTINCT jsonb_array_elements_text(new.value) ORDER BY 1)
FROM jsonb_each(%s) AS new WHERE ven.id = new.key::bigint AND ven.withdrawn_at IS NULL
RETURNING ven.id
"""


@dataclass(frozen=True)
class VenDraft:
    ven_name: str
    targets: Sequence[str] = ()
    attributes: Sequence[Mapping[str, Any]] = ()
    managers: Sequence[User] = field(default=())


@dataclass(frozen=True)
class Credentials:
    """The secret is shown now and never again."""

    ven: Ven
    client_id: str
    client_secret: str


def _row(draft: VenDraft, client_id: str, *, as_of: datetime) -> Ven:
    document = {
        "objectType": "BL_VEN_REQUEST",
        "clientID": client_id,
        "venName": draft.ven_name,
        "targets": list(draft.targets),
        "attributes": [dict(attribute) for attribute in draft.attributes] or None,
    }
    body = checked("BlVenRequest", document)
    targets = targets_in(body)
    kept = {key: value for key, value in body.items() if key not in ("targets", "objectType")}
    return Ven(
        body=kept,
        ven_name=draft.ven_name,
        client_id=client_id,
        targets=targets,
        granted=targets,
        once_granted=targets,
        created_at=as_of,
        modified_at=as_of,
    )


@transaction.atomic
def enrol_vens(drafts: Sequence[VenDraft], *, as_of: datetime) -> list[Credentials]:
    """Their names are new: a name that is taken refuses all of them."""
    try:
        with transaction.atomic():
            made = make_clients([NewClient(draft.ven_name, ClientRole.VEN) for draft in drafts], as_of=as_of)
            rows = [_row(draft, secret.client_id, as_of=as_of) for draft, secret in zip(drafts, made, strict=True)]
            vens = Ven.objects.bulk_create(rows, batch_size=AT_ONCE)
    except IntegrityError as error:
        raise Conflicting("A VEN or client of one of these names is there already. Choose other names.") from error
    _give_managers(vens, drafts)
    notices.record(notice(VEN, ven, Operation.CREATE, as_of=as_of) for ven in vens)
    names = [ven.ven_name for ven in vens[:20]]
    detail = {"count": len(vens), "first": names, "client": OURSELVES.name}
    audit.record(actor=None, action="openadr.ven.enrolled", target=", ".join(names[:3]), detail=detail, at=as_of)
    return [Credentials(ven, secret.client_id, secret.client_secret) for ven, secret in zip(vens, made, strict=True)]


def _give_managers(vens: Iterable[Ven], drafts: Iterable[VenDraft]) -> None:
    pairs = [(ven, manager) for ven, draft in zip(vens, drafts, strict=True) for manager in draft.managers]
    through = Ven.managers.through
    through.objects.bulk_create(
        [through(ven_id=ven.pk, user_id=manager.pk) for ven, manager in pairs], batch_size=AT_ONCE
    )


def enrol_ven(
    *,
    ven_name: str,
    targets: Sequence[str],
    attributes: Sequence[Mapping[str, Any]] = (),
    managers: Sequence[User] = (),
    as_of: datetime,
) -> Credentials:
    (credentials,) = enrol_vens([VenDraft(ven_name, targets, attributes, managers)], as_of=as_of)
    return credentials


@transaction.atomic
def make_client(
    *, name: str, role: ClientRole, ven_name: str = "", manager: User | None = None, as_of: datetime
) -> Secret:
    """One client. The VEN that is named becomes this client's: made if there is none, taken from its former client."""
    if ven_name and role != ClientRole.VEN:
        raise Refused("--ven: only a client of the role ven has a VEN. Leave it out, or use the role ven.")
    if manager and role != ClientRole.BL:
        raise Refused("--manager: only business logic acts for a manager. Leave it out, or use the role bl.")
    secret = create_client(name=name, role=role, manager=manager, as_of=as_of)
    if ven_name:
        _give_ven(ven_name, secret.client_id, as_of=as_of)
    return secret


def _give_ven(ven_name: str, client_id: str, *, as_of: datetime) -> None:
    standing = Ven.objects.standing().filter(ven_name=ven_name).first()
    document = {**(standing.body if standing else {}), "objectType": "BL_VEN_REQUEST", "venName": ven_name}
    document |= {"clientID": client_id, "targets": standing.targets if standing else []}
    if standing:
        change_ven(standing, document=document, caller=OURSELVES, as_of=as_of)
    else:
        create_ven(document=document, caller=OURSELVES, as_of=as_of)


@transaction.atomic
def retire_ven(*, ven: Ven, as_of: datetime) -> None:
    """It sees nothing from now on: the VEN, its resources, its client and its tokens end."""
    client = OpenAdrClient.objects.filter(client_id=ven.client_id).first()
    remove_ven(ven, caller=OURSELVES, as_of=as_of)
    if client is not None:
        retire_client(client=client, actor=None, as_of=as_of)


@transaction.atomic
def retarget_vens(*, targets_by_ven: Mapping[int, Sequence[str]], as_of: datetime) -> int:
    """All targets of each of these VENs, anew. How many there were."""
    with connection.cursor() as cursor:
        payload = json.dumps({str(pk): list(targets) for pk, targets in targets_by_ven.items()})
        cursor.execute(_RETARGET, [as_of, payload])
        changed = [pk for (pk,) in cursor.fetchall()]
    regrant(changed)
    vens = Ven.objects.filter(pk__in=changed)
    notices.record(notice(VEN, ven, Operation.UPDATE, as_of=as_of) for ven in vens)
    detail = {"count": len(changed), "client": OURSELVES.name}
    audit.record(actor=None, action="openadr.ven.retargeted", target=f"{len(changed)} VENs", detail=detail, at=as_of)
    return len(changed)
