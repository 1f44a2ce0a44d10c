from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.telemetry.choices import LEVELS, SAMPLES, DataClass, Store
from apps.telemetry.models import RetentionPolicy
from apps.telemetry.selectors.retention import dropped_before, kept_days
from apps.telemetry.services.partitions import existing, make_partition, partition_name
from apps.telemetry.services.retention import keep_partitions
from apps.telemetry.services.rollup import roll_up
from tests.apps.telemetry.history import history, put, query, rolled_up_until

pytestmark = pytest.mark.django_db
TODAY = date(2020, 5, 20)
LONG_AGO = datetime(2020, 2, 1, 5, tzinfo=UTC)
MINUTE, QUARTER, HOUR, DAY = (level.store for level in LEVELS)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rolled_up() -> None:
    rolled_up_until(noon(TODAY))


def keep(**days: int) -> None:
    for name, number in days.items():
        RetentionPolicy.objects.update_or_create(data_class=name, defaults={"keep_days": number})


def put_rollup(store: Store, at: datetime) -> None:
    query(
        f"INSERT INTO {store.parent} (point_id, bucket, n, known_s, quality) VALUES (1, %s, 0, 0, 0)",  # noqa: S608
        at,
    )


def test_days_past_retention_go_and_all_others_stay() -> None:
    keep(samples=3)
    days = [TODAY - timedelta(days=n) for n in range(6)]
    for day in days:
        make_partition(day=day)
    put([(1, noon(day), 1.0) for day in days])

    dropped = keep_partitions(as_of=noon(TODAY))

    assert dropped == sorted(partition_name(day) for day in days[-2:])
    assert [at for _, at, _ in history()] == [noon(day) for day in reversed(days[:-2])]
    assert dropped_before()[DataClass.SAMPLES] == noon(days[-3]) - timedelta(hours=12)


@pytest.mark.parametrize(
    ("store", "days", "kept"),
    [
        (MINUTE, 10, {date(2020, 5, 10)}),
        (QUARTER, 40, {date(2020, 4, 1)}),
        (HOUR, 20, {date(2020, 5, 1), date(2020, 4, 1)}),  # April 30 is not older than 20 days
        (DAY, 141, {date(2019, 1, 1)}),  # December 31 neither
        (DAY, 140, set()),
    ],
)
def test_a_table_of_rollups_goes_when_all_of_it_is_too_old(store: Store, days: int, kept: set[date]) -> None:
    keep(**{store.data_class: days})
    for day in (date(2019, 12, 31), date(2020, 3, 31), date(2020, 4, 30), date(2020, 5, 9), date(2020, 5, 10)):
        make_partition(day=day, store=store)
        put_rollup(store, noon(day))

    keep_partitions(as_of=noon(TODAY))

    now = {first for first in existing(store) if first.year in (2019, 2020)}
    coming = {MINUTE: {TODAY, date(2020, 5, 21)}, DAY: {date(2020, 1, 1)}}.get(store, {date(2020, 5, 1)})
    assert now == kept | coming


@pytest.mark.parametrize("done_until", [noon(TODAY - timedelta(days=10)), None])
def test_nothing_goes_before_it_is_rolled_up(done_until: datetime | None) -> None:
    keep(samples=3)
    day = TODAY - timedelta(days=10)
    make_partition(day=day)
    put([(1, noon(day), 1.0)])
    query("DELETE FROM telemetry_rollup_progress")
    if done_until:
        rolled_up_until(done_until)

    assert keep_partitions(as_of=noon(TODAY)) == []
    rolled_up_until(noon(TODAY))
    assert keep_partitions(as_of=noon(TODAY)) == [partition_name(day)]


def test_a_day_waits_for_the_rollup_of_what_came_late_for_it() -> None:
    keep(samples=3)
    day = TODAY - timedelta(days=10)
    make_partition(day=day)
    put([(1, noon(day), 1.0)], received_at=noon(TODAY) + timedelta(seconds=5))

    assert keep_partitions(as_of=noon(TODAY)) == []
    roll_up(as_of=noon(TODAY) + timedelta(minutes=3))

    assert keep_partitions(as_of=noon(TODAY)) == [partition_name(day)]
    assert query("SELECT n FROM telemetry_rollup WHERE bucket = %s", noon(day)) == [(1,)]


