"""From a network with all its switches to the graph that reconfiguration works on.

Joined to one node: what closed switches join that may not be operated, and what is looped today by transformers, at
transmission voltage or without any switch, which stays looped. Folded into their node: whatever hangs on a single
branch, with its flow of today. Joined to one branch: chains of lines and switches without a load between them.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import Topology, components
from gridops.engine.optimization.radial_graph import ComplexArray
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.powerflow.state import GridState
from gridops.engine.security.bridges import spanning_tree
from gridops.engine.units import PERCENT, ROOT_3

LINE, TRANSFORMER, SWITCH = 0, 1, 2
TRANSMISSION_KV = 60.0
BASE_KVA = 10_000.0


@dataclass(frozen=True, slots=True)
class Elements:
    """Lines, transformers and switches that join something, or could: by class and number, with their ends."""

    kind: IntArray
    number: IntArray
    a: IntArray  # network nodes: from or high
    b: IntArray
    closed: BoolArray
    may: BoolArray  # a switch that may be operated

    def __len__(self) -> int:
        return len(self.kind)

    def chosen(self, rows: BoolArray) -> "Elements":
        names = ("kind", "number", "a", "b", "closed", "may")
        return Elements(*(getattr(self, name)[rows] for name in names))


def elements(operating: Operating, topology: Topology) -> Elements:
    """Live lines, transformers and closed switches, and open switches that may be closed."""
    network, usable = operating.network, _usable(operating, topology)
    ends = (
        (network.lines.from_node, network.lines.to_node),
        (network.transformers.high_node, network.transformers.low_node),
        (network.switches.from_node, network.switches.to_node),
    )
    sizes = [len(a) for a, _ in ends]
    a, b = (np.concatenate([pair[side] for pair in ends]) for side in (0, 1))
    closed = np.concatenate([np.ones(sizes[0] + sizes[1], np.bool_), operating.switch_closed])
    may = np.concatenate([np.zeros(sizes[0] + sizes[1], np.bool_), operating.may_operate])
    every = Elements(
        kind=np.repeat([LINE, TRANSFORMER, SWITCH], sizes).astype(np.int32),
        number=np.concatenate([np.arange(size) for size in sizes]).astype(np.int32),
        a=a,
        b=b,
        closed=closed,
        may=may,
    )
    same_bus = topology.bus_of_node[a] == topology.bus_of_node[b]
    return every.chosen(usable[a] & usable[b] & (closed | (may & ~same_bus)))


def _usable(operating: Operating, topology: Topology) -> BoolArray:
    """Live nodes, and those of dead parts without any load or plant, as a cable that stands open at both ends."""
    island = topology.island_of_node
    loaded = np.zeros(topology.n_islands, np.bool_)
    loaded[island[operating.network.injection_node]] = True
    return np.asarray(topology.node_energised | ~loaded[island], np.bool_)


def on_ring(n: int, a: IntArray, b: IntArray) -> BoolArray:
    """Which of the branches a-b lie on a ring; the graph need not be connected."""
    if not len(a):
        return np.zeros(0, np.bool_)
    _, part = components(n, a, b)
    _, first = np.unique(part, return_index=True)
    tree = spanning_tree(
        n + 1,
        np.concatenate([np.zeros(len(first), np.int32), a + 1]).astype(np.int32),
        np.concatenate([first + 1, b + 1]).astype(np.int32),
    )
    return np.asarray(~tree.branch_is_bridge[len(first) :], np.bool_)


def joined_nodes(operating: Operating, every: Elements) -> tuple[IntArray, BoolArray]:
    """The point that each network node becomes part of, the sources' being 0; and which branches' rings stay closed."""
    joins = (every.kind == SWITCH) & every.closed & ~every.may
    point = _joined(operating, every, joins)
    joins = joins | _ringed(point, every, every.closed & (every.kind == SWITCH) & ~joins)
    point = _joined(operating, every, joins)
    rings = _ringed(point, every, every.closed & ~joins)
    kept = _kept_rings(operating, every, point, rings)
    return _joined(operating, every, joins | kept), kept


def _joined(operating: Operating, every: Elements, joins: BoolArray) -> IntArray:
    sources = operating.network.source_node
    a = np.concatenate([np.full(len(sources), sources[0]), every.a[joins]]).astype(np.int32)
    b = np.concatenate([sources, every.b[joins]]).astype(np.int32)
    _, point = components(operating.network.n_nodes, a, b)
    first = point[sources[0]]
    return np.where(point == first, 0, np.where(point == 0, first, point)).astype(np.int32)


def _ringed(point: IntArray, every: Elements, among: BoolArray) -> BoolArray:
    rows = np.flatnonzero(among)
    found = np.zeros(len(every), np.bool_)
    found[rows[on_ring(int(point.max()) + 1, point[every.a[rows]], point[every.b[rows]])]] = True
    return found


def _kept_rings(operating: Operating, every: Elements, point: IntArray, rings: BoolArray) -> BoolArray:
    """Branches of those rings that stay closed: with a transformer, at transmission voltage, or without a switch."""
    count, part = components(operating.network.n_nodes, point[every.a[rings]], point[every.b[rings]])
    of_ring = part[point[every.a]]
    high = operating.network.nominal_kv[every.a] > TRANSMISSION_KV
    firm = np.zeros(count, np.bool_)
    firm[of_ring[rings & (high | (every.kind == TRANSFORMER))]] = True
    has_switch = np.zeros(count, np.bool_)
    has_switch[of_ring[rings & every.may]] = True
    return np.asarray(rings & (firm | ~has_switch)[of_ring], np.bool_)


def impedances(operating: Operating, every: Elements) -> ComplexArray:
    """In per unit on BASE_KVA; 0 for a switch."""
    network, t = operating.network, operating.network.transformers
    base_mva = BASE_KVA / 1000
    z = np.zeros(len(every), np.complex128)
    lines = every.kind == LINE
    number = every.number[lines]
    kv = network.nominal_kv[every.a[lines]]
    z[lines] = (network.lines.r_ohm[number] + 1j * network.lines.x_ohm[number]) * base_mva / kv**2
    units = every.kind == TRANSFORMER
    number = every.number[units]
    r = t.copper_loss_kw[number] / t.rated_s_kva[number]
    size = np.maximum(t.short_circuit_voltage_percent[number] * PERCENT, r)
    at_nominal = (t.low_kv[number] / network.nominal_kv[t.low_node[number]]) ** 2
    z[units] = (r + 1j * np.sqrt(size**2 - r**2)) * BASE_KVA / t.rated_s_kva[number] * at_nominal
    return z


def ratings(operating: Operating, every: Elements) -> FloatArray:
    """Current in per unit; inf where no rating is known."""
    network = operating.network
    rating = np.full(len(every), np.inf)
    lines, units = every.kind == LINE, every.kind == TRANSFORMER
    ampere = network.lines.rated_a[every.number[lines]]
    kva = ROOT_3 * ampere * network.nominal_kv[every.a[lines]]
    rating[lines] = np.where(ampere > 0, kva / BASE_KVA, np.inf)
    rating[units] = network.transformers.rated_s_kva[every.number[units]] / BASE_KVA
    return rating


def end_flows(state: GridState, every: Elements) -> tuple[ComplexArray, ComplexArray]:
    """Power from each end's node into the branch, in per unit; nan for a switch."""
    ends = []
    for line, unit in (("from", "high"), ("to", "low")):
        flow = np.full(len(every), np.nan, np.complex128)
        for kind, p, q in (
            (LINE, f"line_p_{line}_kw", f"line_q_{line}_kvar"),
            (TRANSFORMER, f"transformer_p_{unit}_kw", f"transformer_q_{unit}_kvar"),
        ):
            rows = every.kind == kind
            number = every.number[rows]
            flow[rows] = (getattr(state, p)[number] + 1j * getattr(state, q)[number]) / BASE_KVA
        ends.append(flow)
    return ends[0], ends[1]


def emfs(
    operating: Operating, state: GridState, every: Elements, impedance: ComplexArray, offset: FloatArray
) -> ComplexArray:
    """What each branch adds to the voltage from a to b: of a transformer what its ratio does today."""
    emf = offset[every.a] - offset[every.b]
    units = np.flatnonzero(every.kind == TRANSFORMER)
    number, t = every.number[units], operating.network.transformers
    high, low = state.voltage_pu[t.high_node[number]], state.voltage_pu[t.low_node[number]]
    current = -(state.transformer_p_low_kw[number] - 1j * state.transformer_q_low_kvar[number]) / BASE_KVA / low
    emf[units] += np.nan_to_num(low - high + (impedance[units] * current).real)
    return emf.astype(np.complex128)
