"""Parts of a network that can stand alone: `+microgrids` after a source gives up to two of its parts what they lack.

Such a part is what hangs behind one breaker at the end of a feeder and holds a battery with a backup generator beside
it. By the generator's name the field, and whoever describes the field's microgrids, find the same parts.
"""

import math
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.cases.case import Generator, GeneratorKind, NetworkCase, Storage, Switch, SwitchKind
from gridops.cases.mrid import mrid

MOST_PARTS = 2
FEWEST_LOADS = 3  # so that each priority has one
LARGEST_LOAD = 1.5  # of the part, at profile factor 1, over the rating of its battery
SMALLEST_KWH = 150.0
GENERATOR_NAME = "{} backup generator"
RATED_STEP_KW = 50.0
# What its owner says of such a generator.
TANK_H, LEAST_SHARE = 24.0, 0.3


@dataclass(frozen=True, slots=True)
class Part:
    """mRIDs; `nodes` are those inside the coupling switch."""

    coupling: str
    forming: str
    generator: str
    nodes: frozenset[str]
    loads: tuple[str, ...]
    inner_node: str  # of the coupling switch
    outer_node: str
    feeding: tuple[str, ...]  # switches on the way to the source, the nearest first


def with_microgrids(case: NetworkCase) -> NetworkCase:
    """The largest batteries that fit get a breaker as coupling, and a generator. Without one that fits: as it was."""
    tree = _Tree(case)
    found: list[tuple[Storage, _Head]] = []
    for storage in sorted(case.storages, key=lambda one: (-one.capacity_kwh, one.name)):
        head = tree.head_of(storage.node, tuple(SwitchKind)) if storage.capacity_kwh >= SMALLEST_KWH else None
        if head is None or len(found) == MOST_PARTS or tree.load_kw(head.nodes) > LARGEST_LOAD * storage.rated_s_kva:
            continue
        if all(not head.nodes & other.nodes for _, other in found):
            found.append((storage, head))
    coupling = {head.switch.mrid for _, head in found}
    return replace(
        case,
        switches=tuple(replace(one, kind=SwitchKind.BREAKER) if one.mrid in coupling else one for one in case.switches),
        generators=(*case.generators, *(_generator(case, storage, head) for storage, head in found)),
    )


def parts_of(case: NetworkCase) -> list[Part]:
    """In the order of their generators."""
    backups = {(one.node, one.name): one for one in case.generators if one.kind is GeneratorKind.THERMAL}
    pairs = [(one, backups.get((one.node, GENERATOR_NAME.format(one.name)))) for one in case.storages]
    if not any(generator for _, generator in pairs):
        return []
    tree = _Tree(case)
    order = {one.mrid: number for number, one in enumerate(case.generators)}
    parts = []
    for storage, generator in pairs:
        head = tree.head_of(storage.node, (SwitchKind.BREAKER,)) if generator else None
        if generator is not None and head is not None:
            parts.append(_part(case, tree, storage, generator, head))
    return sorted(parts, key=lambda one: order[one.generator])


def tank_kwh(rated_kw: float) -> float:
    return TANK_H * rated_kw


@dataclass(frozen=True, slots=True)
class _Head:
    switch: Switch
    nodes: frozenset[str]
    outer_node: str


class _Tree:
    """From the sources outwards, over what is closed as a rule."""

    def __init__(self, case: NetworkCase) -> None:
        self._above: dict[str, tuple[str, Switch | None]] = {}
        self._below: dict[str, list[str]] = {}
        self._loads: dict[str, list[float]] = {}
        self._stations = {one.mrid for one in case.nodes if one.substation}
        for load in case.loads:
            self._loads.setdefault(load.node, []).append(load.p_kw)
        self._grow(case)

    def head_of(self, node: str, kinds: Collection[SwitchKind]) -> _Head | None:
        """The nearest switch of these kinds above the node behind which there are loads enough; none in a station."""
        while node in self._above and node not in self._stations:
            above, switch = self._above[node]
            if switch is not None and switch.kind in kinds:
                nodes = self._behind(node)
                if sum(len(self._loads.get(one, ())) for one in nodes) >= FEWEST_LOADS:
                    return _Head(switch, nodes, above)
            node = above
        return None

    def switches_above(self, node: str) -> list[Switch]:
        found = []
        while node in self._above:
            node, switch = self._above[node]
            if switch is not None:
                found.append(switch)
        return found

    def load_kw(self, nodes: Collection[str]) -> float:
        return sum(sum(self._loads.get(one, ())) for one in nodes)

    def _behind(self, node: str) -> frozenset[str]:
        found, rest = [], [node]
        while rest:
            found.append(rest.pop())
            rest += self._below.get(found[-1], [])
        return frozenset(found)

    def _grow(self, case: NetworkCase) -> None:
        joined = _joined(case)
        rest = deque(source.node for source in case.sources)
        seen = set(rest)
        while rest:
            node = rest.popleft()
            for other, switch in joined.get(node, ()):
                if other not in seen:
                    seen.add(other)
                    self._above[other] = (node, switch)
                    self._below.setdefault(node, []).append(other)
                    rest.append(other)


def _joined(case: NetworkCase) -> dict[str, list[tuple[str, Switch | None]]]:
    pairs: list[tuple[str, str, Switch | None]] = [(one.from_node, one.to_node, None) for one in case.lines]
    pairs += [(one.high_node, one.low_node, None) for one in case.transformers]
    pairs += [(one.from_node, one.to_node, one) for one in case.switches if one.closed]
    found: dict[str, list[tuple[str, Switch | None]]] = {}
    for a, b, switch in pairs:
        found.setdefault(a, []).append((b, switch))
        found.setdefault(b, []).append((a, switch))
    return found


def _part(case: NetworkCase, tree: "_Tree", storage: Storage, generator: Generator, head: _Head) -> Part:
    switch = head.switch
    return Part(
        coupling=switch.mrid,
        forming=storage.mrid,
        generator=generator.mrid,
        nodes=head.nodes,
        loads=tuple(one.mrid for one in case.loads if one.node in head.nodes),
        inner_node=switch.to_node if head.outer_node == switch.from_node else switch.from_node,
        outer_node=head.outer_node,
        feeding=tuple(one.mrid for one in tree.switches_above(head.outer_node)),
    )


def _generator(case: NetworkCase, storage: Storage, head: _Head) -> Generator:
    name = GENERATOR_NAME.format(storage.name)
    rated_kw = max(math.ceil(_peak_kw(case, head.nodes) / RATED_STEP_KW), 1) * RATED_STEP_KW
    own = mrid(case.source, GeneratorKind.THERMAL.value, name)
    return Generator(own, name, storage.node, GeneratorKind.THERMAL, p_kw=0.0, q_kvar=0.0, rated_s_kva=rated_kw)


def _peak_kw(case: NetworkCase, nodes: Collection[str]) -> float:
    """Of the loads together, by their profiles."""
    profile_of = {one.name: one for one in case.profiles}
    loads = [one for one in case.loads if one.node in nodes]
    with_profile = [one for one in loads if one.profile in profile_of]
    courses: Sequence[np.ndarray] = [one.p_kw * profile_of[one.profile].p.astype(float) for one in with_profile]
    shortest = min((len(one) for one in courses), default=0)
    steady = sum(one.p_kw for one in loads if one.profile not in profile_of)
    return steady + (float(np.sum([one[:shortest] for one in courses], axis=0).max()) if shortest else 0.0)
