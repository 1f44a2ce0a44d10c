"""A small control room whose grid carries more than it should."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tests.factories.field import Room


def make_heavier(room: Room, factor: float | npt.NDArray[np.float64]) -> None:
    """From the next step on, every load (or each, by a factor of its own) of the field draws so much more."""
    scenario = room.field.scenario
    before = scenario.weather.power_scale
    is_load = np.arange(room.field.world.truth.n_injections) < len(room.field.case.loads)
    scale = np.where(is_load, factor, 1.0)
    room.field.scenario = replace(
        scenario, weather=replace(scenario.weather, power_scale=lambda at: scale * before(at))
    )
