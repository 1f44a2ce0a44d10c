"""Native daily partitions: made when the first sample of a day arrives, dropped when the day is past retention."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from apps.telemetry.services.locks import change_briefly

PARENT = "telemetry_sample"
_DEFAULT = f"{PARENT}_default"
_DELETED_AT_ONCE = 20_000
_FORGET_STRAYS = """
DELETE FROM telemetry_sample_default WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM telemetry_sample_default WHERE received_at < %s LIMIT %s
))
"""


def partition_name(day: date) -> str:
    return f"{PARENT}_{day:%Y%m%d}"


def existing_days() -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass",
            [PARENT],
        )
        names = [row[0] for row in cursor.fetchall() if row[0] != _DEFAULT]
    return {datetime.strptime(name.rsplit("_", 1)[1], "%Y%m%d").replace(tzinfo=UTC).date() for name in names}


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def execute(statements: Iterable[str], *, day: date, **names: sql.Composable) -> None:
    """Run statements of SQL in which the parent, the day's table and the day's bounds are named in braces."""
    known = {
        "parent": sql.Identifier(PARENT),
        "child": sql.Identifier(partition_name(day)),
        "rest": sql.Identifier(_DEFAULT),
        "start": sql.Literal(start_of(day)),
        "end": sql.Literal(start_of(day) + timedelta(days=1)),
        **names,
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**known).as_string(connection.connection))


def wait_for_turn() -> None:
    """One change of the partitions at a time, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [PARENT])


_MAKE = (
    "LOCK TABLE {parent} IN SHARE ROW EXCLUSIVE MODE",
    "CREATE TABLE IF NOT EXISTS {child} (LIKE {parent} INCLUDING DEFAULTS)",
    "WITH moved AS (DELETE FROM {rest} WHERE ts >= {start} AND ts < {end} RETURNING *) "
    "INSERT INTO {child} SELECT * FROM moved",
    "ALTER TABLE {parent} ATTACH PARTITION {child} FOR VALUES FROM ({start}) TO ({end})",
)


@transaction.atomic
def make_partition(*, day: date) -> None:
    """Rows of that day that were stored before it had a partition are moved into it."""
    wait_for_turn()
    if day not in existing_days():
        execute(_MAKE, day=day)


def keep_partitions(*, as_of: datetime) -> list[str]:
    """Make tomorrow's partition ahead of time and drop those past retention. Returns what was dropped.

    What would have to wait for a long reader is left for the next time.
    """
    today = as_of.astimezone(UTC).date()
    oldest = today - timedelta(days=settings.SAMPLE_RETENTION_DAYS)
    existing = existing_days()
    for day in (today, today + timedelta(days=1)):
        if day not in existing:
            change_briefly(partial(make_partition, day=day))
    _forget_strays(start_of(oldest))
    expired = sorted(day for day in existing if day < oldest)
    return [partition_name(day) for day in expired if change_briefly(partial(_drop, day))]


def _drop(day: date) -> None:
    wait_for_turn()
    execute(["DROP TABLE {child}"], day=day)


def _forget_strays(before: datetime) -> None:
    """Rows that no day wanted, from sources with a wrong clock, go by when they were received."""
    gone = _DELETED_AT_ONCE
    with connection.cursor() as cursor:
        while gone == _DELETED_AT_ONCE:
            cursor.execute(_FORGET_STRAYS, [before, _DELETED_AT_ONCE])
            gone = cursor.rowcount
