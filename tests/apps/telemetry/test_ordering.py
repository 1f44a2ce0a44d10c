import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from apps.telemetry.adapters import SampleBatch
from apps.telemetry.models import Gateway
from apps.telemetry.services import ordering, rewriting
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.ordering import order_closed_days
from apps.telemetry.services.partitions import make_partition
from apps.telemetry.services.rewriting import chunks
from tests.apps.telemetry.history import Row, history, put, query, rolled_up_until
from tests.factories.telemetry import make_gateway

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_history")]
DAY = datetime(2020, 3, 4, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
TABLE = "telemetry_sample_20200304"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many slices and chunks of a small day; and nobody is waited for."""
    monkeypatch.setattr(ordering, "SLICE_PAGES", 4)
    for name, value in {"CHUNK_ROWS": 150, "LATE_ROWS": 3, "ATTEMPTS": 2, "PAUSE_S": 0.0}.items():
        monkeypatch.setattr(rewriting, name, value)


@pytest.fixture
def day() -> list[Row]:
    """3,000 rows in order of time."""
    make_partition(day=DAY.date())
    rng = random.Random(4)
    rows = [(point, DAY + timedelta(seconds=600 * n), rng.random()) for n in range(120) for point in range(25)]
    put(rows)
    rolled_up_until(NEXT)
    return sorted(rows)


def order() -> list[str]:
    return order_closed_days(as_of=NEXT + timedelta(hours=2))


def late(n: int, *, first_point: int = 0) -> list[Row]:
    return [(first_point + k % 25, DAY + timedelta(seconds=600 * k + 60 + first_point), -float(k)) for k in range(n)]


def in_table_order() -> list[tuple[int, datetime]]:
    return query(f"SELECT point_id, ts FROM {TABLE} ORDER BY ctid")  # noqa: S608


def nothing_left_behind() -> bool:
    triggers = query("SELECT 1 FROM pg_trigger WHERE tgname = 'telemetry_note_late'")
    tables = query("SELECT 1 FROM pg_class WHERE relname IN (%s, %s)", ordering.BUILT, ordering.RUNS)
    return not triggers and not tables and not query("SELECT 1 FROM telemetry_sample_late")


def put_before_and_after(monkeypatch: pytest.MonkeyPatch, step: str, before: list[Row], then: list[Row]) -> None:
    real: Callable[[object], None] = getattr(ordering, step)

    def surrounded(day: object) -> None:
        put(before)
        real(day)
        put(then)

    monkeypatch.setattr(ordering, step, surrounded)


def test_a_closed_day_has_the_same_rows_in_the_order_of_its_points(day: list[Row]) -> None:
    assert in_table_order() != sorted(in_table_order())

    assert order() == [TABLE]

    assert history() == day
    assert in_table_order() == [(point, at) for point, at, _ in day]
    assert nothing_left_behind()


def test_a_point_of_an_ordered_day_is_a_few_pages(day: list[Row]) -> None:
    put((point, DAY + timedelta(seconds=n), 0.0) for n in range(600) for point in range(100, 150))
    order()

    plan = query(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT value FROM {TABLE} "  # noqa: S608
        "WHERE point_id = 117 AND ts >= %s AND ts < %s",
        DAY,
        NEXT,
    )[0][0][0]["Plan"]
    (pages,) = query("SELECT pg_relation_size(%s::regclass) / 8192", TABLE)[0]

    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < pages / 5


def test_what_comes_while_the_day_is_copied_is_taken_along(day: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    early, middle, last = late(5, first_point=1), late(30, first_point=2), late(7, first_point=3)
    put_before_and_after(monkeypatch, "sort_slices", early, middle)
    put_before_and_after(monkeypatch, "write_chunks", [], last)

    assert order() == [TABLE]

    assert history() == sorted(day + early + middle + last)
    assert nothing_left_behind()


def test_a_row_that_comes_between_two_slices_is_not_doubled(day: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    coming, real = iter(late(40)), ordering.execute
    came: list[Row] = []

    def execute(statements: list[str], **names: object) -> None:
        if ordering._SLICE in statements:
            came.append(next(coming))
            put(came[-1:])
        real(statements, **names)

    monkeypatch.setattr(ordering, "execute", execute)
    order()

    assert len(came) > 3
    assert history() == sorted(day + came)


@pytest.mark.parametrize("step", ["_SCRATCH", "_SLICE", "_CHUNK", "_TAKE_LATE", "_SWAP"])
def test_after_a_crash_the_day_is_whole_and_the_next_run_orders_it(
    day: list[Row], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real, wanted = ordering.execute, getattr(ordering, step)
    calls = []

    def crashing(statements: list[str], **names: object) -> None:
        real(statements, **names)
        calls.append(wanted in statements or wanted is statements)
        if calls[-1] and (sum(calls) == 2 or step in {"_SCRATCH", "_SWAP", "_TAKE_LATE"}):
            query("SELECT pg_terminate_backend(pg_backend_pid())")

    came = late(12)
    put_before_and_after(monkeypatch, "write_chunks", came, [])
    with monkeypatch.context() as patch, pytest.raises(Exception, match="terminat"):
        patch.setattr(ordering, "execute", crashing)
        order()
    ordering.connection.close()
    came = came if query("SELECT 1 FROM telemetry_sample WHERE value < 0") else []
    assert history() == sorted(day + came)
    monkeypatch.undo()
    put(after_crash := late(3, first_point=9))

    assert order() == [TABLE]

    assert history() == sorted(day + came + after_crash)
    assert nothing_left_behind()


def test_an_ordered_day_still_takes_late_samples_and_knows_doubles() -> None:
    gateway = make_gateway(2)
    rolled_up_until(NEXT)
    at_us = int(DAY.timestamp() * 1e6) + np.arange(0, 500) * 1_000_000
    send(gateway, at_us, received_at=DAY + timedelta(hours=1))
    order()
    rolled_up_until(NEXT)

    again = np.concatenate((at_us[:50], at_us[:50] + 500_000))
    outcome = send(gateway, again, received_at=NEXT + timedelta(hours=3))

    assert (outcome.accepted, outcome.duplicates, outcome.late) == (50, 50, 50)
    assert len(history()) == 550
    assert query("SELECT count(*) FROM telemetry_sample_20200304") == [(550,)]


def send(gateway: Gateway, at_us: np.ndarray, *, received_at: datetime):
    zeros = np.zeros(len(at_us), np.int64)
    return ingest(gateway_id=gateway.pk, batch=SampleBatch(zeros, at_us, zeros + 1.0, zeros), received_at=received_at)


def test_a_day_is_ordered_once_and_again_only_when_much_came_late(day: list[Row]) -> None:
    order()

    put(few := late(20))
    assert order() == []
    put(many := [(point, at + timedelta(seconds=30), value) for point, at, value in day])
    assert order() == [TABLE]

    assert history() == sorted(day + few + many)
    assert in_table_order() == sorted(in_table_order())


@pytest.mark.parametrize("done_until", [NEXT - timedelta(minutes=1), None])
def test_a_day_that_is_not_rolled_up_is_left_as_it_is(day: list[Row], done_until: datetime | None) -> None:
    query("DELETE FROM telemetry_rollup_progress")
    if done_until:
        rolled_up_until(done_until)

    assert order() == []


def test_a_day_that_is_not_over_is_left_as_it_is(day: list[Row]) -> None:
    assert order_closed_days(as_of=NEXT - timedelta(seconds=1)) == []


def test_whoever_comes_second_does_nothing(day: list[Row], stranger: psycopg.Connection) -> None:
    stranger.autocommit = True
    stranger.execute("SELECT pg_advisory_lock(hashtext('telemetry: order closed days'))")

    assert order() == []
    stranger.execute("SELECT pg_advisory_unlock_all()")
    assert order() == [TABLE]


def test_a_day_that_is_being_read_is_ordered_at_the_next_time(day: list[Row], stranger: psycopg.Connection) -> None:
    stranger.execute("SELECT * FROM telemetry_sample LIMIT 1")

    assert order() == []
    stranger.rollback()
    assert history() == day
    assert order() == [TABLE]
    assert history() == day
    assert nothing_left_behind()


def test_chunks_hold_whole_points_and_not_too_many_rows() -> None:
    counts = [(1, 100), (3, 50), (4, 1), (9, 500), (10, 2), (11, 2)]

    assert list(chunks(counts)) == [(1, 3), (4, 4), (9, 9), (10, 11)]
    assert list(chunks([])) == []
