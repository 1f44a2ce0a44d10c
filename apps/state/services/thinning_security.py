"""Security runs are kept for a day, then one an hour, then none; looks ahead as long as samples."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from apps.state.models import LookAhead

WHOLE = timedelta(days=1)

_THIN = """
DELETE FROM state_securityrun WHERE id IN (
    SELECT id FROM (
        SELECT id, as_of, row_number() OVER of_hour AS nth
        FROM state_securityrun WHERE as_of < %(whole)s
        WINDOW of_hour AS (PARTITION BY date_trunc('hour', as_of) ORDER BY insecure DESC, id DESC)
    ) AS ranked WHERE nth > 1 OR as_of < %(oldest)s
)
"""


def thin_security(*, as_of: datetime) -> int:
    """Of each hour the run with most that was not secure stays. Returns how many rows were removed."""
    oldest = as_of - timedelta(days=settings.SAMPLE_RETENTION_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_THIN, {"whole": as_of - WHOLE, "oldest": oldest})
        removed = int(cursor.rowcount)
    return removed + LookAhead.objects.filter(as_of__lt=oldest).delete()[0]
