"""What equipment of a kind gives of its rated kW when asked: as set down before any event, and as past ones told."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from apps.demand_response.adapters.certainty import share_at
from apps.demand_response.adapters.people import Certainty
from apps.demand_response.models import FlexibilityPrior, SegmentTrackRecord
from apps.demand_response.selectors.worth import expected_c

PRIOR_COUNTS_AS = 2  # events
_NEWEST = 20  # of a program and kind


def certainties(program_id: int, *, as_of: datetime, at: datetime | None = None) -> dict[str, Certainty]:
    """By kind of equipment. The prior counts as two events: after ten it has a sixth of the weight. at: begin of the
    event that is thought of; its hour and the temperature forecast for it count where events have told."""
    rows = SegmentTrackRecord.objects.filter(
        program=program_id, at__lte=as_of, evaluation__is_newest=True, share_p50__isnull=False
    )
    records: dict[str, list[SegmentTrackRecord]] = {}
    for row in rows.order_by("-at"):
        records.setdefault(row.kind, []).append(row)
    moment = None if at is None or not records else (at, expected_c(at, as_of=as_of))
    priors = FlexibilityPrior.objects.all()
    return {one.kind: _certainty(one, records.get(one.kind, [])[:_NEWEST], moment) for one in priors}


def _certainty(
    prior: FlexibilityPrior, records: Sequence[SegmentTrackRecord], moment: tuple[datetime, float] | None
) -> Certainty:
    (low, middle, high), count = _share(prior, records, moment), len(records)
    back = [row.rebound_share for row in records if row.rebound_share is not None]
    rebound = (PRIOR_COUNTS_AS * prior.rebound_share + sum(max(one, 0.0) for one in back)) / (
        PRIOR_COUNTS_AS + len(back)
    )
    source = f"{count} past events, and: {prior.source}" if count else prior.source
    return Certainty((low, middle, high), rebound, prior.rebound_hours, count, source)


def _share(
    prior: FlexibilityPrior, records: Sequence[SegmentTrackRecord], moment: tuple[datetime, float] | None
) -> tuple[float, float, float]:
    if moment is not None and records:
        at, temperature_c = moment
        return share_at(prior, records, at=at, temperature_c=temperature_c, counts_as=PRIOR_COUNTS_AS)
    stated = np.array([prior.share_p10, prior.share_p50, prior.share_p90])
    told = np.array([[_or(r.share_p10, r.share_p50), r.share_p50, _or(r.share_p90, r.share_p50)] for r in records])
    count = len(records)
    share = (PRIOR_COUNTS_AS * stated + told.sum(axis=0)) / (PRIOR_COUNTS_AS + count) if count else stated
    low, middle, high = np.sort(np.clip(share, 0.0, 1.0)).tolist()
    return low, middle, high


def _or(value: float | None, other: float | None) -> float:
    return value if value is not None else other if other is not None else 0.0
