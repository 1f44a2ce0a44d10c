"""Solutions of every scan are kept for an hour, then one a minute, then none."""

from datetime import datetime, timedelta

from django.db import connection

from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import DataClass

WHOLE = timedelta(hours=1)

# A transaction: the readers of the alarm journal wait for the oldest one that writes.
REMOVED_AT_ONCE = 500

_THIN = """
DELETE FROM state_solution WHERE id IN (
    SELECT id FROM (
        SELECT id, as_of, row_number() OVER (PARTITION BY date_trunc('minute', as_of) ORDER BY as_of DESC) AS nth
        FROM state_solution WHERE as_of < %(whole)s
    ) AS ranked WHERE nth > 1 OR as_of < %(oldest)s
    LIMIT %(at_once)s
)
"""


def thin_solutions(*, as_of: datetime) -> int:
    """Returns how many solutions were removed."""
    oldest = as_of - timedelta(days=telemetry.kept_days()[DataClass.SOLUTIONS])
    removed, last = 0, REMOVED_AT_ONCE
    with connection.cursor() as cursor:
        while last == REMOVED_AT_ONCE:
            cursor.execute(_THIN, {"whole": as_of - WHOLE, "oldest": oldest, "at_once": REMOVED_AT_ONCE})
            last = cursor.rowcount
            removed += last
    return removed
