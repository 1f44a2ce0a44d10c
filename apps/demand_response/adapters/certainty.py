"""Records of past events to what the next one may count on."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.demand_response.models import FlexibilityPrior, SegmentTrackRecord
from gridops.engine.flexibility.response import Told, foretold_share


def share_at(
    prior: FlexibilityPrior,
    records: Sequence[SegmentTrackRecord],
    *,
    at: datetime,
    temperature_c: float,
    counts_as: float,
) -> tuple[float, float, float]:
    """P10, P50, P90 of the rated power at that hour of the day; temperature_c may be NaN: nobody has forecast it."""
    told = Told(
        share=_column([row.share_p50 for row in records]),
        hour=_column([_hour(row.at) for row in records]),
        temperature_c=_column([row.temperature_c for row in records]),
    )
    stated = (prior.share_p10, prior.share_p50, prior.share_p90)
    return foretold_share(told, hour=_hour(at), temperature_c=temperature_c, stated=stated, counts_as=counts_as)


def _column(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _hour(at: datetime) -> float:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.hour + local.minute / 60
