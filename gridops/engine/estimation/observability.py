"""What the displayed state rests on.

A node is
- measured: a usable real voltage meter is at its bus;
- estimated: its voltage follows from real meters and exact zeros alone by the laws of Kirchhoff and Ohm: a measured
  voltage, carried along branches whose flow is known;
- pseudo: energised and computed, but only with a pseudo-measurement's help;
- unobservable: energised, but its island has not one usable voltage measurement;
- dead: its island has no source.

A line or transformer is measured if a flow meter is at either end, estimated if its flow follows likewise, else as
its nodes are. A flow is known if measured; if it is the only unknown one at a bus whose injection is known (metered,
or nothing is connected); or if it lies in a part of the network, joined by unknown flows, in which the injection of at
most one bus is unknown.

This is a rule about what is connected and metered, not about numbers: it does not say how good a meter is. It errs on
the safe side where rings are fed through meters that only together fix the flow.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.sensors import Sensors
from gridops.engine.estimation.slots import Slots
from gridops.engine.network.model import BoolArray, IntArray, Network
from gridops.engine.network.topology import Topology, components
from gridops.engine.powerflow.compile import Compiled


class Basis(IntEnum):
    DEAD = 0
    MEASURED = 1
    ESTIMATED = 2
    PSEUDO = 3
    UNOBSERVABLE = 4


@dataclass(frozen=True, slots=True)
class Observability:
    """`Basis` of each element of the network."""

    node: IntArray
    line: IntArray
    transformer: IntArray


@dataclass(frozen=True, slots=True)
class Known:
    """What real meters say about the live buses and branches (lines, then transformers)."""

    voltage: BoolArray  # per live bus
    injection: BoolArray  # per live bus: metered in full, or nothing is connected
    flow: BoolArray  # per live branch

    def equals(self, other: "Known") -> bool:
        return (
            np.array_equal(self.voltage, other.voltage)
            and np.array_equal(self.injection, other.injection)
            and np.array_equal(self.flow, other.flow)
        )


def observe(network: Network, topology: Topology, compiled: Compiled, known: Known) -> Observability:
    """`compiled` holds the islands with a voltage measurement; `known` refers to its buses and branches."""
    a = np.concatenate([compiled.line_from, compiled.transformer_high])
    b = np.concatenate([compiled.line_to, compiled.transformer_low])
    flow = known_flows(a, b, known.injection, known.flow)
    _, part = components(compiled.n_buses, a[flow], b[flow])
    has_voltage = np.zeros(len(part), np.bool_)
    has_voltage[part[known.voltage]] = True
    by_bus = np.where(has_voltage[part], Basis.ESTIMATED, Basis.PSEUDO)
    by_bus[known.voltage] = Basis.MEASURED
    branch = np.where(flow, Basis.ESTIMATED, Basis.PSEUDO)
    branch[known.flow] = Basis.MEASURED
    node = np.where(topology.node_energised, Basis.UNOBSERVABLE, Basis.DEAD)
    node[compiled.nodes] = by_bus[compiled.live_bus_of_node[compiled.nodes]]
    line = node[network.lines.from_node].copy()
    line[compiled.lines] = branch[: len(compiled.lines)]
    transformer = node[network.transformers.high_node].copy()
    transformer[compiled.transformers] = branch[len(compiled.lines) :]
    return Observability(node.astype(np.int32), line.astype(np.int32), transformer.astype(np.int32))


def nothing_observed(network: Network, topology: Topology) -> Observability:
    """There is no solution: what is energised is unobservable."""
    node = np.where(topology.node_energised, Basis.UNOBSERVABLE, Basis.DEAD).astype(np.int32)
    return Observability(node, node[network.lines.from_node], node[network.transformers.high_node])


def known_to_meters(compiled: Compiled, slots: Slots, m: Measurements, sensors: Sensors) -> Known:
    """Reduce the used measurements to what they make known."""
    voltage = np.zeros(compiled.n_buses, np.bool_)
    voltage[sensors.voltage_bus] = True
    injection = np.ones(compiled.n_buses, np.bool_)
    injection[slots.bus[~sensors.slot_values.is_real]] = False
    flow = np.zeros(len(compiled.lines) + len(compiled.transformers), np.bool_)
    lines = m.line_flows.branch[sensors.used[MeasurementKind.LINE_FLOW]]
    transformers = m.transformer_flows.branch[sensors.used[MeasurementKind.TRANSFORMER_FLOW]]
    flow[compiled.live_line[lines]] = True
    flow[len(compiled.lines) + compiled.live_transformer[transformers]] = True
    return Known(voltage, injection, flow)


def known_flows(a: IntArray, b: IntArray, injection: BoolArray, measured: BoolArray) -> BoolArray:
    """Which branches' flows follow from the measured ones and the known injections of the buses a and b joins."""
    flow = measured.copy()
    while True:
        before = int(flow.sum())
        _by_balance(a, b, injection, flow)
        _by_parts(a, b, injection, flow)
        if int(flow.sum()) == before:
            return flow


def _by_balance(a: IntArray, b: IntArray, injection: BoolArray, flow: BoolArray) -> None:
    """The only unknown flow at a bus with a known injection is known (in place, until nothing changes)."""
    while True:
        unknown = ~flow
        count = np.bincount(a[unknown], minlength=len(injection)) + np.bincount(b[unknown], minlength=len(injection))
        last = injection & (count == 1)
        found = unknown & (last[a] | last[b])
        if not found.any():
            return
        flow |= found


def _by_parts(a: IntArray, b: IntArray, injection: BoolArray, flow: BoolArray) -> None:
    """Parts joined by unknown flows with at most one unknown injection: a power flow would solve them (in place)."""
    _, part = components(len(injection), a[~flow], b[~flow])
    unknown_injections = np.bincount(part[~injection], minlength=len(injection))
    flow |= unknown_injections[part[a]] <= 1
