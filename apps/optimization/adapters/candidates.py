"""Everything that one device near a trouble could do, as steps: taken as they come, judged by power flow elsewhere.

Signs: set-points are positive from the node into the equipment; a plant that feeds in has a negative one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from apps.assets.adapters import BATTERY, GENERATOR
from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import Breach, StepQuantity
from apps.optimization.choices import RemedyKind

TAP_REACH = 2
PLANT_SHARES = (0.75, 0.5, 0.0)  # of what it feeds in now
BATTERY_SHARES = (0.5, 1.0)  # of its rating
LEAST_KW = 1.0
MOST_PLANTS = 12
MOST_TRANSFERS = 160
_STEP_S, _TAP_S, _SET_S = 20.0, 10.0, 15.0
EUR_PER_KWH, KG_PER_KWH, HELD_H = 0.12, 0.35, 1.0  # of energy not fed in, while the set-point is held
BATTERY_EUR_PER_KWH = 0.04  # ageing


@dataclass(frozen=True, slots=True)
class Candidate:
    kind: RemedyKind
    steps: tuple[Wanted, ...]
    time_to_effect_s: float
    cost_eur: float = 0.0
    emissions_kg: float = 0.0
    moved_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where the trouble is: nodes, for a branch both of its ends."""

    breach: Breach
    nodes: tuple[int, ...]


def target_of(scene: Scene, breach: Breach, elements: Sequence[str]) -> Target:
    network = scene.place.network
    arrays, nodes = network.network, []
    for mrid in elements:
        if (node := network.nodes.position.get(mrid)) is not None:
            nodes.append(int(node))
        elif (line := network.lines.position.get(mrid)) is not None:
            nodes += [int(arrays.lines.from_node[line]), int(arrays.lines.to_node[line])]
        elif (unit := network.transformers.position.get(mrid)) is not None:
            nodes += [int(arrays.transformers.high_node[unit]), int(arrays.transformers.low_node[unit])]
    return Target(breach, tuple(dict.fromkeys(nodes)))


def candidates(scene: Scene, target: Target, *, operable: frozenset[str]) -> Iterator[Candidate]:
    """operable: mRIDs of switches that can be operated under load."""
    if not target.nodes:
        return
    tree = _Tree.of(scene)
    if target.breach != Breach.OVERLOAD:
        yield from _taps(scene, target, tree)
    yield from _transfers(scene, target, tree, operable)
    yield from _plants(scene, target, tree)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Nodes below their sources: over live branches and closed switches, each edge known by what it is."""

    parent: np.ndarray  # per node, the node above; -1 at a source, -9999 where nothing leads
    order: np.ndarray

    @classmethod
    def of(cls, scene: Scene) -> "_Tree":
        network, topology = scene.place.network.network, scene.before.studied.point.topology
        count = network.n_nodes
        closed = np.flatnonzero(topology.switch_closed)
        near = [network.lines.from_node, network.transformers.high_node, network.switches.from_node[closed]]
        far = [network.lines.to_node, network.transformers.low_node, network.switches.to_node[closed]]
        above = np.full(len(network.source_node), count, np.int64)  # one node over all sources
        rows, columns = np.concatenate([*near, above]), np.concatenate([*far, network.source_node])
        links = csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count + 1, count + 1))
        order, parent = breadth_first_order(links, count, directed=False)
        return cls(parent, order)

    def way_up(self, node: int) -> list[int]:
        """From a node to its source; empty where nothing leads to one."""
        top, found = len(self.parent) - 1, [node]
        while found[-1] != top:
            above = int(self.parent[found[-1]])
            if above < 0:
                return []
            found.append(above)
        return found[:-1]

    def loop(self, one: int, other: int) -> list[tuple[int, int]]:
        """Edges, as pairs of nodes, of the ring that a link between two nodes would close."""
        first, second = self.way_up(one), self.way_up(other)
        if not first or not second:
            return []
        shared = set(first) & set(second)
        return [pair for way in (first, second) for pair in pairwise(way) if pair[0] not in shared]


def _taps(scene: Scene, target: Target, tree: _Tree) -> Iterator[Candidate]:
    """Of the transformers on the way to the trouble that can move under load."""
    network = scene.place.network
    units, above = network.network.transformers, {node for start in target.nodes for node in tree.way_up(start)}
    for unit in np.flatnonzero(network.is_regulating & (units.tap_max > units.tap_min)).tolist():
        if int(units.low_node[unit]) not in above:
            continue
        stands = int(scene.base.tap_position[unit])
        for by in [*range(-TAP_REACH, 0), *range(1, TAP_REACH + 1)]:
            if units.tap_min[unit] <= stands + by <= units.tap_max[unit]:
                step = Wanted(network.transformers.mrid[unit], StepQuantity.TAP_POSITION, float(stands + by))
                yield Candidate(RemedyKind.TAP, (step,), _TAP_S * abs(by))


def _transfers(scene: Scene, target: Target, tree: _Tree, operable: frozenset[str]) -> Iterator[Candidate]:
    """Close an open switch whose ring passes the trouble, then open another of the ring: radial before and after."""
    found = 0
    for tie, ring in _rings(scene, target, tree, operable):
        for switch in _switches_of(scene, ring, operable):
            steps = (_position(scene, tie, closed=True), _position(scene, switch, closed=False))
            yield Candidate(RemedyKind.TRANSFER, steps, 2 * _STEP_S)
            found += 1
            if found >= MOST_TRANSFERS:
                return


def _rings(
    scene: Scene, target: Target, tree: _Tree, operable: frozenset[str]
) -> list[tuple[int, list[tuple[int, int]]]]:
    """Shortest first: what is transferred over a short ring is near."""
    network, near = scene.place.network, _near(target, tree)
    switches, topology = network.network.switches, scene.before.studied.point.topology
    found = []
    for tie in np.flatnonzero(~topology.switch_closed).tolist():
        if network.switches.mrid[tie] not in operable:
            continue
        ring = tree.loop(int(switches.from_node[tie]), int(switches.to_node[tie]))
        if any(node in near for pair in ring for node in pair):
            found.append((tie, ring))
    return sorted(found, key=lambda one: len(one[1]))


def _near(target: Target, tree: _Tree) -> set[int]:
    """The trouble's nodes and what is above them."""
    return {node for start in target.nodes for node in tree.way_up(start)}


