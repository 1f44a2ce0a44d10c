"""The rows of the measurement equations, and the measurements behind them.

Order: voltages; then active powers of buses, lines, transformers and those told by currents; then their reactive
powers in the same order.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.sensors import Sensors
from gridops.engine.estimation.slots import Slots
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.powerflow.output import Columns

_AFTER_BUSES = (MeasurementKind.LINE_FLOW, MeasurementKind.TRANSFORMER_FLOW, MeasurementKind.LINE_CURRENT)


@dataclass(frozen=True, slots=True)
class Meter:
    """One measurement: its kind and its position in its group."""

    kind: MeasurementKind
    index: int


def weighted_residuals(sensors: Sensors, voltage: Columns, power: Columns | None) -> FloatArray:
    """Residual of each row over its sigma, from power-grid-model's residuals."""
    if power is None:
        return voltage["u_residual"] / sensors.voltage["u_sigma"]
    return np.concatenate(
        [
            voltage["u_residual"] / sensors.voltage["u_sigma"],
            power["p_residual"] / sensors.power["p_sigma"],
            power["q_residual"] / sensors.power["q_sigma"],
        ]
    )


def partners(sensors: Sensors) -> IntArray:
    """Per row, the row of the same meter's other quantity; a voltage's is its own."""
    n_voltages, n_powers = len(sensors.voltage_bus), len(sensors.power_object)
    p = n_voltages + np.arange(n_powers)
    return np.concatenate([np.arange(n_voltages), p + n_powers, p]).astype(np.int32)


def quantity_of(sensors: Sensors, row: int) -> str:
    """What a row measures: 'v', 'p', 'q' or 'i'."""
    n_voltages, n_powers = len(sensors.voltage_bus), len(sensors.power_object)
    if row < n_voltages:
        return "v"
    if (row - n_voltages) % n_powers >= n_powers - _count(sensors, MeasurementKind.LINE_CURRENT):
        return "i"
    return "p" if row < n_voltages + n_powers else "q"


def meters_of(sensors: Sensors, slots: Slots, m: Measurements, row: int) -> list[Meter]:
    """The measurements that a row sums up: one, except at a bus with several."""
    n_voltages, n_powers = len(sensors.voltage_bus), len(sensors.power_object)
    if row < n_voltages:
        return [_nth(sensors, MeasurementKind.VOLTAGE, row)]
    position = (row - n_voltages) % n_powers
    n_buses = int(sensors.bus_is_measured.sum())
    if position < n_buses:
        return _at_bus(sensors, slots, m, int(np.flatnonzero(sensors.bus_is_measured)[position]))
    position -= n_buses
    for kind in _AFTER_BUSES[:-1]:
        if position < _count(sensors, kind):
            return [_nth(sensors, kind, position)]
        position -= _count(sensors, kind)
    return [_nth(sensors, _AFTER_BUSES[-1], position)]


def row_of(sensors: Sensors, slots: Slots, m: Measurements, meter: Meter, quantity: str) -> int | None:
    """The row that a meter's quantity ('v', 'p', 'q' or 'i') went into; None if it was not used."""
    used = sensors.used[meter.kind]
    if not used[meter.index]:
        return None
    n_voltages, n_powers = len(sensors.voltage_bus), len(sensors.power_object)
    place = int(used[: meter.index].sum())
    if meter.kind is MeasurementKind.VOLTAGE:
        return place
    position: int | None
    if meter.kind in _AFTER_BUSES:
        earlier = _AFTER_BUSES[: _AFTER_BUSES.index(meter.kind)]
        position = int(sensors.bus_is_measured.sum()) + sum(_count(sensors, kind) for kind in earlier) + place
    else:
        position = _bus_position(sensors, slots, m, meter)
    tells_reactive = quantity == "q" or (quantity == "i" and not m.line_currents.is_active[meter.index])
    return None if position is None else n_voltages + position + (n_powers if tells_reactive else 0)


def _bus_position(sensors: Sensors, slots: Slots, m: Measurements, meter: Meter) -> int | None:
    if meter.kind is MeasurementKind.INJECTION:
        slot = slots.slot_of_node[m.injections.node[meter.index]]
    else:
        slot = slots.slot_of_source[m.sources.source[meter.index]]
    group = int(slots.group[slot])
    return int(sensors.bus_is_measured[:group].sum()) if sensors.bus_is_measured[group] else None


def is_firm(sensors: Sensors, slots: Slots, row: int) -> bool:
    """All of the row comes from real meters."""
    n_voltages, n_powers = len(sensors.voltage_bus), len(sensors.power_object)
    position = (row - n_voltages) % max(n_powers, 1)
    known = np.flatnonzero(sensors.bus_is_measured)
    if row < n_voltages or position >= len(known):
        return True
    return bool(sensors.slot_values.is_real[slots.group == known[position]].all())


def _count(sensors: Sensors, kind: MeasurementKind) -> int:
    return int(sensors.used[kind].sum())


def _nth(sensors: Sensors, kind: MeasurementKind, n: int) -> Meter:
    return Meter(kind, int(np.flatnonzero(sensors.used[kind])[n]))


def _at_bus(sensors: Sensors, slots: Slots, m: Measurements, group: int) -> list[Meter]:
    found: list[Meter] = []
    of_kind = (
        (MeasurementKind.INJECTION, slots.slot_of_node[m.injections.node]),
        (MeasurementKind.SOURCE, slots.slot_of_source[m.sources.source]),
    )
    for kind, slot in of_kind:
        here = sensors.used[kind] & (slots.group[slot] == group)
        found.extend(Meter(kind, int(index)) for index in np.flatnonzero(here))
    return found
