from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from apps.telemetry.adapters import SampleBatch
from apps.telemetry.choices import MINUTES
from apps.telemetry.selectors.sums import COLUMNS
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.partitions import existing_days, make_partition, partition_name
from apps.telemetry.services.retention import keep_partitions
from tests.apps.telemetry.history import after, history, put, query, table_of
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
DEFAULT = "telemetry_sample_default"
LONG_AGO = datetime(2020, 2, 1, 5, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_the_first_sample_of_a_day_makes_its_partition() -> None:
    gateway = make_gateway(1)
    at = datetime(2020, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
    us = int(at.timestamp()) * 1_000_000 + 999_999

    batch = SampleBatch(np.array([0, 0]), np.array([us, us + 1]), np.array([1.0, 2.0]), np.array([0, 0]))
    ingest(gateway_id=gateway.pk, batch=batch, received_at=at)

    assert table_of(at) == {"telemetry_sample_20200229"}
    assert table_of(at + timedelta(microseconds=1)) == {"telemetry_sample_20200301"}


def test_rows_that_came_before_their_day_had_a_partition_are_moved_into_it() -> None:
    put([(1, LONG_AGO, 1.0), (1, LONG_AGO + timedelta(days=1), 2.0)])
    assert table_of(LONG_AGO) == {DEFAULT}
    before = history()

    make_partition(day=LONG_AGO.date())

    assert table_of(LONG_AGO) == {partition_name(LONG_AGO.date())}
    assert table_of(LONG_AGO + timedelta(days=1)) == {DEFAULT}
    assert history() == before


def test_a_partition_may_be_asked_for_twice() -> None:
    for _ in range(2):
        make_partition(day=LONG_AGO.date())

    assert LONG_AGO.date() in existing_days()


def test_tomorrow_has_its_partition_before_it_comes() -> None:
    keep_partitions(as_of=after(0))

    assert {date(2026, 6, 1), date(2026, 6, 2)} <= existing_days()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_history")
def test_a_trend_of_the_open_day_reads_its_minutes_from_an_index_alone() -> None:
    make_partition(day=LONG_AGO.date(), store=MINUTES)
    query(
        "INSERT INTO telemetry_rollup SELECT point, %s::timestamptz + make_interval(mins => minute),"
        " 1, 60, 0, 2, 1, 1, 0 FROM generate_series(0, 199) AS minute, generate_series(1, 50) AS point",
        LONG_AGO,
    )
    query("VACUUM ANALYZE telemetry_rollup")

    end = LONG_AGO + timedelta(days=1)
    wanted = f"SELECT {COLUMNS} FROM telemetry_rollup WHERE point_id = ANY(%s) AND bucket >= %s AND bucket < %s"  # noqa: S608
    plan = " ".join(line for (line,) in query(f"EXPLAIN (ANALYZE) {wanted}", [5, 9], LONG_AGO, end))

    assert "Index Only Scan" in plan, plan
    assert "Heap Fetches: 0" in plan, plan
