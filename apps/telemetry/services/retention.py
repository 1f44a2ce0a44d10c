"""What is older than its policy goes, table by table; nothing goes before it has been rolled up."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.db import connection
from psycopg import sql

from apps.telemetry.choices import SAMPLES, STORES, DataClass, Store
from apps.telemetry.models import RetentionPolicy
from apps.telemetry.selectors.history import rolled_up_until
from apps.telemetry.selectors.retention import kept_days
from apps.telemetry.services.locks import change_briefly
from apps.telemetry.services.partitions import (
    end_of,
    execute_in,
    existing,
    make_ahead,
    partition_name,
    start_of,
    wait_for_turn,
)

_DELETED_AT_ONCE = 20_000
_FORGET = """
DELETE FROM {rest} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {rest} WHERE {age} < {before} LIMIT {at_once}))
"""
# What was received just before the last run may have been committed just after it.
_NOT_ROLLED_UP = "SELECT EXISTS (SELECT FROM {child} WHERE received_at >= {since})"
_COMMITTED_LATE = timedelta(minutes=1)


def keep_partitions(*, as_of: datetime) -> list[str]:
    """Make partitions ahead of time and drop those past their policy. Returns what was dropped."""
    make_ahead(as_of=as_of)
    days, rolled_up, dropped = kept_days(), rolled_up_until(), []
    for store in STORES:
        cutoff = start_of(as_of.astimezone(UTC).date()) - timedelta(days=days[store.data_class])
        _forget_strays(store, cutoff)
        expired = [first for first in sorted(existing(store)) if start_of(end_of(first, store.period)) <= cutoff]
        dropped += [
            partition_name(first, store)
            for first in expired
            if _is_rolled_up(store, first, rolled_up) and change_briefly(partial(_drop, store, first))
        ]
    return dropped


def _is_rolled_up(store: Store, first: date, rolled_up: datetime | None) -> bool:
    """Coarser rollups are made in the transaction that completes their time."""
    if rolled_up is None or start_of(end_of(first, store.period)) > rolled_up:
        return False
    return store is not SAMPLES or not _has_late_samples(first, since=rolled_up - _COMMITTED_LATE)


def _has_late_samples(day: date, *, since: datetime) -> bool:
    with connection.cursor() as cursor:
        names = {"child": sql.Identifier(partition_name(day)), "since": sql.Literal(since)}
        cursor.execute(sql.SQL(_NOT_ROLLED_UP).format(**names).as_string(connection.connection))
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def _drop(store: Store, first: date) -> None:
    wait_for_turn(store)
    execute_in(store, ["DROP TABLE {child}"], day=first)
    _note(store.data_class, start_of(end_of(first, store.period)))


def _note(data_class: DataClass, before: datetime) -> None:
    """Readers and late samples must know from when on the data is whole."""
    usual = {"keep_days": kept_days()[data_class]}
    policy, _ = RetentionPolicy.objects.get_or_create(data_class=data_class, defaults=usual)
    if policy.dropped_before is None or policy.dropped_before < before:
        policy.dropped_before = before
        policy.save(update_fields=["dropped_before"])


def _forget_strays(store: Store, before: datetime) -> None:
    """Rows outside every table of a period: samples of sources with a wrong clock go by when they were received."""
    age = "received_at" if store is SAMPLES else store.column
    names: dict[str, sql.Composable] = {
        "rest": sql.Identifier(f"{store.parent}_default"),
        "age": sql.Identifier(age),
        "before": sql.Literal(before),
        "at_once": sql.Literal(_DELETED_AT_ONCE),
    }
    with connection.cursor() as cursor:
        statement, gone = sql.SQL(_FORGET).format(**names).as_string(connection.connection), _DELETED_AT_ONCE
        while gone == _DELETED_AT_ONCE:
            cursor.execute(statement)
            gone = cursor.rowcount
