"""Native daily partitions: made when the first sample of a day arrives, dropped when the day is past retention."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

PARENT = "telemetry_sample"
_DEFAULT = f"{PARENT}_default"


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


@transaction.atomic
def make_partition(*, day: date) -> None:
    """Rows of that day that were stored before it had a partition are moved into it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    names = {
        "parent": sql.Identifier(PARENT),
        "child": sql.Identifier(partition_name(day)),
        "rest": sql.Identifier(_DEFAULT),
        "start": sql.Literal(start),
        "end": sql.Literal(start + timedelta(days=1)),
    }
    statements = [
        "LOCK TABLE {parent} IN SHARE ROW EXCLUSIVE MODE",
        "CREATE TABLE IF NOT EXISTS {child} (LIKE {parent} INCLUDING DEFAULTS)",
        "WITH moved AS (DELETE FROM {rest} WHERE ts >= {start} AND ts < {end} RETURNING *) "
        "INSERT INTO {child} SELECT * FROM moved",
        "ALTER TABLE {parent} ATTACH PARTITION {child} FOR VALUES FROM ({start}) TO ({end})",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [PARENT])
        if day in existing_days():
            return
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names).as_string(connection.connection))


def keep_partitions(*, as_of: datetime) -> list[str]:
    """Make tomorrow's partition ahead of time and drop those past retention. Returns what was dropped."""
    today = as_of.astimezone(UTC).date()
    existing = existing_days()
    for day in (today, today + timedelta(days=1)):
        if day not in existing:
            make_partition(day=day)
    expired = sorted(day for day in existing if day < today - timedelta(days=settings.SAMPLE_RETENTION_DAYS))
    with connection.cursor() as cursor:
        for day in expired:
            cursor.execute(f'DROP TABLE "{partition_name(day)}"')
    return [partition_name(day) for day in expired]
