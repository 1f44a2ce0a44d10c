from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
import pytest
from django.conf import settings

from apps.telemetry.adapters import SampleBatch
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.partitions import existing_days, keep_partitions, make_partition, partition_name
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


def test_days_past_retention_go_and_all_others_stay() -> None:
    today = date(2020, 5, 20)
    days = [today - timedelta(days=n) for n in range(settings.SAMPLE_RETENTION_DAYS + 3)]
    for day in days:
        make_partition(day=day)
    put([(1, noon(day), 1.0) for day in days])

    dropped = keep_partitions(as_of=noon(today))

    assert dropped == sorted(partition_name(day) for day in days[-2:])
    assert [at for _, at, _ in history()] == [noon(day) for day in reversed(days[:-2])]


def test_strays_of_no_day_go_by_when_they_were_received() -> None:
    now, year_1970 = noon(date(2020, 5, 20)), datetime(1970, 1, 1, tzinfo=UTC)
    put([(1, year_1970, 1.0)], received_at=now - timedelta(days=settings.SAMPLE_RETENTION_DAYS + 1))
    put([(2, year_1970, 2.0)], received_at=now - timedelta(days=1))

    keep_partitions(as_of=now)

    assert history() == [(2, year_1970, 2.0)]


@pytest.mark.usefixtures("committed_history")
def test_a_day_that_is_being_read_is_dropped_at_the_next_time(stranger: psycopg.Connection) -> None:
    make_partition(day=LONG_AGO.date())
    put([(1, LONG_AGO, 1.0)])
    later = LONG_AGO + timedelta(days=30)
    stranger.execute("SELECT * FROM telemetry_sample")

    assert keep_partitions(as_of=later) == []
    assert len(history()) == 1
    stranger.rollback()
    assert keep_partitions(as_of=later) == [partition_name(LONG_AGO.date())]
    assert query("SELECT 1 FROM telemetry_sample") == []
