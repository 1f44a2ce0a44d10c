"""Solutions of every scan are kept for an hour, then one a minute, then none."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

WHOLE = timedelta(hours=1)

_THIN = """
DELETE FROM state_solution WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY date_trunc('minute', as_of) ORDER BY as_of DESC) AS nth
        FROM state_solution WHERE as_of < %(whole)s AND as_of >= %(oldest)s
    ) AS ranked WHERE nth > 1
) OR as_of < %(oldest)s
"""


def thin_solutions(*, as_of: datetime) -> int:
    """Returns how many solutions were removed."""
    oldest = as_of - timedelta(days=settings.SAMPLE_RETENTION_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_THIN, {"whole": as_of - WHOLE, "oldest": oldest})
        return int(cursor.rowcount)
