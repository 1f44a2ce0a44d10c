import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection
from django.db.models import QuerySet

from apps.telemetry import adapters
from apps.telemetry.adapters import Latest
from apps.telemetry.choices import DISCRETE, LinkState, Protocol
from apps.telemetry.models import MeasurementPoint

RAW_SPAN = timedelta(minutes=20)
MAX_WIDTH = 5000


@dataclass(frozen=True, slots=True)
class Series:
    """One point over time. A bucket without samples is absent: a gap stays a gap."""

    resolution_s: float  # 0: every sample
    t: list[float]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    quality: list[int]


@dataclass(frozen=True, slots=True)
class PointValue:
    point: MeasurementPoint
    value: float | None
    quality: int
    at: datetime | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class GatewayValues:
    """An enabled gateway's link, and the newest value of every slot."""

    gateway_id: int
    name: str
    protocol: str
    link_state: str
    link_reason: str
    link_since: datetime | None
    silence_limit_s: float
    config_version: int
    last_heard_at: datetime | None
    latest: Latest

    def is_silent(self, as_of: datetime) -> bool:
        return self.last_heard_at is None or as_of - self.last_heard_at > timedelta(seconds=self.silence_limit_s)


@contextmanager
def binary_cursor() -> Iterator["psycopg.Cursor[tuple[Any, ...]]"]:
    """Arrays travel as they are; Django's own cursor would have them written out as hexadecimal text."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        yield cursor


# In the order of the fields of GatewayValues, then of unpack_values.
_LATEST = """
SELECT gateway.id, name, protocol, link_state, link_reason, link_since, silence_limit_s,
       config_version, last_heard_at, version, at_us, value, quality
FROM telemetry_gateway AS gateway JOIN telemetry_latestblock AS block ON block.gateway_id = gateway.id
WHERE is_enabled ORDER BY gateway.id
"""


def latest_values() -> list[GatewayValues]:
    with binary_cursor() as cursor:
        rows = cursor.execute(_LATEST).fetchall()
    return [GatewayValues(*(*row[:9], adapters.unpack_values(*row[9:]))) for row in rows]


def meter_rows() -> QuerySet[MeasurementPoint, tuple[Any, ...]]:
    """What the estimator must know of every point, without an object a row."""
    points = MeasurementPoint.objects.filter(gateway__is_enabled=True).order_by("gateway_id", "slot")
    return points.values_list(
        "gateway_id",
        "slot",
        "equipment_mrid",
        "side",
        "quantity",
        "sigma",
        "deadband",
        "max_silence_s",
        "mrid",
        "name",
        "unit",
    )


def points_of(equipment_mrid: UUID) -> QuerySet[MeasurementPoint]:
    return MeasurementPoint.objects.filter(equipment_mrid=equipment_mrid).order_by("side", "quantity", "id")


def point_values(points: list[MeasurementPoint], *, as_of: datetime) -> list[PointValue]:
    wanted = {point.gateway_id for point in points}
    values = {block.gateway_id: block for block in latest_values() if block.gateway_id in wanted}
    return [_point_value(point, values.get(point.gateway_id), as_of) for point in points]


def _point_value(point: MeasurementPoint, block: GatewayValues | None, as_of: datetime) -> PointValue:
    if block is None or point.slot >= len(block.latest.at_us) or not block.latest.at_us[point.slot]:
        return PointValue(point, None, int(adapters.Quality.INVALID), None, is_stale=True)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(block.latest.at_us[point.slot]))
    value = float(block.latest.value[point.slot])
    is_old = as_of - at > timedelta(seconds=point.max_silence_s) and point.quantity not in DISCRETE
    return PointValue(
        point=point,
        value=value if np.isfinite(value) else None,
        quality=int(block.latest.quality[point.slot]),
        at=at,
        is_stale=block.is_silent(as_of) or is_old,
    )


def links(values: Sequence[GatewayValues], *, as_of: datetime) -> list[dict[str, Any]]:
    return [_link(gateway, as_of) for gateway in values]


def _link(gateway: GatewayValues, as_of: datetime) -> dict[str, Any]:
    heard_at = gateway.last_heard_at
    is_lost = heard_at is not None and gateway.is_silent(as_of)
    # Nobody holds a link for devices that push: it is up while they are heard.
    is_up = gateway.protocol == Protocol.HTTP and heard_at is not None
    state = LinkState.UP if is_up else gateway.link_state
    return {
        "name": gateway.name,
        "state": LinkState.DOWN if is_lost else state,
        "reason": gateway.link_reason,
        "since": gateway.link_since.isoformat() if gateway.link_since else None,
        "last_heard_at": heard_at.isoformat() if heard_at else None,
    }


_RAW = """
SELECT extract(epoch FROM ts)::float8, value, value, value, quality FROM telemetry_sample
WHERE point_id = %(point)s AND ts >= %(start)s AND ts < %(end)s ORDER BY ts
"""

# Bit 1 of the quality says invalid, bit 0 questionable; the worst of many has the one or the other, and every detail.
_WORST = "(bit_or(quality) & ~((bit_or(quality) >> 1) & 1))::smallint"
# n, min, max, mean and quality of the samples of a minute. Of a minute without a valid one only the quality is known.
IN_A_MINUTE = f"""count(*) FILTER (WHERE quality & 2 = 0), min(value) FILTER (WHERE quality & 2 = 0),
       max(value) FILTER (WHERE quality & 2 = 0), avg(value) FILTER (WHERE quality & 2 = 0), {_WORST}"""

# Minutes from the rollup, the newest ones (not rolled up yet) from the samples themselves.
_BUCKETS = f"""
WITH minutes (bucket, n, min, max, mean, quality) AS (
    SELECT bucket, n, min, max, mean, quality FROM telemetry_rollup
    WHERE point_id = %(point)s AND bucket >= %(start)s AND bucket < %(joint)s
    UNION ALL
    SELECT date_trunc('minute', ts), {IN_A_MINUTE} FROM telemetry_sample
    WHERE point_id = %(point)s AND ts >= %(joint)s AND ts < %(end)s GROUP BY 1
)
SELECT floor(extract(epoch FROM bucket) / %(step)s) * %(step)s AS t,
       min(min), max(max), sum(mean * n) / NULLIF(sum(n), 0), {_WORST}
FROM minutes GROUP BY 1 ORDER BY 1
"""  # noqa: S608  made of the constants above


def rolled_up_until() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT done_until FROM telemetry_rollup_progress")
        row = cursor.fetchone()
    return row[0] if row else None


def samples(*, point_id: int, start: datetime, end: datetime, width: int) -> Series:
    """The resolution that a screen of that width can show: raw up to 20 minutes, else buckets with their extremes.

    The first bucket is a whole one: it begins at or before `start`.
    """
    span = end - start
    if span <= RAW_SPAN:
        return _series(0.0, _RAW, {"point": point_id, "start": start, "end": end})
    step_s = 60.0 * math.ceil(span.total_seconds() / 60 / max(1, width))
    first = datetime.fromtimestamp(start.timestamp() // step_s * step_s, UTC)
    joint = min(max(rolled_up_until() or first, first), end)
    return _series(step_s, _BUCKETS, {"point": point_id, "start": first, "joint": joint, "end": end, "step": step_s})


def _series(step_s: float, query: str, values: dict[str, Any]) -> Series:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * 5
    t, low, high, mean, quality = (list(column) for column in columns)
    return Series(step_s, [float(v) for v in t], _finite(low), _finite(high), _finite(mean), quality)


def _finite(values: list[float | None]) -> list[float | None]:
    return [value if value is not None and np.isfinite(value) else None for value in values]
