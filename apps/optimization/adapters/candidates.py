"""Everything that one device near a trouble could do, as steps: taken as they come, judged by power flow elsewhere.

Signs: set-points are positive from the node into the equipment; a plant that feeds in has a negative one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import BATTERY, GENERATOR, AssembledNetwork
from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.choices.proposal import Breach, StepQuantity
from apps.optimization.adapters.rates import Rates
from apps.optimization.adapters.tree import Tree
from apps.optimization.choices import RemedyKind
from gridops.engine.network.model import IntArray
from gridops.engine.optimization.voltage.problem import ganged

TAP_REACH = 3
PLANT_SHARES = (0.75, 0.5, 0.0)  # of what it feeds in now
BATTERY_SHARES = (0.5, 1.0)  # of its rating
LEAST_KW = 1.0
MOST_PLANTS = 12
MOST_TRANSFERS = 160
_STEP_S, _TAP_S, _SET_S = 20.0, 10.0, 15.0
HELD_H = 1.0  # a set-point counts for so long


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


def candidates(
    scene: Scene,
    target: Target,
    *,
    operable: frozenset[str],
    may: Callable[[str, StepQuantity], bool],
    rates: Rates,
) -> Iterator[Candidate]:
    """operable: mRIDs of switches that can be operated under load. may: whether a device takes such a step."""
    if not target.nodes:
        return
    tree = _tree(scene)
    if target.breach != Breach.OVERLOAD:
        yield from (one for one in _taps(scene, target, tree) if _allowed(one, may))
    yield from _transfers(scene, target, tree, operable)
    yield from _plants(scene, target, tree, may, rates)


def _allowed(candidate: Candidate, may: Callable[[str, StepQuantity], bool]) -> bool:
    return all(may(step.device_mrid, step.quantity) for step in candidate.steps)


def _taps(scene: Scene, target: Target, tree: Tree) -> Iterator[Candidate]:
    """Of the transformers on the way to the trouble that can move under load; those in parallel move together."""
    network, topology = scene.place.network, scene.before.studied.point.topology
    units, above = network.network.transformers, tree.above(target.nodes)
    can = np.flatnonzero(network.is_regulating & (units.tap_max > units.tap_min)).astype(np.int32)
    control = ganged(topology, network.network, can)
    for one in np.unique(control[np.isin(units.low_node[can], list(above))]).tolist():
        gang = can[control == one]
        for by in [*range(-TAP_REACH, 0), *range(1, TAP_REACH + 1)]:
            to = scene.base.tap_position[gang] + by
            if ((units.tap_min[gang] <= to) & (to <= units.tap_max[gang])).all():
                yield Candidate(RemedyKind.TAP, _tapped(network, gang, to), _TAP_S * abs(by) * len(gang))


def _tapped(network: AssembledNetwork, units: IntArray, to: IntArray) -> tuple[Wanted, ...]:
    mrids = network.transformers.mrid
    return tuple(
        Wanted(mrids[unit], StepQuantity.TAP_POSITION, float(position))
        for unit, position in zip(units.tolist(), to.tolist(), strict=True)
    )


def _transfers(scene: Scene, target: Target, tree: Tree, operable: frozenset[str]) -> Iterator[Candidate]:
    """Close an open switch whose ring passes the trouble, then open another of the ring: radial before and after."""
    found = 0
    for tie, ring in _rings(scene, target, tree, operable):
        for switch in _switches_of(scene, tie, ring, operable):
            steps = (_position(scene, tie, closed=True), _position(scene, switch, closed=False))
            yield Candidate(RemedyKind.TRANSFER, steps, 2 * _STEP_S)
            found += 1
            if found >= MOST_TRANSFERS:
                return


def _rings(
    scene: Scene, target: Target, tree: Tree, operable: frozenset[str]
) -> list[tuple[int, list[tuple[int, int]]]]:
    """Shortest first: what is transferred over a short ring is near."""
    network, near = scene.place.network, tree.above(target.nodes)
    switches, topology = network.network.switches, scene.before.studied.point.topology
    found = []
    for tie in np.flatnonzero(~topology.switch_closed).tolist():
        if network.switches.mrid[tie] not in operable:
            continue
        ring = tree.loop(int(switches.from_node[tie]), int(switches.to_node[tie]))
        if any(node in near for pair in ring for node in pair):
            found.append((tie, ring))
    return sorted(found, key=lambda one: len(one[1]))


def _tree(scene: Scene) -> Tree:
    return Tree.of(scene.place.network.network, scene.before.studied.point.topology.switch_closed)


def _switches_of(scene: Scene, tie: int, ring: list[tuple[int, int]], operable: frozenset[str]) -> list[int]:
    """Of the tie's voltage, and none beside a transformer: what takes a supply out of service is no transfer."""
    network = scene.place.network
    switches, closed = network.network.switches, scene.before.studied.point.topology.switch_closed
    units = network.network.transformers
    beside = set(units.high_node.tolist()) | set(units.low_node.tolist())
    kv = network.network.nominal_kv
    same = kv == kv[switches.from_node[tie]]
    edges = {frozenset(pair) for pair in ring if beside.isdisjoint(pair) and same[list(pair)].all()}
    ends = zip(switches.from_node.tolist(), switches.to_node.tolist(), strict=True)
    return [
        at
        for at, pair in enumerate(ends)
        if closed[at] and frozenset(pair) in edges and network.switches.mrid[at] in operable
    ]


