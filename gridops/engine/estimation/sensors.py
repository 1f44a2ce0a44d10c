"""Measurements as sensors of power-grid-model: which there are (structure) and what they say (values)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from power_grid_model import MeasuredTerminalType, initialize_array

from gridops.engine.estimation.currents import told_power
from gridops.engine.estimation.measurements import Flows, MeasurementKind, Measurements
from gridops.engine.estimation.slots import Slots, SlotValues, combine, used_injections
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.powerflow.compile import Compiled, InputData
from gridops.engine.units import VOLT_PER_KV, WATT_PER_KW

Active = Mapping[MeasurementKind, BoolArray]


@dataclass(frozen=True, slots=True)
class Sensors:
    """Usable measurements on live elements. `used` is by kind, one flag per measurement given."""

    used: dict[MeasurementKind, BoolArray]
    slot_values: SlotValues
    bus_is_measured: BoolArray  # per bus with slots: the total injection is known
    voltage_bus: IntArray
    voltage: dict[str, FloatArray]
    power_object: IntArray
    power_terminal: IntArray
    power: dict[str, FloatArray]

    def same_structure(self, other: "Sensors") -> bool:
        return (
            np.array_equal(self.voltage_bus, other.voltage_bus)
            and np.array_equal(self.power_object, other.power_object)
            and np.array_equal(self.power_terminal, other.power_terminal)
        )


def place_sensors(compiled: Compiled, slots: Slots, m: Measurements, active: Active, node_kv: FloatArray) -> Sensors:
    """Sensors of the measurements that are not removed (`active`) and whose elements are live."""
    used = {
        MeasurementKind.VOLTAGE: active[MeasurementKind.VOLTAGE] & (compiled.live_bus_of_node[m.voltages.node] >= 0),
        MeasurementKind.INJECTION: used_injections(slots, m.injections, active[MeasurementKind.INJECTION]),
        MeasurementKind.LINE_FLOW: active[MeasurementKind.LINE_FLOW] & (compiled.live_line[m.line_flows.branch] >= 0),
        MeasurementKind.TRANSFORMER_FLOW: active[MeasurementKind.TRANSFORMER_FLOW]
        & (compiled.live_transformer[m.transformer_flows.branch] >= 0),
        MeasurementKind.LINE_CURRENT: active[MeasurementKind.LINE_CURRENT]
        & m.line_currents.is_usable
        & (compiled.live_line[m.line_currents.branch] >= 0),
        MeasurementKind.SOURCE: active[MeasurementKind.SOURCE] & (slots.slot_of_source[m.sources.source] >= 0),
    }
    values = combine(slots, m, used[MeasurementKind.INJECTION], used[MeasurementKind.SOURCE])
    volts = used[MeasurementKind.VOLTAGE]
    kv = node_kv[m.voltages.node[volts]] * VOLT_PER_KV
    known = _known_buses(slots, values)
    buses = slots.buses[known]
    lines = used[MeasurementKind.LINE_FLOW]
    transformers = used[MeasurementKind.TRANSFORMER_FLOW]
    currents = used[MeasurementKind.LINE_CURRENT]
    line_id = compiled.first_line_id + compiled.live_line[m.line_flows.branch[lines]]
    transformer_id = compiled.first_transformer_id + compiled.live_transformer[m.transformer_flows.branch[transformers]]
    current_id = compiled.first_line_id + compiled.live_line[m.line_currents.branch[currents]]
    terminals = [
        np.full(len(buses), MeasuredTerminalType.node),
        m.line_flows.side[lines],  # 0 and 1: power-grid-model's branch_from and branch_to
        m.transformer_flows.side[transformers],
        m.line_currents.side[currents],
    ]
    return Sensors(
        used=used,
        slot_values=values,
        bus_is_measured=known,
        voltage_bus=compiled.live_bus_of_node[m.voltages.node[volts]],
        voltage={"u_measured": m.voltages.value_pu[volts] * kv, "u_sigma": m.voltages.sigma_pu[volts] * kv},
        power_object=np.concatenate([buses, line_id, transformer_id, current_id]).astype(np.int32),
        power_terminal=np.concatenate(terminals).astype(np.int8),
        power=_power_columns(
            [
                _bus_totals(slots, values, known),
                _flow_values(m.line_flows, lines),
                _flow_values(m.transformer_flows, transformers),
                told_power(m.line_currents, currents),
            ]
        ),
    )


def sensor_input(sensors: Sensors, first_id: int) -> InputData:
    """Input rows for building a model with these sensors."""
    voltage = initialize_array("input", "sym_voltage_sensor", len(sensors.voltage_bus))
    voltage["id"] = first_id + np.arange(len(voltage))
    voltage["measured_object"] = sensors.voltage_bus
    power = initialize_array("input", "sym_power_sensor", len(sensors.power_object))
    power["id"] = first_id + len(voltage) + np.arange(len(power))
    power["measured_object"] = sensors.power_object
    power["measured_terminal_type"] = sensors.power_terminal
    for rows, columns in ((voltage, sensors.voltage), (power, sensors.power)):
        for name, values in columns.items():
            rows[name] = values
    return {name: rows for name, rows in (("sym_voltage_sensor", voltage), ("sym_power_sensor", power)) if len(rows)}


def _known_buses(slots: Slots, values: SlotValues) -> BoolArray:
    unknown_source = ~values.is_known
    unknown_source[: slots.n_injection] = False
    known = np.ones(len(slots.buses), np.bool_)
    known[slots.group[unknown_source]] = False
    return known


def _bus_totals(slots: Slots, values: SlotValues, known: BoolArray) -> list[FloatArray]:
    """p, q, variance of p, variance of q of each bus whose total is known."""
    by_slot = (values.p_kw, values.q_kvar, values.var_p, values.var_q)
    p, q, var_p, var_q = (np.bincount(slots.group, value, len(slots.buses))[known] for value in by_slot)
    return [p, q, np.sqrt(var_p), np.sqrt(var_q)]


def _flow_values(flows: Flows, used: BoolArray) -> list[FloatArray]:
    return [flows.p_kw[used], flows.q_kvar[used], flows.sigma_p_kw[used], flows.sigma_q_kvar[used]]


def _power_columns(parts: list[list[FloatArray]]) -> dict[str, FloatArray]:
    p, q, sigma_p, sigma_q = (np.concatenate(columns) * WATT_PER_KW for columns in zip(*parts, strict=True))
    return {"p_measured": p, "q_measured": q, "p_sigma": sigma_p, "q_sigma": sigma_q}
