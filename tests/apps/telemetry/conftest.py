from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from apps.telemetry.choices import LEVELS, STORES
from apps.telemetry.services.partitions import existing, partition_name
from tests.apps.telemetry.history import query


def _clean() -> None:
    rollups = ", ".join(level.store.parent for level in LEVELS)
    query(f"TRUNCATE telemetry_sample, {rollups}, telemetry_rollup_progress, telemetry_rollup_due")
    for store in STORES:
        for first in existing(store):
            if first.year == 2020:
                query(f'DROP TABLE "{partition_name(first, store)}"')


@pytest.fixture
def committed_history(transactional_db: None) -> Iterator[None]:
    """For tests that commit: no model owns the samples, so Django leaves them. Days of such tests are of 2020."""
    _clean()
    yield
    _clean()


@pytest.fixture
def stranger(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another session."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        yield other
