"""After this server's own clock went back: what it had taken for the present lies ahead, and would stand until then."""

from dataclasses import replace

import numpy as np
from django.db import connection

from apps.telemetry.adapters import Latest, PointTable, Quality

_NEWEST = (
    "SELECT DISTINCT ON (point_id) point_id, (extract(epoch FROM ts) * 1000000)::bigint, value, quality "
    "FROM telemetry_sample WHERE point_id = ANY(%s) AND ts <= to_timestamp(%s) AND ts > to_timestamp(%s) "
    "ORDER BY point_id, ts DESC"
)
_LOOK_BACK_S = 7 * 86_400.0


def without_future(latest: Latest, table: PointTable, *, last_us: int) -> Latest:
    """Newest values after `last_us` give way to the newest that are stored before it; delays begin anew."""
    ahead = np.flatnonzero(latest.at_us > last_us)
    if not len(ahead):
        return latest
    at_us, value, quality = latest.at_us.copy(), latest.value.copy(), latest.quality.copy()
    at_us[ahead], value[ahead], quality[ahead] = 0, np.nan, int(Quality.INVALID)
    slot_of = {int(table.point_id[slot]): slot for slot in ahead.tolist()}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(slot_of), last_us / 1e6, last_us / 1e6 - _LOOK_BACK_S])
        for point_id, when_us, number, bits in cursor.fetchall():
            slot = slot_of[point_id]
            at_us[slot], value[slot], quality[slot] = when_us, number, bits
    pending = np.minimum(latest.limits.pending_since_us, last_us)
    return Latest(latest.version, at_us, value, quality, replace(latest.limits, pending_since_us=pending))
