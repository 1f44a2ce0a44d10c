"""What was measured over a span of time, as fine as a screen of some width can show it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from apps.telemetry import adapters
from apps.telemetry.adapters import FloatArray, IntArray, Rows
from apps.telemetry.choices import DISCRETE, LEVELS, SAMPLES, DataClass, Level
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.latest import binary_cursor
from apps.telemetry.selectors.retention import dropped_before
from apps.telemetry.selectors.sums import of_samples

MAX_POINTS = 8
MAX_WIDTH = 5000
MAX_SPAN = timedelta(days=36_600)
KNOWN_AT_SPAN = timedelta(days=1)  # rollups do not know when their samples came
# About what a server reads in 50 ms: rows that are sent, and pages of a day whose rows lie in order of time.
MAX_SAMPLES_READ = 25_000
MAX_PAGES_READ = 6_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TooManyPoints(ValueError):
    """More points are asked for than one answer gives."""


@dataclass(frozen=True, slots=True)
class Series:
    """One point over time. Where it was silent, or no sample valid, the values are nan.

    A silence is one entry more, at its begin, of quality -1 and count 0.
    """

    data_class: DataClass
    resolution_s: float  # of a bucket; 0: every sample, min = max = mean
    t: FloatArray  # seconds since 1970; a bucket's begin
    min: FloatArray
    max: FloatArray
    mean: FloatArray
    quality: IntArray
    count: IntArray  # valid samples


class Plan(NamedTuple):
    """Of what a series is made."""

    level: Level | None  # None: samples
    step_s: int  # 0: as fine as the samples allow


def rolled_up_until() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT done_until FROM telemetry_rollup_progress")
        row = cursor.fetchone()
    return row[0] if row else None


def floor_to(at: datetime, step_s: int) -> datetime:
    return _EPOCH + (at - _EPOCH) // timedelta(seconds=step_s) * timedelta(seconds=step_s)


def samples_of(
    *, points: Sequence[MeasurementPoint], start: datetime, end: datetime, width: int, known_at: datetime | None = None
) -> dict[int, Series]:
    """Of every point, by its key, at most `width` + 1 buckets or 2 x `width` samples, and a mark for each silence.

    Extremes are kept at any width. The first bucket is a whole one: it begins at or before `start`. With `known_at`
    only what had been received by then, of at most a day.
    """
    if len(points) > MAX_POINTS:
        raise TooManyPoints(f"At most {MAX_POINTS} points at once.")
    keys = [point.pk for point in points]
    finest = math.ceil((end - start).total_seconds() / width)
    if known_at is not None:
        found: dict[int, Rows] | None = read_samples_of(keys, start, end, known_at=known_at)
    else:
        found = _few_samples(keys, start, end) if finest < LEVELS[0].step_s else None
    if found is not None:
        return {point.pk: _of_samples(point, found.get(point.pk), width, max(finest, 1)) for point in points}
    plan = _plan(start, finest)
    rows = read_buckets_of(keys, start, end, plan)
    return {point.pk: _series(point, rows.get(point.pk, adapters.NO_ROWS), plan) for point in points}


def _plan(start: datetime, finest_s: int) -> Plan:
    """The coarsest rollups that are fine enough, or the finest ones that are kept for so long."""
    gone = dropped_before()
    enough = [level for level in LEVELS if level.step_s <= max(finest_s, LEVELS[0].step_s)]
    kept = [level for level in LEVELS if gone[level.store.data_class] <= start]
    level = next((level for level in reversed(enough) if level in kept), kept[0] if kept else LEVELS[-1])
    return Plan(level, math.ceil(max(finest_s, 1) / level.step_s) * level.step_s)


def _few_samples(points: Sequence[int], start: datetime, end: datetime) -> dict[int, Rows] | None:
    """None where rollups are read sooner."""
    if not _samples_are_near(start, end):
        return None
    most = MAX_SAMPLES_READ * len(points)
    found = read_samples_of(points, start, end, most=most)
    return found if sum(map(len, found.values())) < most else None


def _samples_are_near(start: datetime, end: datetime) -> bool:
    """Every sample is read only where few pages hold those of one point, or there are few pages at all."""
    if end - start > timedelta(days=1) or start < dropped_before()[DataClass.SAMPLES]:
        return False
    now = rolled_up_until() or end
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [f"{SAMPLES.parent}_2%"])
        pages = {name: (size, is_ordered) for name, size, is_ordered in cursor.fetchall()}
    return sum(_pages(pages, start, end, now, day) for day in (start, end)) <= MAX_PAGES_READ


_DAYS = """
SELECT relname, pg_relation_size(oid) / 8192, obj_description(oid, 'pg_class') IS NOT NULL FROM pg_class
WHERE relname LIKE %s AND relkind = 'r'
"""


def _pages(pages: Mapping[str, tuple[int, bool]], start: datetime, end: datetime, now: datetime, at: datetime) -> float:
    size, is_ordered = pages.get(f"{SAMPLES.parent}_{at.astimezone(UTC):%Y%m%d}", (0, True))
    if is_ordered or (at == end and floor_to(start, 86_400) == floor_to(end, 86_400)):
        return 0
    midnight = floor_to(at, 86_400)
    filled = min(max(now - midnight, timedelta(minutes=1)), timedelta(days=1))
    share = (min(end, midnight + filled) - max(start, midnight)) / filled
    return size * min(max(share, 0), 1)


_SAMPLES = """
SELECT point_id, string_agg(timestamptz_send(ts), ''::bytea ORDER BY ts),
       string_agg(float8send(value), ''::bytea ORDER BY ts), string_agg(int2send(quality), ''::bytea ORDER BY ts){more}
