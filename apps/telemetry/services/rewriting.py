"""What samples and rollups have in common when a closed table is written anew in order of point and time."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import connection

from apps.telemetry.choices import Store
from apps.telemetry.selectors import rolled_up_until
from apps.telemetry.services.locks import change_briefly
from apps.telemetry.services.partitions import end_of, existing, partition_name, start_of

CHUNK_ROWS = 120_000
LATE_ROWS = 20_000  # taken along while everybody waits
# A table that has grown by more than this since it was ordered is ordered again.
GROWTH = 1.1
ATTEMPTS, PAUSE_S = 60, 1.0
_MARK = "Ordered by point and time; bytes then: "


def to_order(store: Store, *, as_of: datetime) -> list[date]:
    """Of every table that is closed, rolled up and not in order, its first day."""
    rolled_up = rolled_up_until()
    if rolled_up is None:
        return []
    now = min(as_of, rolled_up)
    closed = (first for first in existing(store) if start_of(end_of(first, store.period)) <= now)
    return sorted(first for first in closed if not _is_ordered(partition_name(first, store)))


def _is_ordered(table: str) -> bool:
    size, mark = one(
        "SELECT pg_relation_size(oid), obj_description(oid, 'pg_class') FROM pg_class WHERE oid = %s::regclass", table
    )
    return mark is not None and size <= GROWTH * int(mark.removeprefix(_MARK))


def mark_of(table: str) -> str:
    """The comment that says that it is ordered."""
    (size,) = one("SELECT pg_relation_size(%s::regclass)", table)
    return f"{_MARK}{size}"


def one(query: str, *values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def repeatedly(change: Callable[[], None]) -> bool:
    for _ in range(ATTEMPTS):
        if change_briefly(change):
            return True
        time.sleep(PAUSE_S)
    return False


@contextmanager
def sorting() -> Iterator[None]:
    """Chunks are sorted in memory; and the planner takes the index for useless where all pages have all points."""
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '64MB'; SET enable_seqscan = off")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET work_mem; RESET enable_seqscan")


def rows_of_points(table: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT point_id, count(*) FROM {table} GROUP BY 1 ORDER BY 1")  # noqa: S608  a name of ours
        return list(cursor.fetchall())


def chunks(counts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """First and last point of each chunk; a point is never divided."""
    first = last = None
    rows = 0
    for point, count in counts:
        if first is not None and last is not None and rows + count > CHUNK_ROWS:
            yield first, last
            first, rows = None, 0
        first, last, rows = point if first is None else first, point, rows + count
    if first is not None and last is not None:
        yield first, last
