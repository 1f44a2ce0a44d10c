"""Days of history, written together."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import psycopg
from django.db import connection, transaction

from apps.forecasts.adapters.arrays import Float32Array, FloatArray
from apps.forecasts.adapters.packed import packed
from apps.forecasts.models import STEPS_A_DAY
from apps.forecasts.selectors.matrix import matrix
from apps.forecasts.services.series import lock

# The values of all days travel as one string of bytes.
_UPSERT = """
INSERT INTO forecasts_historyday (series_id, day, values_kw)
SELECT series, %(first)s::date + day, substring(%(content)b FROM (%(size)s * (place - 1) + 1)::int FOR %(size)s::int)
FROM unnest(%(series)b::bigint[], %(days)b::int[]) WITH ORDINALITY AS row (series, day, place)
ON CONFLICT (series_id, day) DO UPDATE SET values_kw = excluded.values_kw
"""
_LOCK = "forecasts: history"
_ROWS = 20_000  # a statement


@transaction.atomic
def write_days(series: Sequence[int], first: date, values: FloatArray | Float32Array, *, over: bool) -> int:
    """`values`: series x steps of whole days from `first`, nan where nothing is said. `over`: what is known gives way.

    Returns how many quarter hours are new or have changed.
    """
    lock(_LOCK)
    days = values.shape[1] // STEPS_A_DAY
    known = matrix(series, first=first, days=days)
    said = values.astype(np.float32)
    merged = np.where(np.isfinite(said), said, known) if over else np.where(np.isfinite(known), known, said)
    differs = (merged != known) & np.isfinite(merged)
    by_day = merged.reshape(len(series), days, STEPS_A_DAY)
    wanted = np.argwhere(differs.reshape(by_day.shape).any(axis=2))
    for at in range(0, len(wanted), _ROWS):
        rows, columns = wanted[at : at + _ROWS].T
        keys = np.asarray(series, np.int64)[rows]
        _upsert(keys.tolist(), columns.tolist(), first, packed(by_day[rows, columns]))
    return int(differs.sum())


def _upsert(series: list[int], days: list[int], first: date, content: bytes) -> None:
    told = {"series": series, "days": days, "first": first, "content": content, "size": 4 * STEPS_A_DAY}
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_UPSERT, told)
