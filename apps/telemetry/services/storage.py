"""How large the database is and how much room it has, read once an hour, so that growth is known before it hurts."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.telemetry.models import StorageReading
from apps.telemetry.selectors.retention import Storage, storage

_KEPT = timedelta(days=7)
_GB = 10**9
_OBSERVED_DAYS = 0.25  # the growth of an hour says little about a week
_EASES = 1.25  # by so much it must be better than where it began


@dataclass(frozen=True, slots=True)
class _Level:
    source: str
    priority: Priority
    days: float
    free_bytes: int


_LEVELS = (
    _Level("storage/disk", Priority.MEDIUM, 14, 5 * _GB),
    _Level("storage/disk/urgent", Priority.HIGH, 3, 1 * _GB),
)


@transaction.atomic
def read_storage(*, as_of: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    StorageReading.objects.create(at=as_of, database_bytes=size, free_bytes=free_bytes())
    StorageReading.objects.filter(at__lt=as_of - _KEPT).delete()
    watch_disk(as_of=as_of)


def watch_disk(*, as_of: datetime) -> None:
    """One alarm a level. Where the disk is not seen nothing is said, and what stands goes on."""
    reading = storage()
    if reading is None or reading.free_bytes is None:
        return
    standing = {source for source, _ in standing_sources([Condition.DISK_SHORT])}
    alarms.raise_alarms(facts=list(_facts(reading, standing, as_of)))
    ends = [level.source for level in _LEVELS if level.source in standing and not _is_short(reading, level, _EASES)]
    alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.DISK_SHORT, as_of) for source in ends])


def _facts(reading: Storage, standing: set[str], as_of: datetime) -> Iterator[alarms.AlarmFact]:
    for level in _LEVELS:
        if level.source not in standing and _is_short(reading, level):
            days = _days_left(reading)
            is_counted = days is not None and days < level.days
            yield alarms.AlarmFact(
                source=level.source,
                condition=Condition.DISK_SHORT,
                priority=level.priority,
                equipment_name="Database",
                message=_message(reading, days),
                value=round(days, 1) if is_counted and days is not None else round((reading.free_bytes or 0) / _GB, 1),
                limit=level.days if is_counted else level.free_bytes / _GB,
                unit="days" if is_counted else "GB",
                at=as_of,
            )


def _is_short(reading: Storage, level: _Level, eases: float = 1.0) -> bool:
    days, free = _days_left(reading), reading.free_bytes
    return (days is not None and days < level.days * eases) or (free is not None and free < level.free_bytes * eases)


def _days_left(reading: Storage) -> float | None:
    return reading.days_left if reading.observed_days >= _OBSERVED_DAYS else None


def _message(reading: Storage, days: float | None) -> str:
    room = f"{(reading.free_bytes or 0) / _GB:.1f} GB free on the disk of the database"
    if days is None:
        return room
    return f"{room}: {days:.1f} days at a growth of {(reading.growth_bytes_per_day or 0) / _GB:.2f} GB a day"


def free_bytes() -> int | None:
    """None if the server is elsewhere. Only to its administrator a server says where its files lie."""
    own = settings.VAR / "postgres"
    if _serves_us(own):
        return shutil.disk_usage(own).free
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('data_directory')")
            (folder,) = cursor.fetchone() or ("",)
    except ProgrammingError:
        return None
    return shutil.disk_usage(folder).free if folder and Path(folder).is_dir() else None


def _serves_us(folder: Path) -> bool:
    """A folder may be left from a time before the database moved; a server names its sockets where it runs."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return lines[4:5] == [str(connection.get_connection_params().get("host", ""))]
