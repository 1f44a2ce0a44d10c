"""A feeder drawn as a tree from where it is fed in the normal switch positions."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gridops.engine.network.diagram import Chain, Drawing, Graph, Point, Symbol, Wire, chains
from gridops.engine.network.diagram_tree import LEVEL, Placed, Tree, place
from gridops.engine.network.diagram_way import Layer, Way, spots_along
from gridops.engine.network.model import BoolArray, FloatArray

UNIT_X = 56.0  # pixels of a unit of the grid
UNIT_Y = 44.0
UNITS = 3  # of a node at the feeder's own voltage; one below it
NODES_IN_LINE = 10
LOWER = 0.9  # of the feeder's voltage: what is below is drawn at a third of the size, on sheets of its own
SHEET_UNITS = 21
ICON = 18.0  # pixels from one symbol on a node to the next
STUB = 16.0  # their distance from the node


@dataclass(frozen=True)
class FeederPlan:
    """What belongs to a feeder. Arrays are per node of the network."""

    graph: Graph
    is_bus: BoolArray  # is drawn as a node; other nodes only join two elements
    is_member: BoolArray
    feeds: BoolArray  # may feed a feeder: nodes of substations
    nominal_kv: FloatArray
    own_kv: float
    equipment: Sequence[tuple[int, int]] = ()  # (number, node) of what hangs on nodes, in the order it is drawn

    @cached_property
    def ways(self) -> Sequence[Chain]:
        members = np.flatnonzero(self.is_member & self.is_bus).astype(np.int32)
        return list(chains(self.graph, self.is_bus, members))

    @cached_property
    def ways_at(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, way in enumerate(self.ways):
            for node in dict.fromkeys((way.start, way.end)):
                found.setdefault(node, []).append(number)
        return found

    @cached_property
    def equipment_at(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, node in self.equipment:
            if self.is_member[node]:
                found.setdefault(node, []).append(number)
        return found

    def way_from(self, node: int, number: int) -> Chain:
        way = self.ways[number]
        return way if way.start == node else way.reversed()

    def is_lower(self, node: int) -> bool:
        return bool(self.nominal_kv[node] < LOWER * self.own_kv)

    def units(self, node: int) -> int:
        return 1 if self.is_lower(node) else UNITS


@dataclass(frozen=True, slots=True)
class _Vertex:
    node: int
    chain: Chain | None  # from the parent to here
    is_leaf: bool = False  # a stub: the node is drawn elsewhere, in this diagram or another


class _Sheet:
    """One tree: vertices and children, the root first."""

    def __init__(self, root: int, *, is_reference: bool) -> None:
        self.vertices = [_Vertex(root, None)]
        self.children: list[list[int]] = [[]]
        self.is_reference = is_reference  # the root is drawn on another sheet already

    def add(self, parent: int, vertex: _Vertex) -> int:
        self.vertices.append(vertex)
        self.children.append([])
        self.children[parent].append(len(self.vertices) - 1)
        return len(self.vertices) - 1


def draw_feeder(plan: FeederPlan) -> Drawing:
    """Every element that touches the feeder, once; no two of its wires cross, whatever is meshed.

    Where a way closes a loop or leads to a neighbour, it is drawn as a stub with the node it leads to. Networks of
    lower voltage stand below, each on a sheet that begins with the node that feeds it, and so does what is not fed in
    the normal positions.
    """
    drawing = Drawing()
    lower = [sheet for sheet in _sheets(plan) if not _put(drawing, plan, sheet)]
    _shelve(drawing, plan, lower)
    return drawing


def _put(drawing: Drawing, plan: FeederPlan, sheet: _Sheet) -> bool:
    """Sheets of the feeder's own voltage stand one below the other."""
    if sheet.is_reference:
        return False
    top = drawing.bounds()[3] + UNITS * UNIT_Y * LEVEL if drawing.symbols else 0.0
    _Paper(drawing, plan, sheet, NODES_IN_LINE * UNITS).draw(0.0, top)
    return True


def _shelve(drawing: Drawing, plan: FeederPlan, sheets: Sequence[_Sheet]) -> None:
    """Sheets of lower voltage side by side, in lines as wide as what is above."""
    _, _, width, top = drawing.bounds()
    width = max(width, NODES_IN_LINE * UNITS * UNIT_X)
    left, top = 0.0, top + UNITS * UNIT_Y
    bottom = top
    for sheet in sheets:
        paper = _Paper(drawing, plan, sheet, SHEET_UNITS)
        if left and left + paper.width > width:
            left, top = 0.0, bottom + UNIT_Y
        paper.draw(left, top)
        left, bottom = left + paper.width + 2 * UNIT_X, max(bottom, top + paper.height)


def _sheets(plan: FeederPlan) -> Iterator[_Sheet]:
    """Trees until all that touches the feeder is drawn: from what feeds it, then from nodes that are not reached."""
    seen: set[int] = set()
    used: set[int] = set()
    members = np.flatnonzero(plan.is_member & plan.is_bus)
    heads = {way.end for way in plan.ways if way.is_closed and not plan.is_member[way.end] and plan.feeds[way.end]}
    for root in [*sorted(heads), *members[np.argsort(-plan.nominal_kv[members], kind="stable")].tolist()]:
        begun = root in heads and any(n not in used and plan.ways[n].is_closed for n in plan.ways_at[root])
        if not begun and (root in seen or not plan.is_member[root]):
            continue
        waiting = deque([(root, False)])
        while waiting:
            node, is_reference = waiting.popleft()
            sheet = _Sheet(node, is_reference=is_reference)
            waiting.extend((below, True) for below in _grow(plan, sheet, seen, used))
            if not is_reference or len(sheet.vertices) > 1:
                yield sheet


