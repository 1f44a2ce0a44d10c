"""What one issue says of all series, written together."""

from collections.abc import Sequence

import psycopg
from django.db import connection

from apps.forecasts.adapters.issuing import Said
from apps.forecasts.adapters.packed import packed_quantiles
from apps.forecasts.models import ForecastRun

_COPY = "COPY forecasts_forecast (run_id, series_id, rung, reason, quantiles_kw) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int8", "int8", "varchar", "varchar", "bytea")
_LONGEST_REASON = 300


def write_forecasts(run: ForecastRun, series: Sequence[int], found: Said) -> None:
    """Within the transaction that made the run."""
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(_COPY) as copy,
    ):
        copy.set_types(_TYPES)
        for key, rung, reason, quantiles in zip(series, found.rung, found.reason, found.quantiles, strict=True):
            copy.write_row((run.pk, key, rung, reason[:_LONGEST_REASON], packed_quantiles(quantiles)))