FROM (
    SELECT point_id, ts, value, quality, received_at FROM telemetry_sample
    WHERE point_id = ANY(%(points)s) AND ts >= %(start)s AND ts < %(end)s
    AND received_at <= coalesce(%(known_at)s::timestamptz, 'infinity'::timestamptz) LIMIT %(most)s
) AS sample GROUP BY point_id
"""

_RECEIVED = ", string_agg(timestamptz_send(received_at), ''::bytea ORDER BY ts)"


def read_samples_of(
    points: Sequence[int],
    start: datetime,
    end: datetime,
    *,
    known_at: datetime | None = None,
    most: int = 2**40,
    with_reception: bool = False,
) -> dict[int, Rows]:
    """Every sample, by the point's key; `most` of them, whichever they are."""
    query = _SAMPLES.format(more=_RECEIVED if with_reception else "")
    values = {"points": list(points), "start": start, "end": end, "known_at": known_at, "most": most}
    return {point: adapters.read_samples(*columns) for point, *columns in _fetched(query, values)}


def _of_samples(point: MeasurementPoint, rows: Rows | None, width: int, step_s: int) -> Series:
    rows = rows or adapters.NO_ROWS
    if len(rows) > 2 * width:
        return _series(point, adapters.gathered(rows, step_us=step_s * 1_000_000), Plan(None, step_s))
    return _series(point, rows, Plan(None, 0))


# All columns of a point are packed in the same order of rows, whichever it is.
_PACKED = """
SELECT point_id, string_agg(timestamptz_send(bucket), ''::bytea), string_agg(int4send(n::integer), ''::bytea),
       string_agg(int4send(known_s), ''::bytea), string_agg(float8send(coalesce(min, 'nan')), ''::bytea),
       string_agg(float8send(coalesce(max, 'nan')), ''::bytea),
       string_agg(float8send(coalesce(mean, 'nan')), ''::bytea), string_agg(int2send(quality), ''::bytea)
FROM ({rows}) AS bucket GROUP BY point_id
"""
_COLUMNS = "point_id, bucket, n, known_s, min, max, mean, quality"


def read_buckets_of(points: Sequence[int], start: datetime, end: datetime, plan: Plan) -> dict[int, Rows]:
    """From the rollups, and what they do not have yet from the next finer ones, at last from the samples."""
    values: dict[str, Any] = {"points": list(points)}
    done = rolled_up_until() or _EPOCH
    since = floor_to(start, plan.step_s)
    parts: list[str] = []
    finer = [level for level in LEVELS if plan.level and level.step_s <= plan.level.step_s]
    for level in reversed(finer):
        until = min(end, floor_to(done, level.step_s))
        if until > since:
            parts.append(_part(level.store.parent, len(parts)))
            values |= {f"start{len(parts) - 1}": since, f"end{len(parts) - 1}": until}
            since = until
    if end > since:
        where = "point_id = ANY(%(points)s) AND ts >= %(joint)s AND ts < %(end)s"
        parts.append(f"SELECT {_COLUMNS} FROM ({of_samples(where)}) AS newest")  # noqa: S608
        values |= {"joint": since, "end": end}
    found = _fetched(_PACKED.format(rows=" UNION ALL ".join(parts)), values)
    return {point: adapters.read_buckets(*columns, step_us=plan.step_s * 1_000_000) for point, *columns in found}


def _part(table: str, number: int) -> str:
    return (
        f"SELECT {_COLUMNS} FROM {table} WHERE point_id = ANY(%(points)s)"  # noqa: S608
        f" AND bucket >= %(start{number})s AND bucket < %(end{number})s"
    )


def _fetched(query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with binary_cursor() as cursor:
        return cursor.execute(query, values).fetchall()


def _series(point: MeasurementPoint, rows: Rows, plan: Plan) -> Series:
    """A switch that is silent stands where it stood; any other point that is silent is not known."""
    step_us = plan.step_s * 1_000_000
    longest_us = 2**62 if point.quantity in DISCRETE else int(point.max_silence_s * 1e6)
    after = adapters.silences(rows, step_us=step_us, longest_us=longest_us) + 1

    def marked(values: Any, mark: float) -> Any:
        return np.insert(values, after, mark)

    at_us = np.insert(rows.at_us, after, rows.at_us[after - 1] + (step_us or 1000))
    return Series(
        data_class=plan.level.store.data_class if plan.level else DataClass.SAMPLES,
        resolution_s=float(plan.step_s),
        t=at_us / 1e6,
        min=marked(rows.minimum, np.nan),
        max=marked(rows.maximum, np.nan),
        mean=marked(rows.mean, np.nan),
        quality=marked(rows.quality, -1),
        count=marked(rows.count, 0),
    )
