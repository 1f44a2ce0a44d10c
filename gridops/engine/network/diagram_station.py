"""A substation: bars level, the highest voltage above; what joins or leaves them upright, each in its own column.

So two devices never meet. Which bars share a row and in which order they stand follows from what joins them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gridops.engine.network.diagram import Chain, Drawing, Element, Graph, Point, Symbol, Wire, chains
from gridops.engine.network.diagram_bars import Bars, Link, arrange
from gridops.engine.network.diagram_way import Layer, Way
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

COLUMN = 96.0  # pixels from one bay to the next
STEP = 46.0  # from device to device in a bay
ROW = 76.0  # between rows with nothing between them
BEFORE = 70.0  # of a bar to the left of its first bay: its name stands there
BEYOND = 22.0  # to the right of its last
AWAY = 58.0  # length of a line that leaves, beyond its last device


@dataclass(frozen=True)
class StationPlan:
    """What belongs to a substation. Arrays are per node of the network."""

    graph: Graph
    is_member: BoolArray
    is_busbar: BoolArray
    nominal_kv: FloatArray
    rank: IntArray  # the order of names
    equipment: Sequence[tuple[int, int]] = ()  # (number, node) of what hangs on nodes
    feeding: frozenset[int] = frozenset()  # of the equipment, what is drawn above: the network beyond

    @cached_property
    def hubs(self) -> IntArray:
        """Members that are drawn as bars."""
        hung = np.zeros(len(self.is_member), np.bool_)
        hung[[node for _, node in self.equipment]] = True
        found = self.is_member & (self.is_busbar | hung | (self.graph.degree > 2))
        missed = self._missed(found)
        while len(missed):
            found = found.copy()
            found[missed[:1]] = True
            missed = self._missed(found)
        return np.flatnonzero(found).astype(np.int32)

    def _missed(self, hubs: BoolArray) -> IntArray:
        """Members with an element that no chain from these hubs goes over."""
        covered = np.zeros(len(self.graph.one), np.bool_)
        for chain in chains(self.graph, hubs | ~self.is_member, np.flatnonzero(hubs).astype(np.int32)):
            covered[list(chain.elements)] = True
        ends = np.concatenate([self.graph.one[~covered], self.graph.other[~covered]])
        bare = self.is_member & (self.graph.degree == 0) & ~hubs
        return np.unique(np.concatenate([ends[self.is_member[ends]], np.flatnonzero(bare)])).astype(np.int32)


def draw_station(plan: StationPlan) -> Drawing:
    """Every switch and transformer of the substation, and every line that leaves it, once."""
    drawing = Drawing()
    if len(plan.hubs):
        _Sheet(drawing, plan, *_bars(plan)).draw()
    return drawing


def _bars(plan: StationPlan) -> tuple[Bars, Sequence[Chain]]:
    """Bars with all that hangs on them: chains to other bars, chains outward, equipment."""
    number = {node: n for n, node in enumerate(plan.hubs.tolist())}
    stop = ~plan.is_member
    stop[plan.hubs] = True
    ways = list(chains(plan.graph, stop, plan.hubs))
    kv = plan.nominal_kv[plan.hubs]
    levels = {value: n for n, value in enumerate(sorted({round(float(v), 1) for v in kv}, reverse=True))}
    links = []
    for n, way in enumerate(ways):
        other = number.get(way.end)
        has_transformer = bool((plan.graph.kind[list(way.elements)] == Element.TRANSFORMER).any())
        links.append(
            Link(number[way.start], other, n, len(way.elements), has_transformer, _name_rank(plan, way), way.is_closed)
        )
    for item, node in plan.equipment:
        if node in number:
            links.append(Link(number[node], None, -1 - item, 0, item in plan.feeding, int(plan.rank[node])))
    bars = Bars(
        level=[levels[round(float(v), 1)] for v in kv],
        is_busbar=plan.is_busbar[plan.hubs].tolist(),
        rank=plan.rank[plan.hubs].tolist(),
        links=links,
    )
    return bars, ways


def _name_rank(plan: StationPlan, way: Chain) -> int:
    """A bay stands in the order of its inner name: a terminal is called after its line or transformer."""
    return int(plan.rank[(*way.nodes, way.end)[0]])


class _Sheet:
    def __init__(self, drawing: Drawing, plan: StationPlan, bars: Bars, ways: Sequence[Chain]) -> None:
        self.drawing, self.plan, self.bars, self.ways = drawing, plan, bars, ways
        self.layer = Layer(drawing, plan.graph)
        self.layout = arrange(bars)
        self.y = self._rows()
        self.bottom = self.y[-1] + self._zone(False)

    def _rows(self) -> list[float]:
        """Heights of the rows: between two there is room for the devices that stand there."""
        y = [self._zone(True)]
        for row in range(1, self.layout.n_rows):
            devices = max((link.n_devices for link in self._standing(row)), default=0)
            y.append(y[-1] + max(ROW, STEP * (devices + 1)))
        return y

    def _standing(self, row: int) -> list[Link]:
        """Links whose devices stand between this row and the one above."""
        return [link for link, gap in self.layout.gap.items() if gap == row]

    def _zone(self, is_above: bool) -> float:
        leaving = [link for link in self.bars.links if link.other is None and self.layout.goes_up(link) == is_above]
        devices = [link.n_devices for link in leaving]
        return STEP * max(devices) + AWAY if leaving else 0.0

    def _x(self, column: float) -> float:
        return column * COLUMN

    def draw(self) -> None:
        for bar, node in enumerate(self.plan.hubs.tolist()):
            first, last = self.layout.span[bar]
            y, left = self.y[self.layout.row[bar]], self._x(first) - BEFORE
            self.drawing.wires.append(Wire(((left, y), (self._x(last) + BEYOND, y)), node, is_bar=True))
            self.drawing.symbols.append(Symbol("node", node, left, y, ((left, y),)))
        for link in self.bars.links:
            if link.way < 0:
                self._hang(link)
            elif link.other is None:
                self._leave(link)
            elif link in self.layout.level_way:
                self._couple(link, link.other)
            else:
                self._join(link, link.other)

    def _edge(self, bar: int, is_right: bool) -> float:
        first, last = self.layout.span[bar]
        return self._x(last) + BEYOND if is_right else self._x(first) - BEFORE

    def _node(self, bar: int) -> int:
        return int(self.plan.hubs[bar])

    def _hang(self, link: Link) -> None:
        """Equipment without a switch of its own: a short wire and the symbol."""
        x, y = self._x(self.layout.column[link]), self.y[self.layout.row[link.bar]]
        way = -1 if self.layout.goes_up(link) else 1
        touch = y + way * AWAY * 0.6
        node = self._node(link.bar)
        self.drawing.wires.append(Wire(((x, y), (x, touch)), node))
        self.drawing.joints.append((x, y, node))
        self.drawing.symbols.append(
            Symbol("equipment", -1 - link.way, x, touch + way * 10, ((x, touch),), is_vertical=True, beside=node)
        )

    def _leave(self, link: Link) -> None:
        x, y = self._x(self.layout.column[link]), self.y[self.layout.row[link.bar]]
        up = self.layout.goes_up(link)
        begin = 0.0 if up else self._below(link.bar) - y
        end = 0.0 if up else self.bottom
        chain, way = self.ways[link.way], Way(((x, y), (x, end)))
        kinds = self.plan.graph.kind[list(chain.elements)].tolist()
        # Upward, devices stand right above the bar; downward, all of a level in one line.
        spots = [None if kind == Element.LINE else begin + STEP * (n + 0.75) for n, kind in enumerate(kinds)]
        self.layer.lay(chain, way, spots)
        self.drawing.joints.append((x, y, chain.start))
        kind = "end" if self.plan.is_member[chain.end] else "neighbour"
        self.drawing.symbols.append(Symbol(kind, chain.end, x, end, ((x, end),), beside=chain.start, is_vertical=True))

    def _below(self, bar: int) -> float:
        """The last row of the bar's level."""
        level = self.bars.level[bar]
        return max(self.y[row] for other, row in self.layout.row.items() if self.bars.level[other] == level)

    def _couple(self, link: Link, other: int) -> None:
        """A coupler in the row itself, between two bars; its devices stand beside the left one."""
        left, right = sorted((link.bar, other), key=lambda bar: self.layout.span[bar])
        y = self.y[self.layout.row[left]]
        begin, end = self._edge(left, True), self._edge(right, False)
        chain = self.ways[link.way]
        chain = chain if chain.start == self._node(left) else chain.reversed()
        # Upright bays cross further on, in the columns between.
        self._lay_evenly(chain, ((begin, y), (end, y)), 0.0, COLUMN - BEYOND)

    def _join(self, link: Link, other: int) -> None:
        """Upright from bar to bar; bars of one row are joined by way of a row of its own above them."""
        chain = self.ways[link.way]
        start, end = self.y[self.layout.row[link.bar]], self.y[self.layout.row[other]]
        gap = self.layout.gap[link]
        over = self.layout.over.get(link)
        if over is not None:
            x0, x1 = (self._x(column) for column in self.layout.legs[link])
            top = self.y[over]
            points: tuple[Point, ...] = ((x0, start), (x0, top), (x1, top), (x1, end))
            self._lay_evenly(chain, points, start - top, start - top + min(abs(x1 - x0), COLUMN))
        else:
            x0 = x1 = self._x(self.layout.column[link])
            if start > end:
                chain, start, end = chain.reversed(), end, start
            self._lay_evenly(chain, ((x0, start), (x0, end)), self.y[gap - 1] - start, self.y[gap] - start)
            if chain.start != self.ways[link.way].start:
                start, end = end, start
        self.drawing.joints += [(x0, start, self._node(link.bar)), (x1, end, self._node(other))]

    def _lay_evenly(self, chain: Chain, points: Sequence[Point], begin: float, end: float) -> None:
        kinds = self.plan.graph.kind[list(chain.elements)].tolist()
        step = (end - begin) / (len(kinds) + 1)
        spots = [None if kind == Element.LINE else begin + step * (n + 1) for n, kind in enumerate(kinds)]
        self.layer.lay(chain, Way(points), spots)
