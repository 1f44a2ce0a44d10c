"""What the field measured, by quarter hour: of many points in one query."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import psycopg
from django.db import connection

from apps.forecasts.adapters.arrays import Float32Array, FloatArray, steps_between
from apps.forecasts.models import STEP_S
from apps.state.choices import Outcome
from apps.telemetry.choices import LEVELS, DataClass, Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.history import floor_to, rolled_up_until

LEAST_S = STEP_S // 2  # of a quarter hour must be known
LEAST_SHARE = 0.9  # of what is together, by size
_PARENT = {level.store.data_class: level.store.parent for level in LEVELS}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Whole quarter hours, and the minutes of the newest one where it is not summed up yet.
_MEANS = f"""
SELECT string_agg(int4send(point_id), ''::bytea), string_agg(int4send(step), ''::bytea),
       string_agg(float8send(mean), ''::bytea)
FROM (
    SELECT point_id, (extract(epoch FROM bucket - %(start)s::timestamptz) / {STEP_S})::int AS step, mean
    FROM {_PARENT[DataClass.QUARTER]}
    WHERE point_id = ANY(%(points)s) AND bucket >= %(start)s AND bucket < %(joint)s
      AND known_s >= {LEAST_S} AND mean IS NOT NULL
    UNION ALL
    SELECT point_id, floor(extract(epoch FROM bucket - %(start)s::timestamptz) / {STEP_S})::int,
           sum(mean * known_s) / sum(known_s)
    FROM {_PARENT[DataClass.MINUTE]}
    WHERE point_id = ANY(%(points)s) AND bucket >= %(joint)s AND bucket < %(end)s AND known_s > 0
    GROUP BY 1, 2 HAVING sum(known_s) >= {LEAST_S}
) AS found
"""  # noqa: S608  made of constants
_STATE = f"""
SELECT floor(extract(epoch FROM as_of - %s::timestamptz) / {STEP_S})::int AS step, avg((system->>%s)::float8)
FROM state_solution WHERE outcome = %s AND as_of >= %s AND as_of < %s GROUP BY 1 HAVING count(*) >= 3
"""  # noqa: S608  made of constants


def point_keys() -> dict[tuple[str, str], int]:
    """Meters of active power by (equipment, side)."""
    rows = MeasurementPoint.objects.filter(quantity=Quantity.ACTIVE_POWER).order_by("id")
    return {(str(mrid), side): key for mrid, side, key in rows.values_list("equipment_mrid", "side", "pk")}


def point_means(points: Sequence[int], *, start: datetime, end: datetime) -> FloatArray:
    """Points x quarter hours, in the points' own unit and sign; nan where less than half of one is known."""
    found = np.full((len(points), steps_between(start, end)), np.nan)
    if not found.size:
        return found
    joint = min(max(floor_to(rolled_up_until() or _EPOCH, STEP_S), start), end)
    told = {"points": list(points), "start": start, "joint": joint, "end": end}
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        row = cursor.execute(_MEANS, told).fetchone()
    if row is not None and row[0] is not None:
        keys, steps, means = (np.frombuffer(raw, kind) for raw, kind in zip(row, (">i4", ">i4", ">f8"), strict=True))
        order = np.argsort(points)
        found[order[np.searchsorted(np.asarray(points)[order], keys)], steps] = means
    return found


def state_means(name: str, *, start: datetime, end: datetime) -> FloatArray:
    """A total of the solved states, kW by quarter hour; nan with fewer than three scans in one."""
    found = np.full(steps_between(start, end), np.nan)
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [start, name, Outcome.SOLVED.value, start, end])
        for step, mean in cursor.fetchall():
            found[step] = np.nan if mean is None else mean
    return found


def summed(terms: Sequence[Float32Array | FloatArray], sizes: Sequence[float] | None) -> FloatArray:
    """Over the terms. With their sizes, up to a tenth may be missing and is taken to do as the rest does."""
    stacked = np.stack(terms)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    if sizes is None:
        return np.where(known.all(axis=0), total, np.nan)
    share = known.T.astype(float) @ np.asarray(sizes, float) / max(float(np.sum(sizes)), 1e-9)
    return np.where(share >= LEAST_SHARE, total / np.maximum(share, 1e-9), np.nan)
