"""Reading the journal. Entries of a stream are numbered as they are committed: nothing comes before what was seen."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection, transaction

from apps.live.models import Epoch, Horizon
from apps.live.positions import BEGINNING, BadPosition, parse

__all__ = [
    "BadPosition",
    "Entry",
    "Page",
    "SnapshotAt",
    "consistent_snapshot",
    "epoch",
    "epoch_of",
    "head",
    "incarnation",
    "read_after",
]

T = TypeVar("T")

HEAD = "SELECT id FROM live_journalentry WHERE stream = %s ORDER BY id DESC LIMIT 1"
AFTER = """
SELECT id, recorded_at, kind, subject, payload::text FROM live_journalentry
WHERE stream = %s AND id > %s ORDER BY id LIMIT %s
"""
# Another cluster, another timeline (failover, restore to a point in time) or another database under the same name.
INCARNATION = """
SELECT concat_ws('.', (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@dataclass(frozen=True)
class Entry:
    position: str
    recorded_at: datetime
    kind: str
    subject: str
    payload: Any


@dataclass(frozen=True)
class Page:
    entries: tuple[Entry, ...]
    position: str
    more: bool


@dataclass(frozen=True)
class SnapshotAt(Generic[T]):
    epoch: str
    position: str
    data: T


def head(stream: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(HEAD, [stream])
        row = cursor.fetchone()
    return str(row[0] if row else BEGINNING)


def _refuse_trimmed(stream: str, position: int) -> None:
    horizon = Horizon.objects.filter(stream=stream).first()
    if horizon is not None and position < horizon.last_id:
        raise BadPosition(f"The journal no longer reaches back to {position}. Begin again with a snapshot.")


def read_after(*, stream: str, position: str, limit: int) -> Page:
    """Raises BadPosition for a text that is no position and for one that was trimmed away."""
    after = parse(position)
    if limit < 1:
        raise ValueError(f"limit is {limit}; ask for at least 1 entry.")
    with connection.cursor() as cursor:
        cursor.execute(AFTER, [stream, after, limit + 1])
        rows = cursor.fetchall()
    _refuse_trimmed(stream, after)
    entries = tuple(
        Entry(str(pk), at, kind, subject, json.loads(payload)) for pk, at, kind, subject, payload in rows[:limit]
    )
    return Page(entries, entries[-1].position if entries else str(after), len(rows) > limit)


def incarnation() -> str:
    with connection.cursor() as cursor:
        cursor.execute(INCARNATION)
        (found,) = cursor.fetchone() or ("",)
    return str(found)


def epoch() -> str:
    """Changes by itself after a restore or a failover, because it is derived from what Postgres is now."""
    row, _ = Epoch.objects.get_or_create(pk=1)
    return epoch_of(row.seed, incarnation())


def epoch_of(seed: uuid.UUID, current_incarnation: str) -> str:
    return str(uuid.uuid5(seed, current_incarnation))


def consistent_snapshot(*, stream: str, read: Callable[[], T]) -> SnapshotAt[T]:
    """State and position of one instant; replaying the journal from the position misses nothing.

    Inside a transaction of the caller the position is read before the data: the replay may then repeat an
    entry that the data already holds, and still misses none.
    """
    current_epoch = epoch()
    nested = connection.in_atomic_block
    with transaction.atomic(savepoint=False):
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        position = head(stream)
        return SnapshotAt(current_epoch, position, read())
