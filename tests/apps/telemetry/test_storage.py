import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.alarms.choices import Condition, Priority
from apps.alarms.models import Alarm
from apps.telemetry.models import StorageReading
from apps.telemetry.services import storage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
GB = 10**9
ADVICE, URGENT = "storage/disk", "storage/disk/urgent"


def read(day: float, *, size_gb: float, free_gb: float | None) -> set[str]:
    """What stands after such a reading."""
    at = NOW + timedelta(days=day)
    free = None if free_gb is None else int(free_gb * GB)
    StorageReading.objects.create(at=at, database_bytes=int(size_gb * GB), free_bytes=free)
    storage.watch_disk(as_of=at)
    return set(Alarm.objects.standing().values_list("source", flat=True))


def test_the_days_left_are_advice_at_first_and_then_urgent_with_the_figure_in_the_message() -> None:
    assert read(0, size_gb=10, free_gb=40) == set()
    assert read(1, size_gb=12, free_gb=30) == set()
    assert read(2, size_gb=14, free_gb=27) == {ADVICE}
    assert read(3, size_gb=16, free_gb=6.2) == {ADVICE}
    assert read(4, size_gb=18, free_gb=5.9) == {ADVICE, URGENT}

    advice, urgent = Alarm.objects.order_by("pk")
    assert advice.message == "27.0 GB free on the disk of the database: 13.5 days at a growth of 2.00 GB a day"
    assert (advice.value, advice.limit, advice.unit) == (13.5, 14, "days")
    assert (advice.priority, urgent.priority) == (Priority.MEDIUM, Priority.HIGH)
    assert {advice.condition, urgent.condition} == {Condition.DISK_SHORT}


def test_it_ends_only_when_it_is_clearly_better() -> None:
    read(0, size_gb=10, free_gb=40)
    assert read(1, size_gb=12, free_gb=27) == {ADVICE}
    assert read(2, size_gb=14, free_gb=29) == {ADVICE}
    assert read(3, size_gb=16, free_gb=34.9) == {ADVICE}
    assert read(4, size_gb=18, free_gb=35.1) == set()


def test_an_hour_of_growth_is_not_taken_for_a_week() -> None:
    read(0, size_gb=10, free_gb=50)

    assert read(0.1, size_gb=20, free_gb=50) == set()
    assert read(0.25, size_gb=20, free_gb=50) == {ADVICE, URGENT}


def test_little_room_is_told_though_nothing_grows() -> None:
    assert read(0, size_gb=10, free_gb=4.9) == {ADVICE}
    assert read(0.5, size_gb=10, free_gb=0.9) == {ADVICE, URGENT}
    assert Alarm.objects.get(source=URGENT).unit == "GB"
    assert read(1, size_gb=10, free_gb=6.3) == set()


def test_a_disk_that_is_not_seen_ends_and_raises_nothing() -> None:
    assert read(0, size_gb=10, free_gb=None) == set()
    assert read(1, size_gb=10, free_gb=4) == {ADVICE}
    assert read(2, size_gb=10, free_gb=None) == {ADVICE}


def test_a_reading_is_judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "free_bytes", lambda: GB // 2)

    storage.read_storage(as_of=NOW)

    assert set(Alarm.objects.standing().values_list("source", flat=True)) == {ADVICE, URGENT}


def test_the_embedded_server_is_known_by_its_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "VAR", tmp_path)
    (tmp_path / "postgres").mkdir()
    said = tmp_path / "postgres" / "postmaster.pid"
    host = connection.get_connection_params()["host"]

    said.write_text(f"1\n/data\n1\n5432\n{host}\n\n")
    assert storage._serves_us(tmp_path / "postgres")
    assert storage.free_bytes() == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
    said.write_text("1\n/data\n1\n5432\n/elsewhere\n\n")
    assert not storage._serves_us(tmp_path / "postgres")
    said.unlink()
    assert not storage._serves_us(tmp_path / "postgres")


def test_an_ordinary_user_is_not_told_where_the_servers_files_lie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "VAR", tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("the user of the test database may not make another one")
        cursor.execute("CREATE ROLE ordinary_reader; SET LOCAL ROLE ordinary_reader")
        try:
            assert storage.free_bytes() is None
        finally:
            cursor.execute("RESET ROLE; DROP ROLE ordinary_reader")
