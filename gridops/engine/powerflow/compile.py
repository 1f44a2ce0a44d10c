"""A network and a topology as input arrays of power-grid-model (SI units), with the way back.

Only what is energised goes in. Buses are PGM nodes, numbered from 0; branches carry their position among the live ones.
Closed switches never become PGM links: state estimation is unreliable with them. Sources are ideal, as pandapower's.
"""

from dataclasses import dataclass

import numpy as np
from power_grid_model import initialize_array

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.units import HERTZ, PERCENT, SIEMENS_PER_MICROSIEMENS, VOLT_PER_KV, WATT_PER_KW

SHORT_CIRCUIT_POWER_VA = 1e15
LEAST_IMPEDANCE_OHM = 1e-6  # a line without impedance has no solution
WYE_GROUNDED, DELTA = 1, 2

InputData = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Live elements by position in the network's arrays, and their PGM input."""

    bus_kv: FloatArray  # per live bus
    live_bus_of_node: IntArray  # -1 where the node is dead
    live_line: IntArray  # per line of the network: position among the live lines, or -1
    live_transformer: IntArray
    nodes: IntArray
    lines: IntArray
    transformers: IntArray
    sources: IntArray
    source_bus: IntArray
    line_from: IntArray  # live buses, per live line and transformer
    line_to: IntArray
    transformer_high: IntArray
    transformer_low: IntArray
    injections: IntArray
    injection_slot: IntArray  # per live injection: position in injection_bus
    injection_bus: IntArray  # live buses with at least one injection node
    input_data: InputData
    first_line_id: int
    first_transformer_id: int
    first_free_id: int

    @property
    def n_buses(self) -> int:
        return len(self.bus_kv)


def compile_network(network: Network, topology: Topology, *, energised: BoolArray | None = None) -> Compiled:
    """Input of power-grid-model for the energised part.

    energised: per island, which islands to include; those with a source where omitted.
    """
    island_live = topology.island_energised if energised is None else energised
    bus_live = island_live[topology.island_of_bus]
    live_bus = np.where(bus_live, np.cumsum(bus_live) - 1, -1).astype(np.int32)
    bus_of_node = live_bus[topology.bus_of_node]
    nodes = _live(bus_of_node)
    bus_kv = _bus_kv(network, bus_of_node, nodes, int(bus_live.sum()))
    lines = _live(bus_of_node[network.lines.from_node])
    transformers = _live(bus_of_node[network.transformers.high_node])
    sources = _live(bus_of_node[network.source_node])
    injections = _live(bus_of_node[network.injection_node])
    injection_bus, slot = np.unique(bus_of_node[network.injection_node[injections]], return_inverse=True)
    line_from, line_to = _ends(bus_of_node, lines, network.lines.from_node, network.lines.to_node)
    high, low = _ends(bus_of_node, transformers, network.transformers.high_node, network.transformers.low_node)
    ids, source_bus = _Ids(), bus_of_node[network.source_node[sources]]
    data = {
        "node": _nodes(ids, bus_kv),
        "line": _lines(ids, network, lines, line_from, line_to),
        "transformer": _transformers(ids, network, transformers, high, low),
    }
    data |= _connected(ids, network, bus_of_node, source_bus, injection_bus)
    return Compiled(
        bus_kv=bus_kv,
        live_bus_of_node=bus_of_node,
        live_line=_positions(lines, len(network.lines.from_node)),
        live_transformer=_positions(transformers, len(network.transformers.high_node)),
        nodes=nodes,
        lines=lines,
        transformers=transformers,
        sources=sources,
        source_bus=source_bus,
        line_from=line_from,
        line_to=line_to,
        transformer_high=high,
        transformer_low=low,
        injections=injections,
        injection_slot=slot.astype(np.int32),
        injection_bus=injection_bus.astype(np.int32),
        input_data={name: rows for name, rows in data.items() if len(rows)},
        first_line_id=len(bus_kv),
        first_transformer_id=len(bus_kv) + len(lines),
        first_free_id=ids.next,
    )


class _Ids:
    def __init__(self) -> None:
        self.next = 0

    def rows(self, component: str, count: int) -> np.ndarray:
        rows: np.ndarray = initialize_array("input", component, count)
        rows["id"] = np.arange(self.next, self.next + count)
        self.next += count
        return rows


def _bus_kv(network: Network, bus_of_node: IntArray, nodes: IntArray, count: int) -> FloatArray:
    """Nominal voltage of each live bus: that of its first node."""
    bus_kv = np.zeros(count)
    bus_kv[bus_of_node[nodes][::-1]] = network.nominal_kv[nodes][::-1]
    return bus_kv


