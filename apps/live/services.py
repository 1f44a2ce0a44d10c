from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from apps.live.models import Epoch, JournalEntry
from apps.live.publisher import publisher
from apps.live.selectors import epoch, incarnation


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
    return publisher().newest({topic: payload})


def publish_all(payloads: Mapping[str, bytes]) -> bool:
    """As `publish`, for several topics at once."""
    return publisher().newest(payloads)


TRIM = """
WITH gone AS (
    DELETE FROM live_journalentry
    WHERE id IN (
        SELECT id FROM live_journalentry AS entry
        WHERE recorded_at < %s AND {streams} AND EXISTS (
            SELECT FROM live_journalentry AS later
            WHERE later.stream = entry.stream AND {later}
        )
        ORDER BY recorded_at LIMIT %s
    )
    RETURNING stream, id
), furthest AS (
    SELECT stream, max(id) AS id FROM gone GROUP BY stream
), marked AS (
    INSERT INTO live_horizon (stream, last_id) SELECT stream, id FROM furthest
    ON CONFLICT (stream) DO UPDATE SET last_id = excluded.last_id WHERE live_horizon.last_id < excluded.last_id
)
SELECT count(*) FROM gone
"""
OTHERS = TRIM.format(streams="stream <> ALL(%s)", later="later.id > entry.id")
# Each subject's newest entry from before the horizon stays: whoever folds the journal begins with it.
LIVED = TRIM.format(
    streams="stream = ANY(%s)",
    later="later.subject = entry.subject AND later.id > entry.id AND later.recorded_at < %s",
)
TRIM_ROWS = 10_000  # a transaction


@transaction.atomic
def open_epoch() -> str:
    """Called whenever somebody meets Postgres anew; answers the epoch."""
    current = epoch()
    here = incarnation()
    Epoch.objects.filter(pk=1).exclude(incarnation=here).update(incarnation=here)
    return current


def trim_journal(*, before: datetime, kept: Collection[str] = ()) -> int:
    """Forget what is older, but never a stream's newest entry: its position is where all its readers stand.

    A reader that stands before what was forgotten is told to begin with a snapshot.
    """
    return _trim(OTHERS, [before, list(kept), TRIM_ROWS])


def trim_stream(*, stream: str, before: datetime) -> int:
    """Forget what is older, but of each subject keep the newest that is: a fold of the rest still gives the present."""
    return _trim(LIVED, [before, [stream], before, TRIM_ROWS])


def _trim(statement: str, values: list[Any]) -> int:
    trimmed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            (gone,) = cursor.fetchone() or (0,)
        trimmed += gone
        if gone < TRIM_ROWS:
            return trimmed
