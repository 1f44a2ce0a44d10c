"""One-line diagrams: what is drawn, apart from where. Layouts are in `diagram_station.py` and `diagram_feeder.py`.

A diagram is drawn from the model and its normal switch positions, never from live ones, so that it stays the same while
the network is switched. Elements have one number each: switches first, then lines, then transformers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np

from gridops.engine.network.model import BoolArray, IntArray, Network

NOWHERE = -1
Point = tuple[float, float]


class Element(IntEnum):
    SWITCH = 0
    LINE = 1
    TRANSFORMER = 2


@dataclass(frozen=True)
class Graph:
    """Nodes and the two-ended elements between them, by number."""

    n_nodes: int
    one: IntArray  # node at one end of each element; the high side of a transformer
    other: IntArray
    kind: IntArray  # an Element
    index: IntArray  # position within its class
    closed: BoolArray  # normal position; True for lines and transformers

    @cached_property
    def elements_at(self) -> Sequence[Sequence[int]]:
        """Elements of each node, in the order of their numbers."""
        found: list[list[int]] = [[] for _ in range(self.n_nodes)]
        for element, (a, b) in enumerate(zip(self.one.tolist(), self.other.tolist(), strict=True)):
            found[a].append(element)
            found[b].append(element)
        return found

    @cached_property
    def degree(self) -> IntArray:
        return np.array([len(elements) for elements in self.elements_at], np.int32)

    def beyond(self, element: int, node: int) -> int:
        """The node at the other end."""
        return int(self.one[element] + self.other[element] - node)


@dataclass(frozen=True, slots=True)
class Chain:
    """Elements in series from one stop to the next; `nodes` are between them, one fewer than the elements."""

    start: int
    end: int
    elements: tuple[int, ...]
    nodes: tuple[int, ...]
    is_closed: bool  # in the normal positions

    def reversed(self) -> "Chain":
        """The same from its end."""
        return Chain(self.end, self.start, self.elements[::-1], self.nodes[::-1], self.is_closed)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One device. `ends` are where wires touch it: one for what hangs on a node, two for what joins two."""

    # 'switch', 'transformer', 'equipment'; 'node'; 'neighbour' (drawn elsewhere), 'reference' (here, but on another
    # sheet), 'end' (leads nowhere)
    kind: str
    index: int  # position within its class; else of the node
    x: float
    y: float
    ends: tuple[Point, ...]
    scale: float = 1.0
    is_vertical: bool = False
    beside: int = NOWHERE  # the node that a neighbour or an end hangs on


@dataclass(frozen=True, slots=True)
class Wire:
    """A polyline that has the potential of `node`, or is the line `line`; one of the two is NOWHERE."""

    points: tuple[Point, ...]
    node: int = NOWHERE
    line: int = NOWHERE
    is_forward: bool = True  # a line's points run from its one end to its other
    is_bar: bool = False
    scale: float = 1.0


@dataclass(slots=True)
class Drawing:
    """Coordinates in pixels, y downward."""

    symbols: list[Symbol] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    joints: list[tuple[float, float, int]] = field(default_factory=list)  # where a wire meets a bar, and the bar's node

    def bounds(self) -> tuple[float, float, float, float]:
        """Least x, least y, greatest x, greatest y; zeros for an empty drawing."""
        points = [(s.x, s.y) for s in self.symbols] + [point for wire in self.wires for point in wire.points]
        if not points:
            return 0.0, 0.0, 0.0, 0.0
        xs, ys = zip(*points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def graph_of(network: Network, normal_closed: BoolArray) -> Graph:
    """The elements of a network, numbered: switches, lines, transformers.

    normal_closed: one per switch. Raises ValueError if their numbers differ.
    """
    switches, lines, transformers = network.switches, network.lines, network.transformers
    closed = np.asarray(normal_closed, np.bool_)
    if len(closed) != len(switches.from_node):
        raise ValueError(f"{len(closed)} normal positions given for {len(switches.from_node)} switches.")
    sizes = [len(switches.from_node), len(lines.from_node), len(transformers.high_node)]
    return Graph(
        n_nodes=network.n_nodes,
        one=np.concatenate([switches.from_node, lines.from_node, transformers.high_node]),
        other=np.concatenate([switches.to_node, lines.to_node, transformers.low_node]),
        kind=np.repeat([Element.SWITCH, Element.LINE, Element.TRANSFORMER], sizes).astype(np.int32),
        index=np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
        closed=np.concatenate([closed, np.ones(sizes[1] + sizes[2], np.bool_)]),
    )


def chains(graph: Graph, stop: BoolArray, begin: IntArray) -> Iterator[Chain]:
    """Each chain between stops that touches one of `begin`, once, from the first of them that it touches.

    stop: per node, True where a chain ends; nodes with another degree than two end it too. begin: nodes that are stops.
    """
    ends_here = stop | (graph.degree != 2)
    used = np.zeros(len(graph.one), np.bool_)
    for start in begin.tolist():
        for first in graph.elements_at[start]:
            if not used[first]:
                chain = _walk(graph, ends_here, start, first)
                used[list(chain.elements)] = True
                yield chain


def _walk(graph: Graph, ends_here: BoolArray, start: int, first: int) -> Chain:
    elements, nodes = [first], []
    node = graph.beyond(first, start)
    while not ends_here[node]:
        nodes.append(node)
        one, other = graph.elements_at[node]
        elements.append(other if one == elements[-1] else one)
        node = graph.beyond(elements[-1], node)
    return Chain(start, node, tuple(elements), tuple(nodes), bool(graph.closed[elements].all()))
