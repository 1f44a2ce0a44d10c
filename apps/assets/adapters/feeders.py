"""Which feeder each node and line belongs to, in the normal switch positions.

A feeder is what one outgoing line of a medium-voltage station feeds. Stations are the low sides of the transformers
into medium voltage, and the stations that lines join to them; without such a transformer, the stations at the sources.
"""

from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridops.cases.case import NetworkCase

MEDIUM_VOLTAGE_KV = (1.0, 60.0)


@dataclass(frozen=True, slots=True)
class FeederHead:
    name: str
    substation: str
    nominal_kv: float
    line: int  # position of its first line


@dataclass(frozen=True, slots=True)
class Feeders:
    heads: tuple[FeederHead, ...]
    of_node: npt.NDArray[np.int64]  # position in heads, -1 for none
    of_line: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Graph:
    group: npt.NDArray[np.int64]  # of each node, closed switches fused
    substation: dict[int, str]
    line_ends: list[tuple[int, int]]
    transformer_ends: list[tuple[int, int]]


def derive_feeders(case: NetworkCase) -> Feeders:
    """Feeders by tracing outward from the stations, nearest first, so that a closed ring is split in its middle."""
    graph = _graph(case)
    stations = _stations(case, graph)
    heads: list[FeederHead] = []
    of_group: dict[int, int] = {}
    waiting: deque[int] = deque()
    numbers: dict[str, int] = defaultdict(int)
    for line, ends in enumerate(graph.line_ends):
        inside = [end in stations for end in ends]
        if inside[0] == inside[1]:
            continue
        station, first = ends if inside[0] else ends[::-1]
        if first in of_group:
            continue  # a second circuit beside one that is a feeder already
        label = _short(stations[station])
        numbers[label] += 1
        of_group[first] = len(heads)
        name = f"{label} F{numbers[label]:02d}"
        kv = case.nodes[int(np.flatnonzero(graph.group == first)[0])].nominal_kv
        heads.append(FeederHead(name, graph.substation.get(station, ""), kv, line))
        waiting.append(first)
    _spread(graph, stations, of_group, waiting)
    of_line = [_of_line(ends, of_group) for ends in graph.line_ends]
    of_node = [of_group.get(int(group), -1) for group in graph.group]
    return Feeders(tuple(heads), np.array(of_node, dtype=np.int64), np.array(of_line, dtype=np.int64))


def _graph(case: NetworkCase) -> _Graph:
    position = {node.mrid: i for i, node in enumerate(case.nodes)}
    closed = [(position[s.from_node], position[s.to_node]) for s in case.switches if s.closed]
    ends = np.array(closed, dtype=np.int64).reshape(-1, 2)
    n = len(case.nodes)
    joined = coo_matrix((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(n, n))
    group: npt.NDArray[np.int64] = connected_components(joined, directed=False)[1].astype(np.int64)
    substation: dict[int, str] = {}
    for i, node in enumerate(case.nodes):
        if node.substation:
            substation.setdefault(int(group[i]), node.substation)

    def groups(one: str, other: str) -> tuple[int, int]:
        return int(group[position[one]]), int(group[position[other]])

    return _Graph(
        group=group,
        substation=substation,
        line_ends=[groups(line.from_node, line.to_node) for line in case.lines],
        transformer_ends=[groups(t.high_node, t.low_node) for t in case.transformers],
    )


def _stations(case: NetworkCase, graph: _Graph) -> dict[int, str]:
    """Groups that feeders start from, with the name of their station."""
    below, above = MEDIUM_VOLTAGE_KV
    found = {
        ends[1]
        for ends, transformer in zip(graph.transformer_ends, case.transformers, strict=True)
        if below < transformer.low_kv < above < transformer.high_kv
    }
    found = found or _at_sources(case, graph)
    found |= _joined_stations(graph, found)
    first_name: dict[int, str] = {}
    for node, group in zip(case.nodes, graph.group.tolist(), strict=True):
        if group in found:
            first_name.setdefault(group, node.name)
    return {group: graph.substation.get(group) or first_name[group] for group in found}


def _at_sources(case: NetworkCase, graph: _Graph) -> set[int]:
    """The sources' groups, or what lies below their transformers where no line leaves them."""
    position = {node.mrid: i for i, node in enumerate(case.nodes)}
    found = {int(graph.group[position[source.node]]) for source in case.sources}
    with_lines = {end for ends in graph.line_ends for end in ends}
    for _ in case.transformers:
        if found & with_lines:
            break
        found = {low for high, low in graph.transformer_ends if high in found} or found
    return found


def _joined_stations(graph: _Graph, found: set[int]) -> set[int]:
    named = set(graph.substation)
    more: set[int] = set()
    for one, other in graph.line_ends:
        if one in found and other in named:
            more.add(other)
        elif other in found and one in named:
            more.add(one)
    return more


def _spread(graph: _Graph, stations: dict[int, str], of_group: dict[int, int], waiting: deque[int]) -> None:
    beyond: dict[int, list[int]] = defaultdict(list)
    for one, other in graph.line_ends:
        beyond[one].append(other)
        beyond[other].append(one)
    for high, low in graph.transformer_ends:
        beyond[high].append(low)
    while waiting:
        group = waiting.popleft()
        for other in beyond[group]:
            if other not in of_group and other not in stations:
                of_group[other] = of_group[group]
                waiting.append(other)


def _of_line(ends: tuple[int, int], of_group: dict[int, int]) -> int:
    return next((of_group[end] for end in ends if end in of_group), -1)


def _short(station: str) -> str:
    for ending in ("_Substation", "_Base_Station", " Substation"):
        station = station.removesuffix(ending)
    return station
