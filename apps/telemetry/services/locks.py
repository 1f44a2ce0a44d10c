"""Upkeep of tables that ingest writes and everybody reads, without making either wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import OperationalError, connection, transaction

from gridops.database_paths import straight

# Whoever waits for an exclusive lock makes all later readers and writers of the table wait behind it.
PATIENCE = "200ms"


@contextmanager
def sole_runner(name: str) -> Iterator[bool]:
    """False for whoever comes second. Belongs to the session: it outlives transactions, and no crash leaves it."""
    with straight():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
            (is_alone,) = cursor.fetchone() or (False,)
        try:
            yield bool(is_alone)
        finally:
            if is_alone and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def change_briefly(change: Callable[[], None]) -> bool:
    """Make a change that locks others out, or give up at once and say False if they are using the table."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            change()
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
            return False
        raise
    return True
