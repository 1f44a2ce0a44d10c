"""The true network: what was built, not what the records say. Its impedances differ by a seeded few per cent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.cases.case import Generator, Load, NetworkCase, Node, Source, Storage, Transformer
from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.simulator.points import BoolArray, FloatArray, IntArray
from gridops.simulator.protection import INTERRUPTING

IMPEDANCE_SPREAD = 0.03  # standard deviation of the logarithm
# What the operators of the field have set, against what the records say, so that a normal day stays inside 0.94-1.06:
# with much generation the recorded set-points lift feeder ends to 1.07 and the high voltage to 1.13 pu.
TRANSMISSION_KV = 150.0
TRANSMISSION_VOLTAGE_PU = 0.995
HIGH_TARGET_PU = 1.02
TARGET_LOWERED_PU = 0.015


@dataclass(frozen=True, slots=True)
class TrueNetwork:
    """Injections in the order loads, generators, storages; powers are injections at profile factor 1.

    A case without any breaker gets a hidden switch at every end of a line, so that faults can be cleared at all. Hidden
    nodes and switches come after those of the case, whose positions stay as they are.
    """

    network: Network
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray
    switch_closed: BoolArray
    interrupts: BoolArray  # the switch can break a fault's current
    n_case_nodes: int
    n_case_switches: int
    tap_position: IntArray
    is_regulating: BoolArray
    target_pu: FloatArray
    p_kw: FloatArray
    q_kvar: FloatArray
    rated_kva: FloatArray  # 0 for loads
    capacity_kwh: FloatArray  # 0 but for storages
    loads: slice
    generators: slice
    storages: slice

    def hidden_switches_of(self, line: int) -> list[int]:
        ends = [self.network.lines.from_node[line], self.network.lines.to_node[line]]
        hidden = np.arange(len(self.switch_closed)) >= self.n_case_switches
        return np.flatnonzero(hidden & np.isin(self.network.switches.to_node, ends)).tolist()

    @property
    def n_injections(self) -> int:
        return len(self.p_kw)


def build_truth(case: NetworkCase, seed: int) -> TrueNetwork:
    index = {node.mrid: position for position, node in enumerate(case.nodes)}
    elements = _elements(case)
    n_loads, n_generators = len(case.loads), len(case.generators)
    sign = np.where(np.arange(len(elements)) < n_loads, -1.0, 1.0)
    network = _network(case, index, elements, np.random.default_rng((seed, 2)))
    switch_closed = _flags(switch.closed for switch in case.switches)
    interrupts = _flags(switch.kind in INTERRUPTING for switch in case.switches)
    if not interrupts.any():
        network = _with_hidden_switches(network)
    hidden = len(network.switches.from_node) - len(switch_closed)
    return TrueNetwork(
        network=network,
        source_voltage_pu=_floats(_true_voltage(source, case.nodes[index[source.node]]) for source in case.sources),
        source_angle_deg=_floats(source.angle_deg for source in case.sources),
        switch_closed=np.concatenate([switch_closed, np.ones(hidden, dtype=np.bool_)]),
        interrupts=np.concatenate([interrupts, np.zeros(hidden, dtype=np.bool_)]),
        n_case_nodes=len(case.nodes),
        n_case_switches=len(case.switches),
        tap_position=_ints(transformer.tap_position for transformer in case.transformers),
        is_regulating=_flags(transformer.is_regulating for transformer in case.transformers),
        target_pu=_floats(_true_target(transformer) for transformer in case.transformers),
        p_kw=sign * _floats(element.p_kw for element in elements),
        q_kvar=sign * _floats(element.q_kvar for element in elements),
        rated_kva=_floats(getattr(element, "rated_s_kva", 0.0) for element in elements),
        capacity_kwh=_floats(getattr(element, "capacity_kwh", 0.0) for element in elements),
        loads=slice(0, n_loads),
        generators=slice(n_loads, n_loads + n_generators),
        storages=slice(n_loads + n_generators, len(elements)),
    )


def _true_voltage(source: Source, node: Node) -> float:
    return TRANSMISSION_VOLTAGE_PU if node.nominal_kv >= TRANSMISSION_KV else source.voltage_pu


def _network(
    case: NetworkCase,
    index: dict[str, int],
    elements: Sequence[Load | Generator | Storage],
    generator: np.random.Generator,
) -> Network:
    return Network(
        nominal_kv=_floats(node.nominal_kv for node in case.nodes),
        lines=_lines(case, index, generator),
        transformers=_transformers(case, index, generator),
        switches=Switches(
            _ints(index[switch.from_node] for switch in case.switches),
            _ints(index[switch.to_node] for switch in case.switches),
        ),
        shunts=Shunts(
            _ints(index[shunt.node] for shunt in case.shunts),
            -_floats(shunt.p_kw for shunt in case.shunts),
            -_floats(shunt.q_kvar for shunt in case.shunts),
        ),
        source_node=_ints(index[source.node] for source in case.sources),
        injection_node=_ints(index[element.node] for element in elements),
    )


def _true_target(transformer: Transformer) -> float:
    return transformer.target_pu - (TARGET_LOWERED_PU if transformer.target_pu > HIGH_TARGET_PU else 0.0)


def _with_hidden_switches(network: Network) -> Network:
    """Each line hangs on two new nodes, joined to its old ones by switches that nobody sees."""
    lines, count, nodes = network.lines, len(network.lines.from_node), network.n_nodes
    old = np.concatenate([lines.from_node, lines.to_node])
    new = np.arange(nodes, nodes + 2 * count, dtype=np.int32)
    return replace(
        network,
        nominal_kv=np.concatenate([network.nominal_kv, network.nominal_kv[old]]),
        lines=replace(lines, from_node=new[:count], to_node=new[count:]),
        switches=Switches(
            np.concatenate([network.switches.from_node, old]), np.concatenate([network.switches.to_node, new])
        ),
    )


def _elements(case: NetworkCase) -> Sequence[Load | Generator | Storage]:
    return [*case.loads, *case.generators, *case.storages]


def _spread(count: int, generator: np.random.Generator) -> FloatArray:
    return np.exp(IMPEDANCE_SPREAD * generator.standard_normal(count))


def _lines(case: NetworkCase, index: dict[str, int], generator: np.random.Generator) -> Lines:
    count = len(case.lines)
    return Lines(
        from_node=_ints(index[line.from_node] for line in case.lines),
        to_node=_ints(index[line.to_node] for line in case.lines),
        r_ohm=_floats(line.r_ohm for line in case.lines) * _spread(count, generator),
        x_ohm=_floats(line.x_ohm for line in case.lines) * _spread(count, generator),
        b_us=_floats(line.b_us for line in case.lines) * _spread(count, generator),
        rated_a=_floats(line.rated_a for line in case.lines),
    )


def _transformers(case: NetworkCase, index: dict[str, int], generator: np.random.Generator) -> Transformers:
    units, count = case.transformers, len(case.transformers)
    impedance = _spread(count, generator)
    voltage = _floats(unit.short_circuit_voltage_percent for unit in units)
    return Transformers(
        high_node=_ints(index[unit.high_node] for unit in units),
        low_node=_ints(index[unit.low_node] for unit in units),
        rated_s_kva=_floats(unit.rated_s_kva for unit in units),
        high_kv=_floats(unit.high_kv for unit in units),
        low_kv=_floats(unit.low_kv for unit in units),
        short_circuit_voltage_percent=voltage * impedance,
        copper_loss_kw=_floats(unit.copper_loss_kw for unit in units) * impedance,
        iron_loss_kw=_floats(unit.iron_loss_kw for unit in units),
        no_load_current_percent=_floats(unit.no_load_current_percent for unit in units),
        phase_shift_deg=_floats(unit.phase_shift_deg for unit in units),
        tap_on_high_side=_flags(unit.tap_on_high_side for unit in units),
        tap_neutral=_ints(unit.tap_neutral for unit in units),
        tap_min=_ints(unit.tap_min for unit in units),
        tap_max=_ints(unit.tap_max for unit in units),
        tap_step_percent=_floats(unit.tap_step_percent for unit in units),
    )


def _floats(values: Iterable[float]) -> FloatArray:
    return np.fromiter(values, dtype=np.float64)


def _ints(values: Iterable[int]) -> IntArray:
    return np.fromiter(values, dtype=np.int32)


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.fromiter(values, dtype=np.bool_)
