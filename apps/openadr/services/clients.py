"""Who may speak OpenADR with us: made in one go or fifty thousand at a time, the secret given out once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from oauth2_provider.models import AccessToken, Application, clear_expired

from apps.accounts.models import User
from apps.audit import services as audit
from apps.openadr.choices import ClientRole
from apps.openadr.models import OpenAdrClient, Ven, WrongLogin
from apps.openadr.selectors.clients import TRIES_WINDOW

AT_ONCE = 5000
SEEN_RESOLUTION = timedelta(minutes=5)


@dataclass(frozen=True)
class Secret:
    """To be shown now and never again."""

    client: OpenAdrClient
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class NewClient:
    name: str
    role: ClientRole
    manager: User | None = None


def make_clients(drafts: Sequence[NewClient], *, as_of: datetime) -> list[Secret]:
    """Inside the caller's transaction, which audits."""
    keys = [(f"oadr-{secrets.token_hex(12)}", secrets.token_hex(32)) for _ in drafts]
    applications = Application.objects.bulk_create(
        [
            Application(
                name=draft.name,
                client_id=client_id,
                client_secret=secret,
                client_type=Application.CLIENT_CONFIDENTIAL,
                authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
            )
            for draft, (client_id, secret) in zip(drafts, keys, strict=True)
        ],
        batch_size=AT_ONCE,
    )
    clients = OpenAdrClient.objects.bulk_create(
        [
            OpenAdrClient(
                application=application,
                client_id=application.client_id,
                name=draft.name,
                role=draft.role,
                manager=draft.manager,
                created_at=as_of,
            )
            for draft, application in zip(drafts, applications, strict=True)
        ],
        batch_size=AT_ONCE,
    )
    return [Secret(client, client_id, secret) for client, (client_id, secret) in zip(clients, keys, strict=True)]


@transaction.atomic
def create_client(
    *, name: str, role: ClientRole, manager: User | None = None, actor: User | None = None, as_of: datetime
) -> Secret:
    (secret,) = make_clients([NewClient(name, role, manager)], as_of=as_of)
    detail = {"role": role.value, "client_id": secret.client_id, "manager": manager.username if manager else ""}
    audit.record(actor=actor, action="openadr.client.created", target=name, detail=detail, at=as_of)
    return secret


@transaction.atomic
def renew_secret(*, client: OpenAdrClient, actor: User | None, as_of: datetime) -> Secret:
    """What it had before is worth nothing from now on, tokens included."""
    value = secrets.token_hex(32)
    application = Application.objects.select_for_update().get(pk=client.application_id)
    application.client_secret = value
    application.save(update_fields=["client_secret"])
    AccessToken.objects.filter(application=application).delete()
    audit.record(actor=actor, action="openadr.client.renewed", target=client.name, detail={}, at=as_of)
    return Secret(client, client.client_id, value)


@transaction.atomic
def retire_client(*, client: OpenAdrClient, actor: User | None, as_of: datetime) -> bool:
    """False when it was retired before. Its tokens end at once."""
    if not OpenAdrClient.objects.filter(pk=client.pk, retired_at__isnull=True).update(retired_at=as_of):
        return False
    AccessToken.objects.filter(application=client.application_id).delete()
    audit.record(actor=actor, action="openadr.client.retired", target=client.name, detail={}, at=as_of)
    return True


def note_seen(*, ven_pk: int, last_seen_at: datetime | None, at: datetime) -> None:
    """Every five minutes is enough to know who is there; ten thousand that ask each minute must not write."""
    if last_seen_at is None or last_seen_at < at - SEEN_RESOLUTION:
        Ven.objects.filter(pk=ven_pk).update(last_seen_at=at)


def note_wrong_login(*, client_id: str, source_ip: str | None, at: datetime) -> None:
    WrongLogin.objects.create(client_id=client_id, source_ip=source_ip, at=at)


def forget_expired(*, as_of: datetime) -> None:
    """Tokens that have run out and refused logins that count no more."""
    clear_expired()
    WrongLogin.objects.filter(at__lt=as_of - TRIES_WINDOW).delete()
