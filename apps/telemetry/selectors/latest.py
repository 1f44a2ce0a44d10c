"""The newest values, and the links they came by."""

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
    points = MeasurementPoint.objects.filter(equipment_mrid=equipment_mrid)
    return points.order_by("side", "quantity", "id").prefetch_related("limits")


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
