"""What the steps ahead of a voltage plan are expected to be, from the issued forecasts."""

from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from apps.dispatch.adapters.expected import STEP, Ahead, FloatArray, IntArray, ahead_of, of_feeder, only_now
from apps.dispatch.services.scenes import Live
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import LEVELS, Series
from apps.forecasts.selectors.issues import said_ahead
from apps.forecasts.services.look_ahead import from_forecasts
from apps.state.services.look_ahead import NotEnoughHistory

STEPS = 24  # quarter hours: 6 h
_MEDIAN = LEVELS.index(0.5)


def expected_powers(live: Live, *, nodes: IntArray, feeder: UUID | None, feeder_name: str) -> Ahead:
    """Now and six hours ahead; only now, with the reason, where nothing is known of the hours ahead."""
    network, base, first = live.scene.place.network, live.scene.base, _next_quarter(live.as_of)
    try:
        expected = from_forecasts(network, first, STEPS)
    except NotEnoughHistory as shortage:
        return only_now(base, live.as_of, f"Only for now. {shortage}")
    ahead = ahead_of(base, network, expected, as_of=live.as_of, first=first)
    own = _of_feeder(feeder, first)
    if own is None:
        return ahead
    members = np.flatnonzero(np.isin(network.node.bus[network.network.injection_node], nodes)).astype(np.int32)
    return of_feeder(ahead, network, members, own, feeder_name)


def _of_feeder(feeder: UUID | None, first: datetime) -> FloatArray | None:
    """The median of its net load, kW."""
    rows = Series.objects.in_use().filter(subject=Subject.FEEDER, quantity=Quantity.NET_LOAD)
    series = rows.filter(subject_mrid=str(feeder)).first() if feeder else None
    said = said_ahead(series, first, STEPS) if series else None
    return None if said is None else np.asarray(said[:, _MEDIAN], np.float64)


def _next_quarter(as_of: datetime) -> datetime:
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-as_of.timestamp() // step) * step, UTC)
