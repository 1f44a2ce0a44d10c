"""The devices of a chain along a polyline, and the wires between them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import hypot

from gridops.engine.network.diagram import Chain, Drawing, Element, Graph, Point, Symbol, Wire

FROM_NODE = 26.0  # pixels from a node to the first device
STEP = 22.0  # from device to device
HALF = {Element.SWITCH: 7.0, Element.TRANSFORMER: 13.0}
NAME = {Element.SWITCH: "switch", Element.TRANSFORMER: "transformer"}


class Way:
    """A polyline by its length: what is at, and between, distances from its beginning."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(self.points)]
        self.marks = (0.0, *accumulate(steps))

    @property
    def length(self) -> float:
        return self.marks[-1]

    def at(self, distance: float) -> Point:
        run = min(max(bisect_right(self.marks, distance) - 1, 0), len(self.points) - 2)
        (x0, y0), (x1, y1) = self.points[run], self.points[run + 1]
        part = (distance - self.marks[run]) / ((self.marks[run + 1] - self.marks[run]) or 1.0)
        return x0 + (x1 - x0) * part, y0 + (y1 - y0) * part

    def between(self, begin: float, end: float) -> tuple[Point, ...]:
        corners = [p for p, mark in zip(self.points, self.marks, strict=True) if begin < mark < end]
        return (self.at(begin), *corners, self.at(end))

    def is_upright(self, distance: float) -> bool:
        (_, y0), (_, y1) = self.at(distance - 0.01), self.at(distance + 0.01)
        return abs(y1 - y0) > 0.01


@dataclass(frozen=True, slots=True)
class Layer:
    """Draws chains of one graph at one scale."""

    drawing: Drawing
    graph: Graph
    scale: float = 1.0

    def lay(self, chain: Chain, way: Way, spots: Sequence[float | None], shared: float = 0.0) -> None:
        """Draw a chain along a way. spots: per element, the distance at which a device stands; None for lines.

        shared: so much of the way belongs to the node it begins at, since other ways go over it too.
        """
        nodes = (chain.start, *chain.nodes, chain.end)
        at = shared if spots[0] is None else 0.0
        self._join(way, (0.0, at), nodes[0])
        for place, (element, spot) in enumerate(zip(chain.elements, spots, strict=True)):
            kind, index = Element(self.graph.kind[element]), int(self.graph.index[element])
            if spot is None:
                after = self._line_end(chain, spots, place, way.length)
                forward = bool(self.graph.one[element] == nodes[place])
                wire = Wire(way.between(at, after), line=index, is_forward=forward, scale=self.scale)
                self.drawing.wires.append(wire)
                at = after
                continue
            half = HALF[kind] * self.scale
            self._join(way, (at, spot - half), nodes[place])
            ends = (way.at(spot - half), way.at(spot + half))
            device = Symbol(NAME[kind], index, *way.at(spot), ends, self.scale, way.is_upright(spot))
            self.drawing.symbols.append(device)
            at = spot + half
        self._join(way, (at, way.length), nodes[-1])

    def _line_end(self, chain: Chain, spots: Sequence[float | None], place: int, length: float) -> float:
        """A line goes to the next device; lines in series share the way."""
        after = place + 1
        if after == len(spots):
            return length
        spot = spots[after]
        if spot is None:
            return length * after / len(spots)
        return spot - HALF[Element(self.graph.kind[chain.elements[after]])] * self.scale

    def _join(self, way: Way, span: tuple[float, float], node: int) -> None:
        if span[1] - span[0] > 1e-9:
            self.drawing.wires.append(Wire(way.between(*span), node=node, scale=self.scale))


def spots_along(graph: Graph, chain: Chain, way: Way, scale: float) -> list[float | None]:
    """What is before the line stands at the way's beginning, what is after it at its end, all else in its last run.

    A way that begins upright shares that part with others, so that nothing stands on it.
    """
    kinds = [Element(kind) for kind in graph.kind[list(chain.elements)].tolist()]
    last_run = way.marks[-2]
    first_run = last_run if way.is_upright(0.02) else 0.0
    pivot = next((n for kind in (Element.LINE, Element.TRANSFORMER) for n, k in enumerate(kinds) if k == kind), None)
    if pivot is None:
        room = (way.length - last_run) / (len(kinds) + 1)
        return [last_run + room * (n + 1) for n in range(len(kinds))]
    before = [first_run + scale * (FROM_NODE + STEP * n) for n in range(pivot)]
    after = [way.length - scale * (FROM_NODE + STEP * n) for n in range(len(kinds) - pivot - 1)][::-1]
    middle = None if kinds[pivot] == Element.LINE else (last_run + way.length) / 2
    found = [*before, middle, *after]
    return [None if kind == Element.LINE else spot for kind, spot in zip(kinds, found, strict=True)]
