import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit import chain
from apps.audit.models import AuditEvent

CHAIN_LOCK = 0x47_52_49_44  # one writer at a time: each row needs the hash of the one before

_HEAD = """
SELECT coalesce(head.id, 0), coalesce(head.hash, %s), given.detail::text
FROM (SELECT %s::jsonb AS detail) AS given
LEFT JOIN LATERAL (SELECT id, hash FROM audit_auditevent ORDER BY id DESC LIMIT 1) AS head ON true
"""


def _head_and_stored_form(detail: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    # jsonb rewrites numbers (1e22, -0.0), so the hash is taken over what it will give back.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        cursor.execute(_HEAD, [chain.GENESIS, json.dumps(chain.storable(detail))])
        last_id, last_hash, stored = cursor.fetchone() or (0, chain.GENESIS, "{}")
    return last_id, last_hash, json.loads(stored)


def record(
    *,
    actor: User | None,
    action: str,
    target: str,
    detail: dict[str, Any],
    at: datetime,
    source_ip: str | None = None,
) -> AuditEvent:
    """Part of the caller's transaction: the act and its record stand or fall together.

    Call it late in the transaction; the chain is locked from here to its end. `actor` None: the system itself.
    """
    with transaction.atomic(savepoint=False):
        last_id, last_hash, stored = _head_and_stored_form(detail)
        row = chain.Row(
            id=last_id + 1,
            at=at,
            actor_id=actor.pk if actor else None,
            actor_name=actor.username if actor else "",
            actor_role=actor.role if actor else "",
            action=chain.storable_text(action, 60),
            target=chain.storable_text(target, 300),
            detail=stored,
            source_ip=source_ip,
        )
        return AuditEvent.objects.create(**vars(row), previous_hash=last_hash, hash=chain.link(last_hash, row))