def test_what_comes_for_a_day_that_is_gone_fills_empty_minutes_and_changes_no_others() -> None:
    keep(samples=3)
    day = TODAY - timedelta(days=5)
    make_partition(day=day)
    put([(1, noon(day) + timedelta(seconds=s), 10.0) for s in range(30)])
    rolled_up_until(noon(day) - timedelta(minutes=1))
    roll_up(as_of=noon(day) + timedelta(minutes=3))
    rolled_up_until(noon(TODAY))
    keep_partitions(as_of=noon(TODAY))
    late = [(1, noon(day) + timedelta(seconds=40), 99.0), (1, noon(day) + timedelta(seconds=70), 20.0)]
    put(late, received_at=noon(TODAY) + timedelta(seconds=5))

    roll_up(as_of=noon(TODAY) + timedelta(minutes=3))

    assert query("SELECT n, max FROM telemetry_rollup WHERE point_id = 1 ORDER BY bucket") == [(30, 10.0), (1, 20.0)]


def test_strays_of_no_day_go_by_when_they_were_received() -> None:
    year_1970, days = datetime(1970, 1, 1, tzinfo=UTC), kept_days()[DataClass.SAMPLES]
    put([(1, year_1970, 1.0)], received_at=noon(TODAY) - timedelta(days=days + 1))
    put([(2, year_1970, 2.0)], received_at=noon(TODAY) - timedelta(days=1))
    put_rollup(HOUR, year_1970)

    keep_partitions(as_of=noon(TODAY))

    assert history() == [(2, year_1970, 2.0)]
    assert query("SELECT 1 FROM telemetry_rollup_hour WHERE bucket = %s", year_1970) == []


def test_a_class_without_a_row_is_kept_as_on_a_new_site() -> None:
    RetentionPolicy.objects.all().delete()

    days = kept_days()

    assert days[DataClass.SAMPLES] <= days[DataClass.MINUTE] <= days[DataClass.QUARTER] <= days[DataClass.HOUR]
    assert keep_partitions(as_of=noon(TODAY)) == []


@pytest.mark.parametrize(("name", "days"), [("samples", 91), ("minute", 6), ("minute", 401), ("hour", 399), ("day", 9)])
def test_what_is_finer_is_never_kept_longer(name: str, days: int) -> None:
    keep(samples=7, minute=90, quarter=400, hour=1830, day=7300)
    policy = RetentionPolicy.objects.get(pk=name)
    policy.keep_days = days

    with pytest.raises(ValidationError, match="first") as refused:
        policy.full_clean()

    assert "keep_days" in refused.value.message_dict


@pytest.mark.parametrize("days", [0, 36_501])
def test_nothing_is_kept_for_less_than_a_day_or_more_than_a_century(days: int) -> None:
    with pytest.raises(IntegrityError):
        keep(solutions=days)


def test_an_administrator_changes_a_policy_and_that_is_audited(client: Client) -> None:
    keep(samples=7, minute=90, quarter=400, hour=1830, day=7300)
    client.force_login(User.objects.create_user("admin", password="a long enough password", role=Role.ADMIN))
    url = "/admin/telemetry/retentionpolicy/samples/change/"

    refused = client.post(url, {"keep_days": 91})
    changed = client.post(url, {"keep_days": 30})

    assert b"Give at most 90 days" in refused.content
    assert (changed.status_code, kept_days()[DataClass.SAMPLES]) == (302, 30)
    event = AuditEvent.objects.get(action="admin.changed")
    assert (event.actor_name, event.detail["keep_days"]) == ("admin", 30)
    assert client.get("/admin/telemetry/retentionpolicy/add/").status_code == 403
    assert client.post("/admin/telemetry/retentionpolicy/samples/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("committed_history")
def test_a_day_that_is_being_read_is_dropped_at_the_next_time(stranger: psycopg.Connection) -> None:
    make_partition(day=LONG_AGO.date())
    put([(1, LONG_AGO, 1.0)])
    later = LONG_AGO + timedelta(days=30)
    rolled_up_until(later)
    stranger.execute("SELECT * FROM telemetry_sample")

    assert keep_partitions(as_of=later) == []
    assert len(history()) == 1
    stranger.rollback()
    assert keep_partitions(as_of=later) == [partition_name(LONG_AGO.date())]
    assert (query("SELECT 1 FROM telemetry_sample"), existing(SAMPLES) & {LONG_AGO.date()}) == ([], set())
