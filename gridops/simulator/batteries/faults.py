"""What goes wrong in battery plants now and then, and what a visit mends."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from gridops.simulator.batteries.management import GROUNDED_OHM_PER_V, SOUND_OHM_PER_V
from gridops.simulator.batteries.plant import BatteryPlant

WEAK_CAPACITY, WEAK_LEAK, WEAK_BEHIND = 0.6, 80.0, 0.12
SENSOR_OFF_C = 0.01


class Fault(StrEnum):
    WEAK_CELL = "weak-cell"
    COOLING = "cooling-failed"
    SENSOR = "sensor-off"
    EARTH = "earth-fault"
    VISIT = "visit"


def befall(fault: Fault, plant: BatteryPlant, rack: int) -> None:
    _ACTS[fault](plant, rack)


def _weak_cell(plant: BatteryPlant, rack: int) -> None:
    """One group has lost capacity, leaks, and is behind the others."""
    cells, group = plant.cells, int(np.argmin(plant.cells.made_ah[rack]))
    cells.made_ah[rack, group] *= WEAK_CAPACITY
    cells.leak_a[rack, group] *= WEAK_LEAK
    cells.soc[rack, group] = max(0.0, cells.soc[rack, group] - WEAK_BEHIND)


def _cooling(plant: BatteryPlant, rack: int) -> None:
    plant.cells.is_cooled[rack] = False


def _sensor(plant: BatteryPlant, rack: int) -> None:
    plant.management.current_bias_a[rack] += SENSOR_OFF_C * plant.design.rack_ah


def _earth(plant: BatteryPlant, rack: int) -> None:
    plant.management.insulation[rack] = GROUNDED_OHM_PER_V


def _visit(plant: BatteryPlant, rack: int) -> None:
    """A crew mends insulation and cooling and resets on the spot what has tripped, if its cause is gone."""
    plant.cells.is_cooled[rack] = True
    plant.management.insulation[rack] = SOUND_OHM_PER_V
    plant.management.look(np.zeros(plant.design.racks), 0.0)
    plant.management.reset()


_ACTS: dict[Fault, Callable[[BatteryPlant, int], None]] = {
    Fault.WEAK_CELL: _weak_cell,
    Fault.COOLING: _cooling,
    Fault.SENSOR: _sensor,
    Fault.EARTH: _earth,
    Fault.VISIT: _visit,
}
