"""What the meters had said by a past instant."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from apps.telemetry import adapters
from apps.telemetry.choices import DISCRETE
from apps.telemetry.models import MeasurementPoint, StateChange
from apps.telemetry.selectors.latest import PointValue

_MINUTE = timedelta(minutes=1)
_Found = dict[int, tuple[datetime, float, int]]

_NEWEST = """
SELECT DISTINCT ON (point_id) point_id, ts, value, quality FROM telemetry_sample
WHERE point_id = ANY(%(points)s) AND ts > %(start)s AND ts <= %(end)s ORDER BY point_id, ts DESC
"""
_MINUTES = """
SELECT point, told.bucket, told.last, told.quality FROM unnest(%(points)s::integer[]) AS point
CROSS JOIN LATERAL (
    SELECT bucket, last, quality FROM telemetry_rollup
    WHERE point_id = point AND bucket <= %(end)s ORDER BY bucket DESC LIMIT 1
) AS told
"""


def point_values_at(points: Sequence[MeasurementPoint], *, instant: datetime) -> list[PointValue]:
    """The newest sample of each at or before the instant, in the order of `points`."""
    if not points:
        return []
    keys = [point.pk for point in points]
    recent = max(timedelta(seconds=point.max_silence_s) for point in points)
    found = _samples(keys, instant - max(recent, _MINUTE), instant)
    found |= _older([key for key in keys if key not in found], instant)
    return [_value(point, found.get(point.pk), instant) for point in points]


def _samples(points: list[int], start: datetime, end: datetime) -> _Found:
    return {pk: (at, value, quality) for pk, at, value, quality in _rows(_NEWEST, points, start, end)}


def _older(points: list[int], instant: datetime) -> _Found:
    """By the rollups and the changes of state: reading samples back until one is found would read whole days."""
    if not points:
        return {}
    # A minute that holds the instant may say what came after it.
    minutes = _rows(_MINUTES, points, instant, instant - _MINUTE)
    found: _Found = {}
    for pk, bucket, last, quality in minutes:
        inside = _samples([pk], bucket - timedelta(microseconds=1), min(bucket + _MINUTE, instant))
        if inside or last is not None:
            found |= inside or {pk: (bucket, last, quality)}
    for pk, change in _changes(points, instant).items():
        if pk not in found or change[0] > found[pk][0]:
            found[pk] = change
    return found


def _changes(points: list[int], instant: datetime) -> _Found:
    rows = StateChange.objects.filter(point_id__in=points, at__lte=instant).order_by("point_id", "-at", "-id")
    newest = rows.distinct("point_id").values_list("point_id", "at", "value", "quality")
    return {pk: (at, value, quality) for pk, at, value, quality in newest}


def _rows(query: str, points: Iterable[int], start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"points": list(points), "start": start, "end": end})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _value(point: MeasurementPoint, found: tuple[datetime, float, int] | None, instant: datetime) -> PointValue:
    if found is None:
        return PointValue(point, None, int(adapters.Quality.INVALID), None, is_stale=True)
    at, value, quality = found
    is_old = instant - at > timedelta(seconds=point.max_silence_s) and point.quantity not in DISCRETE
    known = value if np.isfinite(value) else None
    return PointValue(point=point, value=known, quality=quality, at=at.astimezone(UTC), is_stale=is_old)
