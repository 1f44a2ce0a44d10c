"""Rollups of a minute, a quarter of an hour, an hour and a day. A bucket is always computed anew, so that any run may
be repeated.

A transaction takes some minutes of samples at most, however long nothing was rolled up, so that a crash costs little
and vacuum is not held back.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
from django.db import connection, transaction

from apps.telemetry.adapters import IntArray
from apps.telemetry.choices import LEVELS, SAMPLES, DataClass, Level, Store
from apps.telemetry.selectors.history import floor_to, rolled_up_until
from apps.telemetry.selectors.retention import dropped_before
from apps.telemetry.selectors.sums import COLUMNS, of_rollups, of_samples
from apps.telemetry.services.locks import change_briefly, sole_runner
from apps.telemetry.services.partitions import (
    existing,
    existing_days,
    first_of,
    make_partition,
    partition_name,
    start_of,
)

AT_ONCE = timedelta(minutes=3)
# What was received just before the last run may have been committed just after it.
OVERLAP = timedelta(minutes=1)
_AT_ONCE_US = AT_ONCE // timedelta(microseconds=1)

_WINDOW = "{column} >= %(start)s AND {column} < %(end)s"
_OF_POINTS = " AND point_id = ANY(%(points)s)"
_REPLACE = """DO UPDATE SET n = excluded.n, known_s = excluded.known_s, min = excluded.min, max = excluded.max,
    mean = excluded.mean, last = excluded.last, quality = excluded.quality
WHERE (rollup.n, rollup.known_s, rollup.min, rollup.max, rollup.mean, rollup.last, rollup.quality) IS DISTINCT FROM
    (excluded.n, excluded.known_s, excluded.min, excluded.max, excluded.mean, excluded.last, excluded.quality)"""


def _statement(level: Level, source: Store, *, of_points: bool, fill_only: bool) -> str:
    where = _WINDOW.format(column=source.column) + (_OF_POINTS if of_points else "")
    sums = of_samples(where) if source is SAMPLES else of_rollups(f"{source.parent} WHERE {where}", str(level.step_s))
    change = "DO NOTHING" if fill_only else _REPLACE
    return (
        f"INSERT INTO {level.store.parent} AS rollup ({COLUMNS})"  # noqa: S608  made of constants
        f" SELECT {COLUMNS} FROM ({sums}) AS sums ON CONFLICT (point_id, bucket) {change}"
    )


_LATE = """
SELECT date_bin(%(at_once)s::interval, ts, 'epoch') AS span, array_agg(DISTINCT point_id) FROM telemetry_sample
WHERE received_at >= %(since)s AND received_at < %(until)s AND ts < %(since)s
GROUP BY 1 ORDER BY 1
"""
_TAKE_DUE = """
WITH taken AS (DELETE FROM telemetry_rollup_due RETURNING point_id, ts)
SELECT date_bin(%(at_once)s::interval, ts, 'epoch') AS span, array_agg(DISTINCT point_id) FROM taken
WHERE ts < %(since)s GROUP BY 1 ORDER BY 1
"""
_PROGRESS = """
INSERT INTO telemetry_rollup_progress (id, done_until) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET done_until = excluded.done_until
"""


def roll_up(*, as_of: datetime) -> int:
    """Roll up all whole minutes since the last run, and earlier ones that late samples changed.

    Returns how many buckets are new or have changed.
    """
    end = as_of.replace(second=0, microsecond=0)
    rolled = 0
    with sole_runner("telemetry: roll up") as is_alone:
        done = (rolled_up_until() or _first_sample()) if is_alone else None
        since = done - OVERLAP if done is not None else end
        while done is not None and done < end:
            rolled += _roll_up_due(since)
            done = min(done + AT_ONCE, end)
            _make_partitions(since)
            rolled += _roll_up_late(since=since, until=done)
            rolled += _roll_up_span(start=since, until=done)
            since = done
        if is_alone:
            _summarise_newest(end)
    return rolled


def _first_sample() -> datetime | None:
    return min(map(start_of, existing_days()), default=None)


def _make_partitions(start: datetime) -> None:
    """While somebody reads so long that it cannot be made, rows go to the default partition, and on when it is."""
    day = start.astimezone(UTC).date()
    for level in LEVELS:
        if first_of(day, level.store.period) not in existing(level.store):
            change_briefly(partial(make_partition, day=day, store=level.store))


def _roll_up_late(*, since: datetime, until: datetime) -> int:
    """What was received in this time of earlier minutes. A point is rolled up over the whole span around its sample."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"since": since, "until": until, "at_once": str(AT_ONCE)})
        return _roll_up_spans(cursor.fetchall(), closed=since)


