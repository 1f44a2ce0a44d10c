"""What flows while a fault stands: through the switches that will break it, and past the ends of the lines.

Complex nodal equations of the true network with the fault as one more node within its line: sources of a stated
short-circuit current behind their reactance, loads and what plants feed in left out (small beside the fault).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from gridops.engine.estimation.admittance import BASE_KVA, branch_ends
from gridops.engine.network.model import Lines, Network
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.compile import compile_network
from gridops.simulator.points import BoolArray, FloatArray, IntArray

SOURCE_MVA = 3300.0  # short-circuit power of each source: somewhat other than the records assume
SOURCE_RX = 0.1
SWITCH_OHM = 1e-4
NEAREST = 0.02  # a fault is this share of its line away from either end at least
TWO_PHASE = 3**0.5 / 2  # current of a fault between two phases to that of all three
KVA_PER_MVA = 1e3


@dataclass(frozen=True, slots=True)
class FaultFlow:
    """ka, reactance_ohm: per asked switch, magnitude and what its relay works out of voltage and current."""

    ka: FloatArray
    reactance_ohm: FloatArray
    line_from_ka: FloatArray  # per line of the network
    line_to_ka: FloatArray


def fault_flow(
    network: Network,
    switch_closed: BoolArray,
    line: int,
    *,
    at: float,
    resistance_ohm: float,
    through: npt.NDArray[np.intp],
    two_phase: bool,
) -> FaultFlow:
    """at: the place, as a share of the line from its from_node. through: closed switches that are asked for."""
    split, fault_node = _split(network, line, min(max(at, NEAREST), 1 - NEAREST))
    meant, first = _with_ammeters(split, through)
    topology = resolve(meant, _opened(switch_closed, through))
    compiled = compile_network(meant, topology)
    bus = int(compiled.live_bus_of_node[fault_node])
    n_lines = len(network.lines.from_node)
    if bus < 0:
        return FaultFlow(np.zeros(len(through)), np.zeros(len(through)), np.zeros(n_lines), np.zeros(n_lines))
    ends = branch_ends(meant, compiled, meant.transformers.tap_neutral)
    source = _sources(compiled.sources, compiled.source_bus, compiled.n_buses)
    ohm_base = meant.nominal_kv[fault_node] ** 2 / (BASE_KVA / KVA_PER_MVA)
    fault = np.zeros(compiled.n_buses, np.complex128)
    fault[bus] = ohm_base / max(resistance_ohm, SWITCH_OHM)
    own = np.arange(compiled.n_buses)
    rows, columns = np.concatenate([ends.bus, ends.bus, own]), np.concatenate([ends.bus, ends.other, own])
    values = np.concatenate([ends.y_self, ends.y_mutual, source + fault])
    voltage = splu(csc_matrix((values, (rows, columns)), shape=(len(own), len(own)))).solve(source)
    current = ends.y_self * voltage[ends.bus] + ends.y_mutual * voltage[ends.other]
    ka = current * BASE_KVA / KVA_PER_MVA / (np.sqrt(3.0) * compiled.bus_kv[ends.bus])
    live = compiled.live_line
    n_live = len(compiled.lines) + len(compiled.transformers)
    scale = TWO_PHASE if two_phase else 1.0

    def of(lines: npt.NDArray[np.intp], offset: int) -> npt.NDArray[np.complex128]:
        place = live[lines]
        return np.where(place >= 0, ka[np.maximum(place, 0) + offset], 0.0)

    asked = np.arange(first, first + len(through))
    through_ka = of(asked, 0)
    volts = voltage[np.maximum(compiled.live_bus_of_node[meant.lines.to_node[asked]], 0)]
    kv = meant.nominal_kv[meant.lines.to_node[asked]]
    with np.errstate(divide="ignore", invalid="ignore"):
        reactance = np.abs(np.imag(volts * kv / np.sqrt(3.0) / through_ka))
    whole = np.arange(n_lines)
    far = of(whole, n_live)
    far[line] = of(np.array([n_lines]), n_live)[0]  # its other end is that of the second part
    return FaultFlow(
        ka=scale * np.abs(through_ka),
        reactance_ohm=np.nan_to_num(reactance, nan=0.0, posinf=0.0),
        line_from_ka=scale * np.abs(of(whole, 0)),
        line_to_ka=scale * np.abs(far),
    )


def _split(network: Network, line: int, at: float) -> tuple[Network, int]:
    """The line in two parts, the second of them last of all lines, with the fault's own node between them."""
    lines, node = network.lines, network.n_nodes
    first = np.where(np.arange(len(lines.from_node)) == line, at, 1.0)
    to_node = lines.to_node.copy()
    to_node[line] = node
    parts = replace(
        lines,
        from_node=np.append(lines.from_node, node).astype(np.int32),
        to_node=np.append(to_node, lines.to_node[line]).astype(np.int32),
        r_ohm=np.append(lines.r_ohm * first, lines.r_ohm[line] * (1 - at)),
        x_ohm=np.append(lines.x_ohm * first, lines.x_ohm[line] * (1 - at)),
        b_us=np.append(lines.b_us * first, lines.b_us[line] * (1 - at)),
        rated_a=np.append(lines.rated_a, lines.rated_a[line]),
    )
    kv = np.append(network.nominal_kv, network.nominal_kv[lines.from_node[line]])
    return replace(network, nominal_kv=kv, lines=parts), node


def _with_ammeters(network: Network, through: npt.NDArray[np.intp]) -> tuple[Network, int]:
    """The asked switches as lines of hardly any impedance, whose current can be read; the number of the first."""
    lines, switches, count = network.lines, network.switches, len(through)
    nothing = np.zeros(count)
    more: Lines = replace(
        lines,
        from_node=np.concatenate([lines.from_node, switches.from_node[through]]).astype(np.int32),
        to_node=np.concatenate([lines.to_node, switches.to_node[through]]).astype(np.int32),
        r_ohm=np.concatenate([lines.r_ohm, nothing]),
        x_ohm=np.concatenate([lines.x_ohm, nothing + SWITCH_OHM]),
        b_us=np.concatenate([lines.b_us, nothing]),
        rated_a=np.concatenate([lines.rated_a, nothing]),
    )
    return replace(network, lines=more), len(lines.from_node)


def _opened(switch_closed: BoolArray, through: npt.NDArray[np.intp]) -> BoolArray:
    closed = switch_closed.copy()
    closed[through] = False
    return closed


def _sources(sources: IntArray, bus: IntArray, count: int) -> npt.NDArray[np.complex128]:
    admittance = (
        np.full(len(sources), SOURCE_MVA) * KVA_PER_MVA / BASE_KVA * (SOURCE_RX - 1j) / np.hypot(SOURCE_RX, 1.0)
    )
    total = np.zeros(count, np.complex128)
    np.add.at(total, bus, admittance)
    return total
