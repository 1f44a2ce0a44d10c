"""What else is on record about plants in the quarter hours that are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.dispatch.choices.ahead import AHEAD_FRESH
from apps.dispatch.selectors.ahead import Envelopes, newest_envelopes
from apps.forecasts.selectors.actual import instant_of
from apps.forecasts.selectors.measured import point_means
from apps.renewables.choices import STEP_S
from apps.renewables.models import RenewablePlant
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Steps:
    """Quarter hours since 1970, half open."""

    first: int
    end: int

    @property
    def starts_at(self) -> datetime:
        return instant_of(self.first)

    @property
    def ends_at(self) -> datetime:
        return instant_of(self.end)

    def __len__(self) -> int:
        return self.end - self.first


def voltages_pu(plants: Sequence[RenewablePlant], steps: Steps) -> FloatArray:
    """Plants x steps, at the nodes of those that have a rule for it, where a meter tells."""
    nodes = {plant.node_mrid: plant.node_kv for plant in plants if plant.reduces_from_pu and plant.node_mrid}
    means = _means(list(nodes), Quantity.VOLTAGE, steps)
    unknown = np.full(len(steps), np.nan)
    return np.array([_scaled(means.get(plant.node_mrid), plant.node_kv, unknown) for plant in plants])


def _scaled(values: FloatArray | None, kv: float | None, unknown: FloatArray) -> FloatArray:
    return unknown if values is None or not kv else values / kv


def told_kw(plants: Sequence[RenewablePlant], steps: Steps) -> FloatArray:
    """What plants say that they could give, fed in; plants x steps."""
    means = _means([plant.mrid for plant in plants], Quantity.AVAILABLE_POWER, steps)
    unknown = np.full(len(steps), np.nan)
    return np.array([-means[plant.mrid] if plant.mrid in means else unknown for plant in plants])


def _means(mrids: Sequence[UUID], quantity: Quantity, steps: Steps) -> dict[UUID | None, FloatArray]:
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity=quantity).order_by("-pk")
    points = dict(rows.values_list("equipment_mrid", "pk"))
    if not points:
        return {}
    found = point_means(list(points.values()), start=steps.starts_at, end=steps.ends_at)
    return dict(zip(points, np.asarray(found, np.float64), strict=True))


def envelope_limits_kw(plants: Sequence[RenewablePlant], steps: Steps, available: FloatArray) -> FloatArray:
    """What the newest envelopes let each plant feed in, plants x steps: of its point plus what else is drawn there. nan
    where none is known or the network binds nothing."""
    found, limits = newest_envelopes(), np.full(available.shape, np.nan)
    if found is None:
        return limits
    inside, row = _intervals(found, steps)
    for number, plant in enumerate(plants):
        column = found.column(str(plant.mrid))
        if column is not None and found.is_bound[column]:
            others = found.expected_kw[row, column] + available[number]
            limits[number] = np.where(inside, np.maximum(found.export_kw[row, column] + others, 0.0), np.nan)
    return limits


def _intervals(found: Envelopes, steps: Steps) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which of the steps the run speaks of while it is fresh, and in which of its rows."""
    at = STEP_S * np.arange(steps.first, steps.end, dtype=np.int64)
    starts = np.array([start.timestamp() for start in found.starts])
    until = (found.run.as_of + AHEAD_FRESH).timestamp()
    row = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, len(starts) - 1)
    return (at + STEP_S > starts[0]) & (at < until), row
