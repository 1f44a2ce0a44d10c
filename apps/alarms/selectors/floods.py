"""More than one operator can follow: counted from the journal, by area."""

from datetime import datetime, timedelta

from django.db import connection

from apps.alarms.choices import FLOOD_BEGINS_ABOVE, FLOOD_ENDS_BELOW, FLOOD_WINDOW_S, STREAM
from apps.alarms.models import Flood

# Told to somebody: a new occurrence that nothing keeps quiet. Swings of a chattering alarm are no new occurrences.
_LATELY = """
SELECT (payload->>'area_id')::bigint, count(DISTINCT (subject, payload->>'occurrence')) FROM live_journalentry
WHERE stream = %s AND recorded_at > %s AND recorded_at <= %s AND kind IN ('raised', 'unshelved', 'shelf-expired',
    'released', 'in-service') AND payload->>'suppression' = 'none' AND payload->>'state' = 'unacknowledged'
GROUP BY 1
"""


def told_lately(*, as_of: datetime) -> dict[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [STREAM, as_of - timedelta(seconds=FLOOD_WINDOW_S), as_of])
        return dict(cursor.fetchall())


def flooded_areas(*, as_of: datetime) -> set[int | None]:
    """Also without the process that writes floods down: a flood shows at once."""
    running = set(Flood.objects.filter(ended_at=None).values_list("area_id", flat=True))
    counts = told_lately(as_of=as_of)
    begun = {area for area, count in counts.items() if count > FLOOD_BEGINS_ABOVE}
    return begun | {area for area in running if counts.get(area, 0) >= FLOOD_ENDS_BELOW}
