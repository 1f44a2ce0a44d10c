import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import psycopg
import pytest

from apps.telemetry import tasks
from apps.telemetry.choices import LEVELS
from apps.telemetry.services import rewriting, rollup_ordering
from apps.telemetry.services.ordering import order_closed_days
from apps.telemetry.services.partitions import make_partition
from apps.telemetry.services.rollup import roll_up
from apps.telemetry.services.rollup_ordering import order_closed_rollups
from tests.apps.telemetry.history import Row, put, query, rolled_up_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_history")]
DAY = datetime(2020, 3, 4, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
MINUTES = LEVELS[0].store
TABLE = "telemetry_rollup_20200304"
Bucket = tuple[int, datetime, float]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many chunks of a small day; and nobody is waited for."""
    for name, value in {"CHUNK_ROWS": 150, "LATE_ROWS": 3, "ATTEMPTS": 2, "PAUSE_S": 0.0}.items():
        monkeypatch.setattr(rewriting, name, value)


@pytest.fixture
def day() -> list[Bucket]:
    """3,000 minutes in order of time."""
    make_partition(day=DAY.date(), store=MINUTES)
    rng = random.Random(4)
    rows = [(point, DAY + timedelta(minutes=10 * n), rng.random()) for n in range(120) for point in range(25)]
    store(rows)
    rolled_up_until(NEXT)
    return sorted(rows)


def store(rows: list[Bucket]) -> None:
    for point, at, value in rows:
        query(
            "INSERT INTO telemetry_rollup VALUES (%s, %s, 1, 60, %s, %s, %s, %s, 0) "
            "ON CONFLICT (point_id, bucket) DO UPDATE SET mean = excluded.mean",
            *(point, at, value, value, value, value),
        )


def stored(table: str = "telemetry_rollup") -> list[Bucket]:
    return query(f"SELECT point_id, bucket, mean FROM {table} ORDER BY 1, 2")  # noqa: S608


def in_table_order(table: str = TABLE) -> list[tuple[int, datetime]]:
    return query(f"SELECT point_id, bucket FROM {table} ORDER BY ctid")  # noqa: S608


def order() -> list[str]:
    return order_closed_rollups(as_of=NEXT + timedelta(hours=2))


def nothing_left_behind() -> bool:
    triggers = query("SELECT 1 FROM pg_trigger WHERE tgname = %s", rollup_ordering.TRIGGER)
    tables = query("SELECT 1 FROM pg_class WHERE relname = %s", rollup_ordering.BUILT)
    return not triggers and not tables and not query("SELECT 1 FROM telemetry_rollup_changed")


def changed(day: list[Bucket], *, every: int) -> list[Bucket]:
    return [(point, at, -value) for point, at, value in day[::every]]


def added(n: int) -> list[Bucket]:
    return [(k % 25, DAY + timedelta(minutes=10 * k + 3), 9.0) for k in range(n)]


def merged(*parts: list[Bucket]) -> list[Bucket]:
    known = {(point, at): value for part in parts for point, at, value in part}
    return sorted((point, at, value) for (point, at), value in known.items())


def test_a_closed_day_has_the_same_minutes_in_the_order_of_its_points(day: list[Bucket]) -> None:
    assert in_table_order() != sorted(in_table_order())

    assert order() == [TABLE]

    assert stored() == day
    assert in_table_order() == [(point, at) for point, at, _ in day]
    assert nothing_left_behind()


def test_an_ordered_day_knows_its_keys_and_its_bounds(day: list[Bucket]) -> None:
    order()

    store(again := changed(day, every=7))

    assert stored() == merged(day, again)
    assert len(query("SELECT 1 FROM pg_index WHERE indrelid = %s::regclass AND indisprimary", TABLE)) == 1
    assert stored(TABLE) == stored()


def test_what_changes_while_the_day_is_copied_is_taken_along(
    day: list[Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., None] = rollup_ordering.execute_in
    coming = iter(merged(changed(day, every=40), added(20)))
    came: list[Bucket] = []

    def execute_in(store_: object, statements: list[str], **more: object) -> None:
        if {rollup_ordering._CHUNK, rollup_ordering._TAKE_CHANGED} & set(statements):
            came.extend(some := list(islice(coming, 5)))
            store(some)
        real(store_, statements, **more)

    monkeypatch.setattr(rollup_ordering, "execute_in", execute_in)

    assert order() == [TABLE]

    assert len(came) == 95
    assert stored() == merged(day, came)
    assert nothing_left_behind()


def test_a_minute_that_changes_twice_has_its_last_value(day: list[Bucket], monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., None] = rollup_ordering.write_chunks
    point, at, _ = day[5]

    def write_chunks(*of: object) -> None:
        store([(point, at, 1.5)])
        real(*of)
        store([(point, at, 2.5), *added(9)])
        store([(point, at, 3.5)])

    monkeypatch.setattr(rollup_ordering, "write_chunks", write_chunks)
    order()

    assert stored() == merged(day, added(9), [(point, at, 3.5)])


@pytest.mark.parametrize("step", ["_BEGIN", "_CHUNK", "_TAKE_CHANGED", "_SWAP"])
def test_after_a_crash_the_day_is_whole_and_the_next_run_orders_it(
    day: list[Bucket], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real, wanted = rollup_ordering.execute_in, getattr(rollup_ordering, step)
    came = added(12)

    def crashing(store_: object, statements: list[str], **more: object) -> None:
        if rollup_ordering._CHUNK in statements:
            store(came)
        real(store_, statements, **more)
        if wanted in statements or wanted is statements:
            query("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch, pytest.raises(Exception, match="terminat"):
        patch.setattr(rollup_ordering, "execute_in", crashing)
        order()
    rollup_ordering.connection.close()
    came = came if step != "_BEGIN" else []
    assert stored() == merged(day, came)
    store(after_crash := changed(day, every=900))

    assert order() == [TABLE]

    assert stored() == merged(day, came, after_crash)
    assert nothing_left_behind()


def test_late_samples_change_the_minutes_of_an_ordered_day_and_many_have_it_ordered_again() -> None:
    make_partition(day=DAY.date())
    for level in LEVELS:
        make_partition(day=DAY.date(), store=level.store)
    put(day_of_samples(range(20), second=10))
    roll_up(as_of=NEXT + timedelta(minutes=1))
    assert TABLE in order()

    put(day_of_samples([3], second=40), received_at=NEXT + timedelta(minutes=1, seconds=10))
    roll_up(as_of=NEXT + timedelta(minutes=3))
    assert order() == []
    assert query("SELECT DISTINCT n FROM telemetry_rollup WHERE point_id = 3") == [(2,)]

    put(day_of_samples(range(20, 30), second=40), received_at=NEXT + timedelta(minutes=3, seconds=10))
    roll_up(as_of=NEXT + timedelta(minutes=6))
    assert TABLE in order()
    assert in_table_order() == sorted(in_table_order())
    assert len(in_table_order()) == 30 * 48


def day_of_samples(points: range | list[int], *, second: int) -> list[Row]:
    return [(point, DAY + timedelta(minutes=30 * n, seconds=second), 1.0) for n in range(48) for point in points]


def test_a_month_and_a_year_are_ordered_when_they_are_over() -> None:
    for level in LEVELS:
        make_partition(day=DAY.date(), store=level.store)
        for at in (DAY, DAY + timedelta(seconds=level.step_s)):
            for point in (2, 1):
                query(
                    f"INSERT INTO {level.store.parent} VALUES (%s, %s, 1, 60, 1, 1, 1, 1, 0)",  # noqa: S608
                    *(point, at if level.store is not MINUTES else at.replace(hour=0)),
                )
    rolled_up_until(datetime(2020, 12, 31, tzinfo=UTC))

    assert order_closed_rollups(as_of=datetime(2020, 12, 31, tzinfo=UTC)) == [
        TABLE,
        "telemetry_rollup_quarter_202003",
        "telemetry_rollup_hour_202003",
    ]
    rolled_up_until(datetime(2021, 1, 1, tzinfo=UTC))
    assert order_closed_rollups(as_of=datetime(2021, 1, 1, tzinfo=UTC)) == ["telemetry_rollup_day_2020"]
    assert in_table_order("telemetry_rollup_day_2020") == sorted(in_table_order("telemetry_rollup_day_2020"))


def test_a_day_that_is_not_over_or_not_rolled_up_is_left_as_it_is(day: list[Bucket]) -> None:
    assert order_closed_rollups(as_of=NEXT - timedelta(seconds=1)) == []
    rolled_up_until(NEXT - timedelta(minutes=1))
    assert order() == []


def test_whoever_comes_second_does_nothing(day: list[Bucket], stranger: psycopg.Connection) -> None:
    stranger.autocommit = True
    stranger.execute("SELECT pg_advisory_lock(hashtext('telemetry: order closed rollups'))")

    assert order() == []
    stranger.execute("SELECT pg_advisory_unlock_all()")
    assert order() == [TABLE]


def test_a_day_that_is_being_read_is_ordered_at_the_next_time(day: list[Bucket], stranger: psycopg.Connection) -> None:
    stranger.execute("SELECT * FROM telemetry_rollup LIMIT 1")

    assert order() == []
    stranger.rollback()
    assert stored() == day
    assert order() == [TABLE]
    assert nothing_left_behind()


def test_the_nightly_task_orders_rollups_and_samples(day: list[Bucket]) -> None:
    make_partition(day=DAY.date())

    assert tasks.order_closed_days() == [TABLE, "telemetry_sample_20200304"]
    assert order_closed_days(as_of=NEXT) == []
