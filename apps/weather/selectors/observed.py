"""What was measured: deliveries joined, a later one correcting an earlier."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.weather.adapters.grids import Piece, joined
from apps.weather.choices import DataKind, Variable
from apps.weather.models import WeatherSeries

FloatArray = npt.NDArray[np.float64]

AROUND = timedelta(hours=3)  # what an interpolation at the ends may look at


def observed(
    *,
    location_id: int,
    variables: Sequence[Variable],
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
) -> FloatArray:
    """Steps x variables; one query, whatever the span."""
    ends_at = starts_at + timedelta(seconds=steps * step_s)
    rows = WeatherSeries.objects.filter(
        run__data_kind=DataKind.OBSERVATION,
        run__available_at__lte=as_of,
        location_id=location_id,
        variable__in=variables,
        member=0,
        starts_at__lt=ends_at + AROUND,
        ends_at__gt=starts_at - AROUND,
    ).order_by("run__issued_at", "run__available_at", "run_id")
    pieces: dict[str, list[Piece]] = {}
    for variable, begin, step, values in rows.values_list("variable", "starts_at", "step_s", "values"):
        pieces.setdefault(variable, []).append((begin.timestamp(), step, bytes(values)))
    columns = [
        joined(pieces.get(one, []), variable=one, starts_at=starts_at, steps=steps, step_s=step_s) for one in variables
    ]
    return np.stack(columns, axis=1) if columns else np.empty((steps, 0))
