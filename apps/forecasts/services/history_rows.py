"""Days of history, written together."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from django.db import connection, transaction

from apps.forecasts.adapters.packed import FloatArray, packed
from apps.forecasts.models import STEPS_A_DAY
from apps.forecasts.selectors.matrix import matrix
from apps.forecasts.services.series import lock

_UPSERT = """
INSERT INTO forecasts_historyday (series_id, day, values_kw)
SELECT * FROM unnest(%s::bigint[], %s::date[], %s::bytea[])
ON CONFLICT (series_id, day) DO UPDATE SET values_kw = excluded.values_kw
"""
_LOCK = "forecasts: history"
_ROWS = 20_000  # a statement


@transaction.atomic
def write_days(series: Sequence[int], first: date, values: FloatArray, *, over: bool) -> int:
    """`values`: series x steps of whole days from `first`, nan where nothing is said. `over`: what is known gives way.

    Returns how many quarter hours are new or have changed.
    """
    lock(_LOCK)
    days = values.shape[1] // STEPS_A_DAY
    known = matrix(series, first=first, days=days)
    merged = np.where(np.isfinite(values), values, known) if over else np.where(np.isfinite(known), known, values)
    merged = merged.astype(np.float32)
    differs = (merged != known.astype(np.float32)) & np.isfinite(merged)
    wanted = np.argwhere(differs.reshape(len(series), days, STEPS_A_DAY).any(axis=2))
    for at in range(0, len(wanted), _ROWS):
        _upsert(series, first, merged, wanted[at : at + _ROWS])
    return int(differs.sum())


def _upsert(series: Sequence[int], first: date, merged: FloatArray, wanted: np.ndarray) -> None:
    keys = [series[row] for row, _ in wanted]
    days = [date.fromordinal(first.toordinal() + int(day)) for _, day in wanted]
    contents = [packed(merged[row, day * STEPS_A_DAY : (day + 1) * STEPS_A_DAY]) for row, day in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [keys, days, contents])
