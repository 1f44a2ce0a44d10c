"""Samples put straight into the tables, and what is in them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Row = tuple[int, datetime, float]


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def put(rows: Iterable[Row], *, quality: int = 0, received_at: datetime | None = None) -> None:
    """Rows of (point, event time, value), received when they happened if not said otherwise."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO telemetry_sample (point_id, ts, value, quality, received_at) VALUES (%s, %s, %s, %s, %s)",
            [(point, at, value, quality, received_at or at) for point, at, value in rows],
        )


def query(text: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall()) if cursor.description else []


def history() -> list[Row]:
    return query("SELECT point_id, ts, value FROM telemetry_sample ORDER BY point_id, ts, value")


def table_of(at: datetime) -> set[str]:
    return {name for (name,) in query("SELECT tableoid::regclass::text FROM telemetry_sample WHERE ts = %s", at)}


def rolled_up_until(at: datetime) -> None:
    query("DELETE FROM telemetry_rollup_progress")
    query("INSERT INTO telemetry_rollup_progress VALUES (1, %s)", at)
