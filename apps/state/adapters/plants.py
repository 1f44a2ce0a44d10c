"""What plants and batteries with a meter of their own feed in: of them nobody need guess from a profile."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.meters import MeterRow, Readings
from apps.telemetry.choices import Quantity

Told = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]  # places of injections, kW into the network


class PlantMeters:
    def __init__(self, rows: Sequence[MeterRow], network: AssembledNetwork) -> None:
        place = network.injections.position
        found = [
            (n, place[row.equipment_mrid])
            for n, row in enumerate(rows)
            if row.quantity == Quantity.ACTIVE_POWER and row.equipment_mrid in place
        ]
        self._row, self._place = np.array(found, np.int64).reshape(-1, 2).T

    def told(self, readings: Readings) -> Told:
        """Telemetry counts positive from the node into the equipment."""
        fresh = readings.is_fresh[self._row]
        return self._place[fresh], -readings.value[self._row[fresh]]