def _connected(
    ids: _Ids, network: Network, bus_of_node: IntArray, source_bus: IntArray, injection_bus: IntArray
) -> InputData:
    return {
        "source": _sources(ids, source_bus),
        "sym_gen": _injections(ids, injection_bus),
        "shunt": _shunts(ids, network, bus_of_node),
    }


def _live(bus: IntArray) -> IntArray:
    return np.flatnonzero(bus >= 0).astype(np.int32)


def _positions(live: IntArray, count: int) -> IntArray:
    positions = np.full(count, -1, np.int32)
    positions[live] = np.arange(len(live))
    return positions


def _ends(bus_of_node: IntArray, live: IntArray, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    return bus_of_node[a[live]], bus_of_node[b[live]]


def _nodes(ids: _Ids, bus_kv: FloatArray) -> np.ndarray:
    rows = ids.rows("node", len(bus_kv))
    rows["u_rated"] = bus_kv * VOLT_PER_KV
    return rows


def _lines(ids: _Ids, network: Network, live: IntArray, a: IntArray, b: IntArray) -> np.ndarray:
    rows = ids.rows("line", len(live))
    lines = network.lines
    x = lines.x_ohm[live]
    rows["from_node"], rows["to_node"] = a, b
    rows["from_status"] = rows["to_status"] = 1
    rows["r1"] = lines.r_ohm[live]
    rows["x1"] = np.where(np.hypot(x, rows["r1"]) < LEAST_IMPEDANCE_OHM, LEAST_IMPEDANCE_OHM, x)
    rows["c1"] = lines.b_us[live] * SIEMENS_PER_MICROSIEMENS / (2 * np.pi * HERTZ)
    rows["tan1"] = 0.0
    rows["i_n"] = 1.0  # loadings are worked out from the currents
    return rows


def _transformers(ids: _Ids, network: Network, live: IntArray, high: IntArray, low: IntArray) -> np.ndarray:
    rows = ids.rows("transformer", len(live))
    t = network.transformers
    clock = np.rint(t.phase_shift_deg[live] / 30).astype(int) % 12
    side_kv = np.where(t.tap_on_high_side, t.high_kv, t.low_kv)[live]
    rows["from_node"], rows["to_node"] = high, low
    rows["from_status"] = rows["to_status"] = 1
    rows["u1"], rows["u2"] = t.high_kv[live] * VOLT_PER_KV, t.low_kv[live] * VOLT_PER_KV
    rows["sn"] = t.rated_s_kva[live] * WATT_PER_KW
    rows["uk"] = t.short_circuit_voltage_percent[live] * PERCENT
    rows["pk"] = t.copper_loss_kw[live] * WATT_PER_KW
    rows["i0"] = t.no_load_current_percent[live] * PERCENT
    rows["p0"] = t.iron_loss_kw[live] * WATT_PER_KW
    rows["clock"] = clock
    rows["winding_from"] = np.where(clock % 2, DELTA, WYE_GROUNDED)  # an odd clock needs a delta winding
    rows["winding_to"] = WYE_GROUNDED
    rows["tap_side"] = ~t.tap_on_high_side[live]
    rows["tap_min"], rows["tap_max"] = t.tap_min[live], t.tap_max[live]
    rows["tap_nom"] = rows["tap_pos"] = t.tap_neutral[live]
    rows["tap_size"] = t.tap_step_percent[live] * PERCENT * side_kv * VOLT_PER_KV
    return rows


def _sources(ids: _Ids, bus: IntArray) -> np.ndarray:
    rows = ids.rows("source", len(bus))
    rows["node"], rows["status"] = bus, 1
    rows["u_ref"], rows["u_ref_angle"] = 1.0, 0.0
    rows["sk"] = SHORT_CIRCUIT_POWER_VA
    return rows


def _injections(ids: _Ids, bus: IntArray) -> np.ndarray:
    rows = ids.rows("sym_gen", len(bus))
    rows["node"], rows["status"], rows["type"] = bus, 1, 0
    rows["p_specified"] = rows["q_specified"] = 0.0
    return rows


def _shunts(ids: _Ids, network: Network, bus_of_node: IntArray) -> np.ndarray:
    live = _live(bus_of_node[network.shunts.node])
    rows = ids.rows("shunt", len(live))
    node = network.shunts.node[live]
    square_volt = (network.nominal_kv[node] * VOLT_PER_KV) ** 2
    rows["node"], rows["status"] = bus_of_node[node], 1
    rows["g1"] = -network.shunts.p_kw[live] * WATT_PER_KW / square_volt
    rows["b1"] = network.shunts.q_kvar[live] * WATT_PER_KW / square_volt
    return rows