def _switches_of(scene: Scene, ring: list[tuple[int, int]], operable: frozenset[str]) -> list[int]:
    network = scene.place.network
    switches, closed = network.network.switches, scene.before.studied.point.topology.switch_closed
    edges = {frozenset(pair) for pair in ring}
    ends = zip(switches.from_node.tolist(), switches.to_node.tolist(), strict=True)
    return [
        at
        for at, pair in enumerate(ends)
        if closed[at] and frozenset(pair) in edges and network.switches.mrid[at] in operable
    ]


def _position(scene: Scene, switch: int, *, closed: bool) -> Wanted:
    return Wanted(scene.place.network.switches.mrid[switch], StepQuantity.SWITCH_STATE, float(closed))


def nearest_plants(scene: Scene, target: Target, tree: _Tree | None = None) -> list[int]:
    """Plants and batteries that share their way to the source with the trouble, the nearest and greatest first."""
    network, tree = scene.place.network, tree or _Tree.of(scene)
    above, sizes = _near(target, tree), network.injection.rated_s_kva
    at = np.flatnonzero(np.isin(network.injection.kind, (GENERATOR, BATTERY)) & (sizes > 0))
    shared = {int(n): _shared(int(network.network.injection_node[n]), above, tree) for n in at.tolist()}
    return sorted((n for n in shared if shared[n]), key=lambda n: (-shared[n], -sizes[n]))


def _plants(scene: Scene, target: Target, tree: _Tree) -> Iterator[Candidate]:
    for one in nearest_plants(scene, target, tree)[:MOST_PLANTS]:
        if int(scene.place.network.injection.kind[one]) == BATTERY:
            yield from _battery(scene, one)
        else:
            yield from _curtailed(scene, one)


def _shared(node: int, above: set[int], tree: _Tree) -> int:
    """How many nodes the way of a plant has in common with the trouble's."""
    return sum(one in above for one in tree.way_up(node))


def _curtailed(scene: Scene, at: int) -> Iterator[Candidate]:
    feeds = float(scene.base.injection_p_kw[at])
    if feeds < LEAST_KW:
        return
    for share in PLANT_SHARES:
        step = _power(scene, at, -share * feeds)
        less_kwh = (1 - share) * feeds * HELD_H
        cost, emissions = EUR_PER_KWH * less_kwh, KG_PER_KWH * less_kwh
        yield Candidate(RemedyKind.CURTAIL, (step,), _SET_S, cost, emissions, (1 - share) * feeds)


def _battery(scene: Scene, at: int) -> Iterator[Candidate]:
    rated, now = float(scene.place.network.injection.rated_s_kva[at]), -float(scene.base.injection_p_kw[at])
    for share in BATTERY_SHARES:
        for sign in (-1.0, 1.0):
            value = sign * share * rated
            if abs(value - now) >= LEAST_KW:
                cost = BATTERY_EUR_PER_KWH * abs(value) * HELD_H
                step = _power(scene, at, value)
                yield Candidate(RemedyKind.STORAGE, (step,), _SET_S, cost, 0.0, abs(value - now))


def _power(scene: Scene, at: int, value: float) -> Wanted:
    return Wanted(scene.place.network.injections.mrid[at], StepQuantity.ACTIVE_POWER, value)
