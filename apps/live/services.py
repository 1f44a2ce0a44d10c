from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from apps.live.models import JournalEntry
from apps.live.publisher import publisher


def _hint(stream: str) -> None:
    publisher().hint(stream)


def record_many(*, stream: str, entries: Iterable[tuple[str, str, Any]]) -> int:
    """Entries are (kind, subject, payload). One hint for all of them."""
    if not connection.in_atomic_block:
        raise TransactionManagementError(
            "A journal entry stands or falls with the fact it tells of: call this inside the fact's transaction."
        )
    rows = [
        JournalEntry(stream=stream, kind=kind, subject=subject, payload=payload) for kind, subject, payload in entries
    ]
    if rows:
        JournalEntry.objects.bulk_create(rows)
        transaction.on_commit(partial(_hint, stream), robust=True)
    return len(rows)


def record(*, stream: str, kind: str, subject: str, payload: Any) -> None:
    """Append to the journal inside the caller's transaction; after its commit listeners are hinted."""
    record_many(stream=stream, entries=[(kind, subject, payload)])


def publish(*, topic: str, payload: bytes) -> bool:
    """The newest value of a topic to all listeners, best effort: False when Valkey did not take it, never an error."""
    return publisher().newest(topic, payload)
