"""Hours of the meters that balances are made of, and the switch positions of a time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.efficiency.choices.loss import LossOutcome
from apps.efficiency.models import LossRun
from apps.forecasts.selectors.measured import point_means
from apps.state import frames
from apps.state.choices import Outcome, Position
from apps.state.models import Solution

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
QUARTERS, HOURS = 4, 24
AT_ONCE = timedelta(days=14)
_MOST = 0.5  # of an hour must be known


def switches_closed(network: AssembledNetwork, *, until: datetime) -> BoolArray:
    """By the newest solved scan before; the normal position where it does not say."""
    rows = Solution.objects.filter(as_of__lt=until, outcome=Outcome.SOLVED, network_model_id=network.model_id)
    raw = rows.exclude(frame=b"").order_by("-as_of", "-id").values_list("frame", flat=True).first()
    if raw is None:
        return network.normal_closed
    state = frames.decode(bytes(raw)).switch_state & 0b11
    if len(state) != len(network.normal_closed):
        return network.normal_closed
    told = np.isin(state, (int(Position.OPEN), int(Position.CLOSED)))
    return np.asarray(np.where(told, state == int(Position.CLOSED), network.normal_closed), np.bool_)


def hours_of(points: Sequence[int], *, start: datetime, end: datetime) -> FloatArray:
    """Hours x points, mean kW as metered; nan where less than half of the hour is known."""
    found = []
    at = start
    while at < end:
        until = min(at + AT_ONCE, end)
        quarters = point_means(points, start=at, end=until)
        by_hour = quarters.reshape(len(points), quarters.shape[1] // QUARTERS, QUARTERS)
        total, count = np.nansum(by_hour, axis=2), np.isfinite(by_hour).sum(axis=2)
        enough = count >= _MOST * QUARTERS
        found.append(np.where(enough, total / np.maximum(count, 1), np.nan).T)
        at = until
    return np.concatenate(found) if found else np.zeros((0, len(points)))


def technical_history(model_id: int, *, first: date, last: date) -> Mapping[str, FloatArray]:
    """By name of the part: technical losses of every hour of the days, nan where not worked out."""
    days = (last - first).days + 1
    rows = LossRun.objects.filter(
        network_model_id=model_id, outcome=LossOutcome.DONE, day__gte=first, day__lte=last
    ).values_list("day", "balances")
    found: dict[str, FloatArray] = {}
    for day, balances in rows:
        for one in balances:
            course = found.setdefault(one["part"], np.full(days * HOURS, np.nan))
            hour = (day - first).days * HOURS
            course[hour : hour + HOURS] = [np.nan if x is None else x for x in one["technical_hourly"]]
    return found
