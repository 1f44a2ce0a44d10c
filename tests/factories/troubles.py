"""A small control room with one feeder that carries more than it should."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.assets.models import EnergyConsumer
from apps.state.models import Solution
from tests.factories.field import Room

HEAVY_FEEDER, HEAVY = "F07", 6.5


def make_heavier(room: Room, factor: float | npt.NDArray[np.float64]) -> None:
    """From the next step on, every load (or each, by a factor of its own) of the field draws so much more."""
    scenario = room.field.scenario
    before = scenario.weather.power_scale
    is_load = np.arange(room.field.world.truth.n_injections) < len(room.field.case.loads)
    scale = np.where(is_load, factor, 1.0)
    room.field.scenario = replace(
        scenario, weather=replace(scenario.weather, power_scale=lambda at: scale * before(at))
    )


def of_feeder(room: Room, name: str, factor: float) -> npt.NDArray[np.float64]:
    """Per injection of the field: loads of the feeder with a factor, all others as they are."""
    rows = EnergyConsumer.objects.filter(node__feeder__name__endswith=name).values_list("mrid", flat=True)
    on_it = {str(mrid) for mrid in rows}
    found = np.ones(room.field.world.truth.n_injections)
    found[: len(room.field.case.loads)] = [factor if load.mrid in on_it else 1.0 for load in room.field.case.loads]
    return found


def overload_feeder(room: Room, at: datetime, *, name: str = HEAVY_FEEDER, factor: float = HEAVY) -> Solution:
    """Until the state shows it: a few scans after each other."""
    make_heavier(room, of_feeder(room, name, factor))
    return settle(room, at)


def settle(room: Room, at: datetime, *, scans: int = 3) -> Solution:
    for number in range(scans):
        solution = room.step(at - timedelta(seconds=2 * (scans - 1 - number)))
    return solution
