"""Rows of the VTN without its REST interface."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from oauth2_provider.models import Application

from apps.openadr.choices import ClientRole, ObjectType, Operation
from apps.openadr.models import Notification, OpenAdrClient, Program, Subscription, Ven

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_client(name: str, role: ClientRole = ClientRole.VEN, **fields: Any) -> OpenAdrClient:
    application = Application.objects.create(
        name=name,
        client_id=f"client-{name}",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    return OpenAdrClient.objects.create(
        application=application, client_id=application.client_id, name=name, role=role, created_at=NOW, **fields
    )


def make_ven(name: str, targets: Sequence[str] = (), *, client: OpenAdrClient | None = None) -> Ven:
    client_id = client.client_id if client else f"client-{name}"
    return Ven.objects.create(
        ven_name=name,
        client_id=client_id,
        targets=list(targets),
        granted=list(targets),
        created_at=NOW,
        modified_at=NOW,
    )


def make_program(name: str = "peak", targets: Sequence[str] = ()) -> Program:
    return Program.objects.create(program_name=name, targets=list(targets), created_at=NOW, modified_at=NOW)


def make_subscription(
    client: OpenAdrClient,
    url: str,
    *,
    objects: Sequence[str] = ("EVENT",),
    operations: Sequence[str] = ("CREATE", "UPDATE", "DELETE"),
    token: str | None = None,
    **fields: Any,
) -> Subscription:
    entry = {"objects": [*objects], "operations": [*operations], "callbackUrl": url, "bearerToken": token}
    return Subscription.objects.create(
        client=client,
        client_name=client.name,
        objects_named=[*objects],
        body={"clientName": client.name, "objectOperations": [entry]},
        created_at=NOW,
        modified_at=NOW,
        **fields,
    )


def make_notice(
    program: Program | None = None,
    targets: Sequence[str] = (),
    *,
    object_type: ObjectType = ObjectType.EVENT,
    operation: Operation = Operation.CREATE,
    **fields: Any,
) -> Notification:
    identity = program.public_id if program else fields["ven"].public_id
    return Notification.objects.create(
        object_type=object_type,
        operation=operation,
        object_id=identity,
        object={"id": str(identity), "objectType": object_type.value},
        targets=list(targets),
        program=program,
        recorded_at=fields.pop("recorded_at", NOW),
        **fields,
    )
