"""The system's totals by quarter hour, from the stored scans."""

from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from apps.state.adapters.look_ahead import KINDS, Quarters
from apps.state.choices import Outcome

MOST = timedelta(days=28)

_MEANS = """
SELECT floor(extract(epoch FROM as_of) / 900)::bigint AS quarter, {columns}
FROM state_solution
WHERE outcome = %(solved)s AND network_model_id = %(model)s AND as_of >= %(since)s AND as_of < %(until)s
GROUP BY quarter HAVING count(*) >= 3 ORDER BY quarter
"""
_COLUMNS = ", ".join(f"coalesce(avg((system->>'{name}')::float8), 0)" for name, _, _ in KINDS)


def quarters(*, model_id: int, until: datetime) -> Quarters:
    """Quarter hours with at least three scans; another network's are not comparable."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MEANS.format(columns=_COLUMNS),
            {"solved": Outcome.SOLVED.value, "model": model_id, "since": until - MOST, "until": until},
        )
        rows = cursor.fetchall()
    table = np.array(rows, float).reshape(len(rows), 1 + len(KINDS))
    return Quarters(table[:, 0].astype(np.int64), table[:, 1:])
