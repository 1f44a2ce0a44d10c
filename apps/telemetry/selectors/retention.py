"""How long each class of data is kept, and since when it is gone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from apps.telemetry.choices import DataClass
from apps.telemetry.models import RetentionPolicy, StorageReading

_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_USUAL_DAYS = {DataClass.MINUTE: 90, DataClass.QUARTER: 400, DataClass.HOUR: 1830, DataClass.DAY: 7300}


def kept_days() -> dict[DataClass, int]:
    """By policy; a class without a row is kept as on a new site."""
    asked = {DataClass(name): days for name, days in RetentionPolicy.objects.values_list("data_class", "keep_days")}
    begun = settings.SAMPLE_RETENTION_DAYS
    return {one: asked.get(one, max(begun, _USUAL_DAYS.get(one, begun))) for one in DataClass}


def dropped_before() -> dict[DataClass, datetime]:
    """Data of the class is complete from this instant on."""
    rows = RetentionPolicy.objects.exclude(dropped_before=None).values_list("data_class", "dropped_before")
    gone = {DataClass(name): at for name, at in rows if at is not None}
    return {one: gone.get(one, _BEGIN) for one in DataClass}


@dataclass(frozen=True, slots=True)
class Storage:
    database_bytes: int
    free_bytes: int | None  # null: the database's disk is not seen from here
    growth_bytes_per_day: float | None
    days_left: float | None
    observed_days: float


def storage() -> Storage | None:
    """The newest reading, and the growth since the oldest one that is kept."""
    newest = StorageReading.objects.order_by("-at").first()
    oldest = StorageReading.objects.order_by("at").first()
    if newest is None or oldest is None:
        return None
    days = (newest.at - oldest.at).total_seconds() / 86_400
    growth = (newest.database_bytes - oldest.database_bytes) / days if days >= 1 / 24 else None
    is_filling = newest.free_bytes is not None and growth is not None and growth > 0
    left = newest.free_bytes / growth if is_filling and newest.free_bytes is not None and growth else None
    return Storage(newest.database_bytes, newest.free_bytes, growth, left, days)


_SIZES = """
SELECT parent.relname, sum(pg_total_relation_size(child.oid))::bigint FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent JOIN pg_class AS child ON child.oid = inhrelid
WHERE parent.relkind = 'p' GROUP BY 1
"""


def bytes_by_table() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        rows: list[tuple[str, Any]] = cursor.fetchall()
    return {name: int(size) for name, size in rows}