def _position(scene: Scene, switch: int, *, closed: bool) -> Wanted:
    return Wanted(scene.place.network.switches.mrid[switch], StepQuantity.SWITCH_STATE, float(closed))


def nearest_plants(network: AssembledNetwork, nodes: "np.ndarray | tuple[int, ...]", tree: Tree) -> list[int]:
    """Plants and batteries that share their way to the source with these nodes, the nearest and greatest first."""
    above, sizes = tree.above(nodes), network.injection.rated_s_kva
    at = np.flatnonzero(np.isin(network.injection.kind, (GENERATOR, BATTERY)) & (sizes > 0))
    shared = {int(n): _shared(int(network.network.injection_node[n]), above, tree) for n in at.tolist()}
    return sorted((n for n in shared if shared[n]), key=lambda n: (-shared[n], -sizes[n]))


def _plants(
    scene: Scene, target: Target, tree: Tree, may: Callable[[str, StepQuantity], bool], rates: Rates
) -> Iterator[Candidate]:
    mrids = scene.place.network.injections.mrid
    near = nearest_plants(scene.place.network, target.nodes, tree)
    for one in [at for at in near if may(mrids[at], StepQuantity.ACTIVE_POWER)][:MOST_PLANTS]:
        if int(scene.place.network.injection.kind[one]) == BATTERY:
            yield from _battery(scene, one, rates)
        else:
            yield from _curtailed(scene, one, rates)


def _shared(node: int, above: set[int], tree: Tree) -> int:
    """How many nodes the way of a plant has in common with the trouble's."""
    return sum(one in above for one in tree.way_up(node))


def _curtailed(scene: Scene, at: int, rates: Rates) -> Iterator[Candidate]:
    feeds = float(scene.base.injection_p_kw[at])
    if feeds < LEAST_KW:
        return
    for share in PLANT_SHARES:
        step = _power(scene, at, -share * feeds)
        less_kwh = (1 - share) * feeds * HELD_H
        kind = OfferKind.CURTAIL
        cost, emissions = rates.eur_per_kwh[kind] * less_kwh, rates.kg_per_kwh[kind] * less_kwh
        yield Candidate(RemedyKind.CURTAIL, (step,), _SET_S, cost, emissions, (1 - share) * feeds)


def _battery(scene: Scene, at: int, rates: Rates) -> Iterator[Candidate]:
    rated, now = float(scene.place.network.injection.rated_s_kva[at]), -float(scene.base.injection_p_kw[at])
    for share in BATTERY_SHARES:
        for sign in (-1.0, 1.0):
            value = sign * share * rated
            if abs(value - now) >= LEAST_KW:
                cost = rates.eur_per_kwh[OfferKind.BATTERY] * abs(value) * HELD_H
                step = _power(scene, at, value)
                yield Candidate(RemedyKind.STORAGE, (step,), _SET_S, cost, 0.0, abs(value - now))


def _power(scene: Scene, at: int, value: float) -> Wanted:
    return Wanted(scene.place.network.injections.mrid[at], StepQuantity.ACTIVE_POWER, value)
