"""Tables of days, months and years: made before they are needed, or when the first sample of a day arrives."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType

from django.db import connection, transaction
from psycopg import sql

from apps.telemetry.choices import MINUTES, SAMPLES, STORES, Period, Store
from apps.telemetry.services.locks import change_briefly

PARENT = SAMPLES.parent
_SUFFIX = {Period.DAY: "%Y%m%d", Period.MONTH: "%Y%m", Period.YEAR: "%Y"}


def partition_name(day: date, store: Store = SAMPLES) -> str:
    return f"{store.parent}_{day:{_SUFFIX[store.period]}}"


def first_of(day: date, period: Period) -> date:
    """The first day of the period that this day is in."""
    return {Period.DAY: day, Period.MONTH: day.replace(day=1), Period.YEAR: day.replace(month=1, day=1)}[period]


def end_of(first: date, period: Period) -> date:
    """The first day that is no longer in the period."""
    longest = {Period.DAY: 1, Period.MONTH: 31, Period.YEAR: 366}[period]
    return first_of(first + timedelta(days=longest), period)


def existing(store: Store = SAMPLES) -> set[date]:
    """First days of the periods that have a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass",
            [store.parent],
        )
        names = [row[0].removeprefix(f"{store.parent}_") for row in cursor.fetchall()]
    form = _SUFFIX[store.period]
    return {datetime.strptime(name, form).replace(tzinfo=UTC).date() for name in names if name != "default"}


def existing_days() -> set[date]:
    return existing(SAMPLES)


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def execute(statements: Iterable[str], *, day: date, **names: sql.Composable) -> None:
    """Run statements about a day of samples."""
    execute_in(SAMPLES, statements, day=day, names=names)


def execute_in(
    store: Store, statements: Iterable[str], *, day: date, names: Mapping[str, sql.Composable] = MappingProxyType({})
) -> None:
    """Run statements of SQL in which the parent, the table of the period and its bounds are named in braces."""
    known = {
        "parent": sql.Identifier(store.parent),
        "child": sql.Identifier(partition_name(day, store)),
        "rest": sql.Identifier(f"{store.parent}_default"),
        "column": sql.Identifier(store.column),
        "start": sql.Literal(start_of(day)),
        "end": sql.Literal(start_of(end_of(day, store.period))),
        **names,
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**known).as_string(connection.connection))


def wait_for_turn(store: Store = SAMPLES) -> None:
    """One change of the partitions at a time, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [store.parent])


_MAKE = (
    "LOCK TABLE {parent} IN SHARE ROW EXCLUSIVE MODE",
    "CREATE TABLE IF NOT EXISTS {child} (LIKE {parent} INCLUDING DEFAULTS)",
    "WITH moved AS (DELETE FROM {rest} WHERE {column} >= {start} AND {column} < {end} RETURNING *) "
    "INSERT INTO {child} SELECT * FROM moved",
    "ALTER TABLE {parent} ATTACH PARTITION {child} FOR VALUES FROM ({start}) TO ({end})",
)


# Minutes of the open day lie in order of time, one page a minute and point. With this index a trend of them reads no
# page of the table, as long as vacuum comes after them. What is written in order when the day is over lacks it.
_COVER = (
    "CREATE INDEX ON {child} (point_id, {column}) INCLUDE (n, known_s, min, max, mean, last, quality)",
    "ALTER TABLE {child} SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000)",
)


@transaction.atomic
def make_partition(*, day: date, store: Store = SAMPLES) -> None:
    """Rows of that time that were stored before it had a partition are moved into it."""
    wait_for_turn(store)
    first = first_of(day, store.period)
    if first not in existing(store):
        execute_in(store, _MAKE + (_COVER if store is MINUTES else ()), day=first)


def make_ahead(*, as_of: datetime) -> None:
    """The tables of today and tomorrow, and of all rollups of days that have samples.

    What would have to wait for a long reader is left for the next time; meanwhile rows go to the default partition.
    """
    today = as_of.astimezone(UTC).date()
    near = {today, today + timedelta(days=1)}
    for store in STORES:
        days = near if store is SAMPLES else near | existing_days()
        for first in sorted({first_of(day, store.period) for day in days} - existing(store)):
            change_briefly(partial(make_partition, day=first, store=store))
