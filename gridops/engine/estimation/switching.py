"""Is a switch where it says it is? Positions that the meters contradict, found by trying the other one.

A hypothesis is a set of switch positions. Its score is the objective of an estimate on it, less its degrees of
freedom (the expectation), plus what meters say against it that no estimate sees: voltage and power where it says
dead, none where it says live. Leaving out meters has its price, and so has doubting a switch: prices are twice the
negative logarithm of how rare such a fault is. Another position is believed only if its score is better by a clear
margin than the reported ones' with and without the suspected meters, and if the estimate on it passes chi-square.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology, resolve

METER_PRICE = 14.0  # a gross error in one of 1,000 meters
SWITCH_PRICE = 18.0  # a wrong position in one of 10,000 switches
MARGIN = 10.0  # beside the prices: a likelihood of 1 to 150
EQUAL = 10.0  # scores closer than this cannot be told apart
STRONGEST = METER_PRICE  # a single denial may be a broken meter
READS = 5.0  # sigmas from which a power is not nothing
MOST_TRIED = 20
MOST_WATCHED = 60
MOST_ABOVE = 8
MOST_DENIED = 2 * METER_PRICE  # contradictions that may be left with the other position
LARGE_RESIDUAL = 3.0
DANGLING = 3  # nodes of an open line end


@dataclass(frozen=True, slots=True)
class WrongSwitch:
    """A switch whose reported position the meters contradict."""

    switch: int
    reported_closed: bool
    score_reported: float
    score_other: float
    alternatives: tuple[int, ...]  # other switches that would explain the meters about as well


@dataclass(frozen=True, slots=True)
class Finding:
    """The wrong switch, and the estimate with it in the other position."""

    wrong: WrongSwitch
    topology: Topology
    estimate: Estimate


def is_suspicious(topology: Topology, measurements: Measurements, estimate: Estimate) -> bool:
    """Whether it is worth trying: one meter alone is a meter's fault."""
    meters = {(datum.kind, datum.index) for datum in [*estimate.bad, *estimate.doubtful]}
    denials = len(_contradicted(topology, measurements)[0])
    return len(meters) + denials > 1 or not estimate.converged or estimate.objective > estimate.threshold


def find_wrong_switch(
    network: Network, topology: Topology, measurements: Measurements, tap_position: IntArray, estimate: Estimate
) -> Finding | None:
    """The switch whose other position explains the meters clearly better than the reported one; None if none does.

    estimate: on the reported positions, bad data left out. Costs a model and a solution for each switch that is tried.
    """
    scene = _Scene(network, measurements, tap_position)
    tried = _candidates(network, topology, measurements, estimate)
    if not tried:
        return None
    reported = min(scene.cleaned(topology, estimate), scene.raw(topology))
    scored = []
    for switch in tried:
        other = _flipped(network, topology, switch)
        scored.append((scene.raw(other), switch, other))
    scored.sort(key=lambda entry: entry[:2])
    return _verdict(scene, topology, reported, scored)


