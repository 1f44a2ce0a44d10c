"""What the bench of the historian measures on is what it says it is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.telemetry.choices import STORES
from apps.telemetry.services.rewriting import to_order
from tests.apps.telemetry.history import query
from tests.bench.database import address
from tests.bench.history_fill import DAY, History, minutes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_history")]
POINTS = np.array([3, 7, 8])
TODAY = datetime(2020, 12, 31, tzinfo=UTC)
NOW = TODAY + timedelta(minutes=12)


def test_the_bench_fills_days_that_are_whole_rolled_up_and_in_order() -> None:
    History(address(), TODAY, closed_days=1, open_hours=0.2, year_points=2).fill(POINTS)

    assert query("SELECT point_id, count(*), count(DISTINCT ts) FROM telemetry_sample GROUP BY 1 ORDER BY 1") == [
        (point, 10_890, 10_890) for point in POINTS
    ]
    assert in_place("telemetry_sample_20201230") == sorted(in_place("telemetry_sample_20201230"))
    assert [at for _, at in in_place("telemetry_sample_20201231")] == sorted(
        at for _, at in in_place("telemetry_sample_20201231")
    )
    assert query("SELECT done_until FROM telemetry_rollup_progress") == [(NOW,)]
    assert [first for store in STORES for first in to_order(store, as_of=NOW)] == []
    assert rollups("telemetry_rollup", TODAY - DAY) == dict.fromkeys(POINTS, (1452, 10_890))
    assert rollups("telemetry_rollup_hour", TODAY - DAY) == dict.fromkeys(POINTS, (24, 10_800))
    assert query(HELD_AGAINST_SAMPLES) == [(3 * 1452, 0.0, 0.0)]
    assert {rows for _, rows, _ in month_back()} == {1440}
    assert query("SELECT count(*) FROM telemetry_rollup_hour WHERE bucket < %s", TODAY - 2 * DAY) == [(2 * 363 * 24,)]


HELD_AGAINST_SAMPLES = """
SELECT count(*), max(abs(rollup.min - sample.low)), max(abs(rollup.max - sample.high)) FROM telemetry_rollup AS rollup
JOIN (
    SELECT point_id, date_trunc('minute', ts) AS bucket, min(value) AS low, max(value) AS high
    FROM telemetry_sample GROUP BY 1, 2
) AS sample USING (point_id, bucket)
"""


def in_place(table: str) -> list[tuple[int, datetime]]:
    return query(f"SELECT point_id, ts FROM {table} ORDER BY ctid")  # noqa: S608


def rollups(table: str, since: datetime) -> dict[int, tuple[int, int]]:
    """Buckets and samples in them, by point."""
    rows = query(f"SELECT point_id, count(*), sum(n) FROM {table} WHERE bucket >= %s GROUP BY 1", since)  # noqa: S608
    return {point: (count, samples) for point, count, samples in rows}


def month_back() -> list[tuple[int, int, datetime]]:
    return query(
        "SELECT point_id, count(*), min(bucket) FROM telemetry_rollup WHERE bucket < %s GROUP BY 1", NOW - 9 * DAY
    )


def test_the_same_hour_is_the_same_bytes_and_another_is_not() -> None:
    first, again, other = (
        b"".join(minutes(POINTS, start, start + timedelta(minutes=3))) for start in (TODAY, TODAY, TODAY - DAY)
    )

    assert first == again != other
