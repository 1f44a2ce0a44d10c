"""Who a token belongs to, in one query: it is asked with every request of every VEN."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from apps.openadr.choices import ClientRole
from apps.openadr.models import WrongLogin
from apps.openadr.rules.callers import Caller

TRIES_WINDOW = timedelta(minutes=15)

_CALLER = """
SELECT client.id, client.client_id, client.name, client.role, client.manager_id, token.scope,
       ven.id, ven.granted, ven.last_seen_at
FROM oauth2_provider_accesstoken AS token
JOIN openadr_openadrclient AS client ON client.application_id = token.application_id
LEFT JOIN openadr_ven AS ven ON ven.client_id = client.client_id AND ven.withdrawn_at IS NULL
WHERE token.token_checksum = %s AND token.expires > %s AND client.retired_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Known:
    caller: Caller
    last_seen_at: datetime | None


def known(token: str, *, at: datetime) -> Known | None:
    """None: no such token, too old, or its client is retired."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLER, [hashlib.sha256(token.encode()).hexdigest(), at])
        row = cursor.fetchone()
    if row is None:
        return None
    pk, client_id, name, role, manager_id, scope, ven_pk, granted, last_seen_at = row
    caller = Caller(
        name=name,
        client_id=client_id,
        role=ClientRole(role),
        scopes=frozenset(scope.split()),
        client_pk=pk,
        manager_id=manager_id,
        ven_pk=ven_pk,
        granted=tuple(granted or ()),
    )
    return Known(caller, last_seen_at)


def wrong_logins(client_id: str, source_ip: str | None, *, at: datetime) -> int:
    recent = WrongLogin.objects.filter(client_id=client_id, source_ip=source_ip, at__gt=at - TRIES_WINDOW)
    return recent.count()