def still_wrong(
    network: Network, topology: Topology, measurements: Measurements, tap_position: IntArray, finding: Finding
) -> bool:
    """Whether the reported positions (`topology`) still explain the meters worse. finding: with a new estimate."""
    scene = _Scene(network, measurements, tap_position)
    other = scene.cleaned(finding.topology, finding.estimate)
    return other + SWITCH_PRICE < scene.cleaned(topology, scene.estimate(topology))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every hypothesis is tried on."""

    network: Network
    measurements: Measurements
    tap_position: IntArray

    def estimate(self, topology: Topology, *, remove_bad: bool = True) -> Estimate:
        return Estimator(self.network, topology).estimate(self.measurements, self.tap_position, remove_bad=remove_bad)

    def raw(self, topology: Topology) -> float:
        return score(topology, self.measurements, self.estimate(topology, remove_bad=False))

    def cleaned(self, topology: Topology, estimate: Estimate) -> float:
        return score(topology, self.measurements, estimate) + METER_PRICE * _accused(estimate)


def _verdict(
    scene: _Scene, topology: Topology, reported: float, scored: Sequence[tuple[float, int, Topology]]
) -> Finding | None:
    """The best hypothesis, estimated in full too: a bad meter elsewhere must not spoil it."""
    raw, switch, other = scored[0]
    estimate = scene.estimate(other)
    best = min(raw, scene.cleaned(other, estimate))
    denied = float(_contradicted(other, scene.measurements)[1].sum())
    fits = estimate.converged and best <= estimate.threshold - estimate.degrees_of_freedom + MOST_DENIED
    if not fits or denied > MOST_DENIED or best + SWITCH_PRICE + MARGIN > reported:
        return None
    equal = tuple(number for likeness, number, _ in scored[1:] if likeness - raw < EQUAL)
    wrong = WrongSwitch(switch, bool(topology.switch_closed[switch]), reported, best, equal)
    return Finding(wrong, other, estimate)


def _flipped(network: Network, topology: Topology, switch: int) -> Topology:
    closed = topology.switch_closed.copy()
    closed[switch] = ~closed[switch]
    return resolve(network, closed)


def _accused(estimate: Estimate) -> int:
    return len({(datum.kind, datum.index) for datum in [*estimate.bad, *estimate.doubtful]})


def score(topology: Topology, measurements: Measurements, estimate: Estimate) -> float:
    """Squared misfit beyond what noise explains, with what the meters deny; infinite if there is no estimate."""
    if not estimate.converged:
        return float("inf")
    return estimate.objective - estimate.degrees_of_freedom + float(_contradicted(topology, measurements)[1].sum())


def _contradicted(topology: Topology, m: Measurements) -> tuple[IntArray, FloatArray]:
    """Nodes where meters deny that they are dead or live, and how strongly."""
    live = topology.node_energised
    dead_volts = m.voltages.node[~live[m.voltages.node]]
    live_zeros = m.zero_voltages[live[m.zero_voltages]]
    injections = m.injections
    at = ~live[injections.node] & ~injections.is_pseudo
    strength = _beyond(injections.p_kw[at] / injections.sigma_p_kw[at])
    strength += _beyond(injections.q_kvar[at] / injections.sigma_q_kvar[at])
    currents = m.line_currents
    flows = ~live[currents.node]
    through = _beyond(currents.value_a[flows] / currents.sigma_a[flows])
    node = np.concatenate(
        [dead_volts, live_zeros, injections.node[at][strength > 0], currents.node[flows][through > 0]]
    )
    certain = np.full(len(dead_volts) + len(live_zeros), STRONGEST)
    return node.astype(np.int32), np.concatenate([certain, strength[strength > 0], through[through > 0]])


def _beyond(sigmas: FloatArray) -> FloatArray:
    return np.where(np.abs(sigmas) > READS, np.minimum(sigmas**2, STRONGEST), 0.0)


def _candidates(network: Network, topology: Topology, m: Measurements, estimate: Estimate) -> list[int]:
    """Switches near what is suspicious; those that explain denials first, then the nearest."""
    against, _ = _contradicted(topology, m)
    suspects = np.unique(np.concatenate([against, _suspect_nodes(network, m, estimate)])).astype(np.int32)
    if not len(suspects):
        return []
    watched = list(dict.fromkeys([*_explaining(network, topology, m), *_nearest(network, topology, suspects)]))
    before = float(_contradicted(topology, m)[1].sum())
    gain = {}
    for switch in watched:
        other = _flipped(network, topology, switch)
        if np.array_equal(other.bus_of_node, topology.bus_of_node):
            continue  # parallel to another switch: changes nothing
        cut_off = int((topology.node_energised & ~other.node_energised).sum())
        gain[switch] = (float(_contradicted(other, m)[1].sum()) - before, cut_off > DANGLING)
    useful = [switch for switch in watched if switch in gain and gain[switch][0] <= 0]
    return sorted(useful, key=lambda switch: gain[switch])[:MOST_TRIED]


def _explaining(network: Network, topology: Topology, m: Measurements) -> list[int]:
    """Open switches at the edge of a part that is said to be dead and is not; closed ones above one without voltage."""
    against, _ = _contradicted(topology, m)
    dead = against[~topology.node_energised[against]]
    switches, island = network.switches, topology.island_of_node
    inside = np.zeros(topology.n_islands, np.bool_)
    inside[island[dead]] = True
    edge = inside[island[switches.from_node]] ^ inside[island[switches.to_node]]
    return np.flatnonzero(edge).tolist() + _above(network, topology, against[topology.node_energised[against]])


def _above(network: Network, topology: Topology, nodes: IntArray) -> list[int]:
    """Closed switches on the way from the first of these nodes, seen from the sources, back to its source."""
    if not len(nodes):
        return []
    lines, transformers, switches = network.lines, network.transformers, network.switches
    shut = np.flatnonzero(topology.switch_closed)
    n = network.n_nodes
    a = np.concatenate([lines.from_node, transformers.high_node, switches.from_node[shut], network.source_node])
    b = np.concatenate(
        [lines.to_node, transformers.low_node, switches.to_node[shut], np.full(len(network.source_node), n)]
    )
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n + 1, n + 1)).tocsr()
    order, before = breadth_first_order(graph, n, directed=False)
    place = np.full(n + 1, n + 1)
    place[order] = np.arange(len(order))
    node = int(nodes[np.argmin(place[nodes])])
    number = {tuple(sorted((int(switches.from_node[s]), int(switches.to_node[s])))): int(s) for s in shut}
    found: list[int] = []
    while node != n and before[node] >= 0 and len(found) < MOST_ABOVE:
        step = tuple(sorted((node, int(before[node]))))
        found += [number[step]] if step in number else []
        node = int(before[node])
    return found


def _suspect_nodes(network: Network, m: Measurements, estimate: Estimate) -> IntArray:
    data = [*estimate.bad, *estimate.doubtful]
    nodes = [node for datum in data for node in _nodes_of(network, m, datum)]
    residuals = estimate.residuals
    if estimate.converged:
        for flows, residual, ends in (
            (m.line_flows, residuals.line_p_kw, (network.lines.from_node, network.lines.to_node)),
            (
                m.transformer_flows,
                residuals.transformer_p_kw,
                (network.transformers.high_node, network.transformers.low_node),
            ),
        ):
            large = np.abs(residual / flows.sigma_p_kw) > LARGE_RESIDUAL
            nodes += [int(node) for end in ends for node in end[flows.branch[large]]]
        large = np.abs(residuals.injection_p_kw / m.injections.sigma_p_kw) > LARGE_RESIDUAL
        nodes += m.injections.node[large].tolist()
        large = np.abs(residuals.voltage_pu / m.voltages.sigma_pu) > LARGE_RESIDUAL
        nodes += m.voltages.node[large].tolist()
    return np.array(nodes, np.int32)


def _nodes_of(network: Network, m: Measurements, datum: BadDatum) -> list[int]:
    if datum.kind in {MeasurementKind.LINE_FLOW, MeasurementKind.LINE_CURRENT}:
        lines = m.line_flows if datum.kind is MeasurementKind.LINE_FLOW else m.line_currents
        branch = lines.branch[datum.index]
        return [int(network.lines.from_node[branch]), int(network.lines.to_node[branch])]
    if datum.kind is MeasurementKind.TRANSFORMER_FLOW:
        branch = m.transformer_flows.branch[datum.index]
        return [int(network.transformers.high_node[branch]), int(network.transformers.low_node[branch])]
    if datum.kind is MeasurementKind.SOURCE:
        return [int(network.source_node[m.sources.source[datum.index]])]
    group = m.voltages if datum.kind is MeasurementKind.VOLTAGE else m.injections
    return [int(group.node[datum.index])]


def _nearest(network: Network, topology: Topology, suspects: IntArray) -> list[int]:
    """Switches by the number of steps from the suspects over lines, transformers and switches, open ones too."""
    lines, transformers, switches = network.lines, network.transformers, network.switches
    a = np.concatenate([lines.from_node, transformers.high_node, switches.from_node])
    b = np.concatenate([lines.to_node, transformers.low_node, switches.to_node])
    n = network.n_nodes
    joined = csr_matrix(coo_matrix((np.ones(2 * len(a), np.int8), (np.r_[a, b], np.r_[b, a])), shape=(n, n)))
    reached = np.zeros(n, np.bool_)
    reached[suspects] = True
    found: list[int] = []
    seen = np.zeros(len(switches.from_node), np.bool_)
    while len(found) < MOST_WATCHED:
        new = (reached[switches.from_node] | reached[switches.to_node]) & ~seen
        found += np.flatnonzero(new).tolist()
        seen |= new
        wider = reached | (joined @ reached.astype(np.int8) > 0)
        if np.array_equal(wider, reached):
            break
        reached = wider
    return found[:MOST_WATCHED]