@transaction.atomic
def _roll_up_due(since: datetime) -> int:
    """What was noted as stored late. What is not rolled up at all yet comes in its turn."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_DUE, {"since": since, "at_once": str(AT_ONCE)})
        return _roll_up_spans(cursor.fetchall(), closed=since)


def _roll_up_spans(spans: Sequence[tuple[datetime, Sequence[int]]], *, closed: datetime) -> int:
    gone = dropped_before() if spans else {}
    return sum(
        _roll_up_points(start=start, end=min(start + AT_ONCE, closed), points=points, closed=closed, gone=gone)
        for start, points in spans
    )


@transaction.atomic
def _roll_up_points(
    *, start: datetime, end: datetime, points: Sequence[int], closed: datetime, gone: dict[DataClass, datetime]
) -> int:
    rolled = 0
    for level, source in _steps():
        first = floor_to(start, level.step_s)
        last = min(
            floor_to(end - timedelta(microseconds=1), level.step_s) + _length(level), floor_to(closed, level.step_s)
        )
        # Of what is partly dropped no bucket can be computed anew: it keeps what it has.
        fill_only = first < gone[source.data_class]
        window = {"start": first, "end": last, "points": points}
        rolled += _execute(_statement(level, source, of_points=True, fill_only=fill_only), window)
    return rolled


@transaction.atomic
def _roll_up_span(*, start: datetime, until: datetime) -> int:
    """Minutes, and every longer bucket that ends in this time."""
    rolled = 0
    for level, source in _steps():
        window = {"start": floor_to(start, level.step_s), "end": floor_to(until, level.step_s)}
        if window["start"] < window["end"]:
            rolled += _execute(_statement(level, source, of_points=False, fill_only=False), window)
    _execute(_PROGRESS, [until])
    return rolled


def _steps() -> Iterator[tuple[Level, Store]]:
    return zip(LEVELS, (SAMPLES, *(level.store for level in LEVELS)), strict=False)


def _length(level: Level) -> timedelta:
    return timedelta(seconds=level.step_s)


def _execute(statement: str, values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)  # type: ignore[arg-type]
        return int(cursor.rowcount)


def note_late(*, point_id: IntArray, at_us: IntArray) -> None:
    """Samples that are stored long after they were received, in the transaction that stores them."""
    spans = np.unique(np.stack((point_id, at_us // _AT_ONCE_US * _AT_ONCE_US)), axis=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telemetry_rollup_due SELECT point, to_timestamp(at) "
            "FROM unnest(%s::integer[], %s::float8[]) AS late (point, at)",
            [spans[0].tolist(), (spans[1] / 1e6).tolist()],
        )


def _summarise_newest(end: datetime) -> None:
    """Postgres asks its autovacuum to summarise new pages, and forgets what it asks for too quickly: at 25,000 rows a
    second most pages of the day would stay without a summary, and every reader would read them all.
    """
    day = end.astimezone(UTC).date()
    for newest in {day, (end - AT_ONCE).astimezone(UTC).date()} & existing_days():
        change_briefly(partial(summarise, partition_name(newest)))


def summarise(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid FROM pg_index JOIN pg_class ON oid = indexrelid JOIN pg_am ON pg_am.oid = relam "
            "WHERE indrelid = %s::regclass AND amname = 'brin'",
            [table],
        )
        for (index,) in cursor.fetchall():
            cursor.execute("SELECT brin_summarize_new_values(%s)", [index])
