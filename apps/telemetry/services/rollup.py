"""One-minute rollups. Can be redone at any time: a minute is always computed anew from its samples."""

from datetime import datetime, timedelta

from django.db import connection, transaction

_ROLL_UP = """
INSERT INTO telemetry_rollup (point_id, bucket, n, min, max, mean, last, quality)
SELECT point_id, date_trunc('minute', ts), count(*),
       min(value) FILTER (WHERE quality & 3 <> 2), max(value) FILTER (WHERE quality & 3 <> 2),
       avg(value) FILTER (WHERE quality & 3 <> 2),
       (array_agg(value ORDER BY ts DESC))[1], bit_or(quality)
FROM telemetry_sample WHERE ts >= %(start)s AND ts < %(end)s
GROUP BY 1, 2
ON CONFLICT (point_id, bucket) DO UPDATE SET n = excluded.n, min = excluded.min, max = excluded.max,
    mean = excluded.mean, last = excluded.last, quality = excluded.quality
"""

_LATE_MINUTES = """
SELECT DISTINCT date_trunc('minute', ts) FROM telemetry_sample
WHERE received_at >= %(since)s AND received_at < %(until)s AND ts < %(start)s AND ts >= %(oldest)s
"""


@transaction.atomic
def roll_up(*, as_of: datetime) -> int:
    """Roll up all whole minutes since the last run, and earlier minutes that late samples changed."""
    end = as_of.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT done_until FROM telemetry_rollup_progress FOR UPDATE")
        row = cursor.fetchone()
        start = row[0] if row else end - timedelta(hours=1)
        if start >= end:
            return 0
        window = {"since": start, "until": as_of, "start": start, "oldest": start - timedelta(days=1)}
        cursor.execute(_LATE_MINUTES, window)
        rolled = 0
        for (minute,) in cursor.fetchall():
            cursor.execute(_ROLL_UP, {"start": minute, "end": minute + timedelta(minutes=1)})
            rolled += cursor.rowcount
        cursor.execute(_ROLL_UP, {"start": start, "end": end})
        rolled += cursor.rowcount
        cursor.execute(
            "INSERT INTO telemetry_rollup_progress (id, done_until) VALUES (1, %s) "
            "ON CONFLICT (id) DO UPDATE SET done_until = excluded.done_until",
            [end],
        )
    return int(rolled)
