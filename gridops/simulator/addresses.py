"""Where each point is read on the wire."""

from collections.abc import Sequence

import numpy as np

from gridops.simulator.points import IntArray, Point, Quantity

# Object addresses by kind, numbered from these within each common address.
_FIRST_IOA = {
    Quantity.SWITCH_STATE: 1,
    Quantity.TAP_POSITION: 60_001,
    Quantity.VOLTAGE_SETPOINT: 65_001,
    Quantity.FAULT_INDICATOR: 70_001,
    Quantity.FAULT_CURRENT: 80_001,
    Quantity.FAULT_REACTANCE: 90_001,
}
_FIRST_MEASURED_IOA = 100_001


def addresses_of(points: Sequence[Point], common_address: IntArray) -> IntArray:
    """Information object addresses, one after the other within a kind and a common address."""
    following: dict[tuple[int, int], int] = {}
    addresses = []
    for point, station in zip(points, common_address.tolist(), strict=True):
        first = _FIRST_IOA.get(point.quantity, _FIRST_MEASURED_IOA)
        ioa = following.get((station, first), first)
        following[station, first] = ioa + 1
        addresses.append(ioa)
    return np.array(addresses, dtype=np.int32)
