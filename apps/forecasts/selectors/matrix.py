"""The history of many series at once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
from django.db import connection

from apps.forecasts.adapters.arrays import Float32Array
from apps.forecasts.models import STEP_S, STEPS_A_DAY

# Bytes travel as they are, in one string a series.
_DAYS = """
SELECT series_id, string_agg(int4send(day - %s::date), ''::bytea ORDER BY day),
       string_agg(values_kw, ''::bytea ORDER BY day)
FROM forecasts_historyday WHERE series_id = ANY(%s) AND day >= %s AND day < %s GROUP BY series_id
"""
_AT_ONCE = 500  # series


def matrix(series: Sequence[int], *, first: date, days: int, until: datetime | None = None) -> Float32Array:
    """Series x quarter hours, kW; nan where not known, or at `until` and later."""
    whole = np.full((len(series), days, STEPS_A_DAY), np.nan, np.float32)
    row_of = {key: row for row, key in enumerate(series)}
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        for row in range(0, len(series), _AT_ONCE):
            cursor.execute(_DAYS, [first, list(series[row : row + _AT_ONCE]), first, first + timedelta(days)])
            for key, at, content in cursor:
                whole[row_of[key], np.frombuffer(at, ">i4")] = np.frombuffer(content, "<f4").reshape(-1, STEPS_A_DAY)
    found = whole.reshape(len(series), -1)
    if until is not None:
        begin = datetime.combine(first, datetime.min.time(), UTC)
        found[:, max(int((until - begin).total_seconds()) // STEP_S, 0) :] = np.nan
    return found
