from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.apps.telemetry.history import query


def _clean() -> None:
    query("TRUNCATE telemetry_sample, telemetry_rollup, telemetry_rollup_progress")
    days = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'telemetry_sample'::regclass"
    for (name,) in query(days):
        if name.startswith("telemetry_sample_2020"):
            query(f'DROP TABLE "{name}"')


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