def _grow(plan: FeederPlan, sheet: _Sheet, seen: set[int], used: set[int]) -> list[int]:
    """Outward from the root, nearest first, then the stubs. Returns nodes that feed a lower voltage."""
    below: list[int] = []
    seen.add(sheet.vertices[0].node)
    waiting = deque([0])
    reached: list[int] = []
    while waiting:
        parent = waiting.popleft()
        reached.append(parent)
        node = sheet.vertices[parent].node
        for number in plan.ways_at.get(node, ()):
            way = plan.way_from(node, number)
            if number in used or way.end in seen or not (way.is_closed and plan.is_member[way.end]):
                continue
            if plan.is_lower(way.end) and not plan.is_lower(node) and not sheet.is_reference:
                below.append(node)
                continue
            used.add(number)
            seen.add(way.end)
            waiting.append(sheet.add(parent, _Vertex(way.end, way)))
    for parent in reached:
        _add_stubs(plan, sheet, parent, seen, used)
    return list(dict.fromkeys(below))


def _add_stubs(plan: FeederPlan, sheet: _Sheet, parent: int, seen: set[int], used: set[int]) -> None:
    node = sheet.vertices[parent].node
    if not plan.is_member[node] or (sheet.is_reference and not parent):
        return
    for number in plan.ways_at.get(node, ()):
        way = plan.way_from(node, number)
        is_below = way.is_closed and plan.is_lower(way.end) and not plan.is_lower(node) and plan.is_member[way.end]
        if number in used or (is_below and way.end not in seen) or not _is_better_end(plan, way, seen):
            continue
        used.add(number)
        sheet.add(parent, _Vertex(way.end, way, is_leaf=True))


def _is_better_end(plan: FeederPlan, way: Chain, seen: set[int]) -> bool:
    """A stub hangs where it is energised from, if both its ends are here: where its first element is closed."""
    if way.end == way.start or not plan.is_member[way.end]:
        return True
    closed_here, closed_there = bool(plan.graph.closed[way.elements[0]]), bool(plan.graph.closed[way.elements[-1]])
    return closed_here or not closed_there or way.start not in seen


class _Paper:
    """A sheet with its places."""

    def __init__(self, drawing: Drawing, plan: FeederPlan, sheet: _Sheet, width: int) -> None:
        self.drawing, self.plan, self.sheet = drawing, plan, sheet
        self.size = [plan.units(vertex.node) for vertex in sheet.vertices]
        if sheet.is_reference:
            self.size[0] = 1
        self.at = place(Tree(sheet.children, self.size), width)
        self.at[0] = Placed(0, LEVEL * self.size[0], ())
        self.left = self.top = 0.0
        self.width = max(spot.column for spot in self.at.values()) * UNIT_X
        self.height = (max(spot.level for spot in self.at.values()) + 1) * UNIT_Y

    def draw(self, left: float, top: float) -> None:
        least = min(spot.column for spot in self.at.values()) * UNIT_X
        self.left, self.top = left - min(0.0, least), top
        for number, vertex in enumerate(self.sheet.vertices):
            placed, scale = self.at[number], self.size[number] / UNITS
            x, y = self._spot((placed.column, placed.level))
            if vertex.chain is not None:
                way = Way([self._spot(spot) for spot in placed.path])
                spots = spots_along(self.plan.graph, vertex.chain, way, scale)
                Layer(self.drawing, self.plan.graph, scale).lay(
                    vertex.chain, way, spots, way.marks[1] if way.is_upright(0.02) else 0.0
                )
            self._end(number, vertex, x, y, scale)

    def _spot(self, spot: Point) -> Point:
        return self.left + spot[0] * UNIT_X, self.top + spot[1] * UNIT_Y

    def _end(self, number: int, vertex: _Vertex, x: float, y: float, scale: float) -> None:
        if vertex.is_leaf and vertex.chain is not None:
            kind = "neighbour" if self.plan.is_bus[vertex.node] else "end"
            self.drawing.symbols.append(Symbol(kind, vertex.node, x, y, ((x, y),), scale, beside=vertex.chain.start))
        elif self.sheet.is_reference and not number:
            self.drawing.symbols.append(Symbol("reference", vertex.node, x, y, ((x, y),), scale, beside=vertex.node))
        else:
            self.drawing.symbols.append(Symbol("node", vertex.node, x, y, ((x, y),), scale))
            self._equipment(vertex.node, x, y, scale)

    def _equipment(self, node: int, x: float, y: float, scale: float) -> None:
        """What hangs on a node stands above it, side by side."""
        hung = self.plan.equipment_at.get(node, ())
        if not hung:
            return
        bar = y - STUB * scale
        xs = [x + (i - (len(hung) - 1) / 2) * ICON * scale for i in range(len(hung))]
        self.drawing.wires.append(Wire(((x, y), (x, bar)), node, scale=scale))
        if len(xs) > 1:
            self.drawing.wires.append(Wire(((xs[0], bar), (xs[-1], bar)), node, scale=scale))
        for number, at in zip(hung, xs, strict=True):
            middle = bar - 8 * scale
            ends = ((at, bar),)
            self.drawing.symbols.append(Symbol("equipment", number, at, middle, ends, scale, True, node))
