"""One-minute rollups. Can be redone at any time: a minute is always computed anew from its samples.

The readers of the alarm journal wait for the oldest transaction that writes. So a transaction takes some minutes of
samples at most, however long nothing was rolled up, and writes only when its sums are done.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.telemetry.selectors import IN_A_MINUTE, rolled_up_until
from apps.telemetry.services.locks import sole_runner
from apps.telemetry.services.partitions import existing_days, start_of

AT_ONCE = timedelta(minutes=3)
# What was received just before the last run may have been committed just after it.
OVERLAP = timedelta(minutes=1)

_INTO = "INSERT INTO telemetry_rollup AS rollup (point_id, bucket, n, min, max, mean, quality, last) "
_REPLACE = """
GROUP BY 1, 2
ON CONFLICT (point_id, bucket) DO UPDATE SET n = excluded.n, min = excluded.min, max = excluded.max,
    mean = excluded.mean, quality = excluded.quality, last = excluded.last
WHERE (rollup.n, rollup.min, rollup.max, rollup.mean, rollup.quality, rollup.last) IS DISTINCT FROM
    (excluded.n, excluded.min, excluded.max, excluded.mean, excluded.quality, excluded.last)
"""
_COLUMNS = f"""
SELECT point_id, date_trunc('minute', ts), {IN_A_MINUTE},
       (array_agg(value ORDER BY ts DESC) FILTER (WHERE quality & 2 = 0))[1]
FROM telemetry_sample WHERE ts >= %(start)s AND ts < %(end)s
"""  # noqa: S608  made of constants
_ROLL_UP = _INTO + _COLUMNS + _REPLACE
_ROLL_UP_POINTS = f"{_INTO}{_COLUMNS} AND point_id = ANY(%(points)s){_REPLACE}"

_LATE = """
SELECT date_bin(%(at_once)s::interval, ts, 'epoch') AS span, array_agg(DISTINCT point_id) FROM telemetry_sample
WHERE received_at >= %(since)s AND received_at < %(until)s AND ts < %(since)s
GROUP BY 1 ORDER BY 1
"""
_PROGRESS = """
INSERT INTO telemetry_rollup_progress (id, done_until) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET done_until = excluded.done_until
"""


def roll_up(*, as_of: datetime) -> int:
    """Roll up all whole minutes since the last run, and earlier minutes that late samples changed.

    Returns how many minutes of points are new or have changed.
    """
    end = as_of.replace(second=0, microsecond=0)
    rolled = 0
    with sole_runner("telemetry: roll up") as is_alone:
        done = (rolled_up_until() or _first_sample()) if is_alone else None
        since = done - OVERLAP if done is not None else end
        while done is not None and done < end:
            done = min(done + AT_ONCE, end)
            rolled += _roll_up_late(since=since, until=done)
            rolled += _roll_up_span(start=since, until=done)
            since = done
    return rolled


def _first_sample() -> datetime | None:
    return min(map(start_of, existing_days()), default=None)


def _roll_up_late(*, since: datetime, until: datetime) -> int:
    """What was received in this time of earlier minutes. A point is rolled up over the whole span around its sample."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"since": since, "until": until, "at_once": str(AT_ONCE)})
        spans = cursor.fetchall()
        rolled = 0
        for start, points in spans:
            window = {"start": start, "end": min(start + AT_ONCE, since), "points": points}
            cursor.execute(_ROLL_UP_POINTS, window)
            rolled += cursor.rowcount
    return rolled


@transaction.atomic
def _roll_up_span(*, start: datetime, until: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ROLL_UP, {"start": start, "end": until})
        rolled = cursor.rowcount
        cursor.execute(_PROGRESS, [until])
    return int(rolled)
