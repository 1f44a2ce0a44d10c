"""A tree on a grid, without crossings, in lines of limited width: the placement under a feeder's diagram.

The longest way through the tree is its trunk. It runs level to the border, turns down and runs back, as a snake does.
What branches off hangs below, the outermost first, each as a tree of its own. Columns and rows are counted in units; a
vertex takes `size` units each way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

Spot = tuple[float, float]
LEVEL = 0.6  # of a vertex's height: where its wires run
LEAST_VERTICES = 6  # of a branch in one line, however near the border it begins


@dataclass(frozen=True)
class Tree:
    """Children of each vertex, in order, and its size in units; vertex 0 is the root."""

    children: Sequence[Sequence[int]]
    size: Sequence[int]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a vertex is, and the corners of the way from its parent, both ends included."""

    column: float
    level: float
    path: tuple[Spot, ...]


@dataclass(slots=True)
class _Block:
    """A part of the tree with its own origin: way in at column 0, vertices right of that, from row 0 down."""

    first: int = 0  # the vertex that the way in leads to
    at: dict[int, Placed] = field(default_factory=dict)
    depth: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))  # rows taken, per column

    def take(self, one: int, other: int, bottom: int) -> None:
        """Mark what is above row `bottom` as taken, from column `one` to column `other`."""
        for column in range(min(one, other), max(one, other) + 1):
            self.depth[column] = max(self.depth[column], bottom)

    def free_row(self, one: int, other: int) -> int:
        """The uppermost row below all that is taken from column `one` to column `other`."""
        return max(self.depth.get(column, 0) for column in range(min(one, other), max(one, other) + 1))

    @property
    def height(self) -> int:
        return max(self.depth.values(), default=0)

    @property
    def width(self) -> int:
        return max(self.depth, default=0)


@dataclass(frozen=True)
class _Plan:
    tree: Tree
    onward: Sequence[int]  # per vertex, the child by which its trunk goes on; -1 for none
    order: Sequence[int]  # parents first

    def branches(self, vertex: int) -> list[int]:
        return [child for child in self.tree.children[vertex] if child != self.onward[vertex]]


def place(tree: Tree, width: int) -> dict[int, Placed]:
    """Every vertex but the root, which is at column 0 on its own level in row 0.

    width: units in a line; a branch near the border goes past it rather than be squeezed. Paths of children of one
    vertex may share their first part; nothing else touches or crosses.
    """
    plan = _plan(tree)
    rooms = _rooms(plan, width)
    blocks: dict[int, _Block] = {}
    for vertex in reversed(plan.order):
        if vertex in rooms:
            blocks[vertex] = _snake(plan, vertex, rooms[vertex], blocks)
    root = _Block()
    for child in tree.children[0]:
        _hang(root, blocks[child], (0, LEVEL * tree.size[0]), root.height, 1)
    return root.at


def _plan(tree: Tree) -> _Plan:
    order = [0]
    for vertex in order:
        order.extend(tree.children[vertex])
    length = list(tree.size)
    onward = [-1] * len(tree.children)
    for vertex in reversed(order):
        as_big = [child for child in tree.children[vertex] if tree.size[child] >= tree.size[vertex]]
        if as_big and vertex:
            onward[vertex] = max(as_big, key=lambda child: (length[child], -child))
            length[vertex] += length[onward[vertex]]
    return _Plan(tree, onward, order)


def _rooms(plan: _Plan, width: int) -> dict[int, int]:
    """Units in a line for each trunk, by its first vertex: what its parent's line has left, but some at least."""
    rooms: dict[int, int] = {}
    at: dict[int, tuple[int, int]] = {0: (0, width)}
    for vertex in plan.order:
        column, limit = at[vertex]
        for child in plan.tree.children[vertex]:
            size = plan.tree.size[child]
            if child == plan.onward[vertex]:
                at[child] = (column + size if column + size <= limit else size, limit)
            else:
                rooms[child] = max(limit - column, LEAST_VERTICES * size)
                at[child] = (size, rooms[child])
    return rooms


def _snake(plan: _Plan, first: int, width: int, blocks: dict[int, _Block]) -> _Block:
    """The trunk from `first` on with all that hangs on it."""
    block, size = _Block(first), plan.tree.size
    column, row, way = 0, 0, 1
    path: tuple[Spot, ...] = ((0, LEVEL * size[first]),)
    vertex = first
    while vertex >= 0:
        # What is beyond the border already is used to the full.
        border = max(width, block.width) if way > 0 else min(1, min(block.depth, default=1))
        line, after = _line(plan, vertex, column, way, border)
        for one, at in line:
            spot = (at, row + LEVEL * size[one])
            block.at[one] = Placed(*spot, (*path, spot))
            path = (spot,)
            block.take(at - way * (size[one] - 1), at + way, row + size[one])
        for one, at in reversed(line):
            for child in plan.branches(one):
                _hang_below(block, blocks[child], at, (row, size[one]), way)
        if after >= 0:
            last = line[-1][1]
            turn = (
                max(last + size[after], block.width + 1) if way > 0 else min(last - size[after], min(block.depth) - 1)
            )
            below = block.height
            path = (*path, (turn, path[0][1]), (turn, below + LEVEL * size[after]))
            block.take(turn, turn, below + size[after])
            column, row, way = turn, below, -way
        vertex = after
    return _righted(block)


def _line(plan: _Plan, vertex: int, column: int, way: int, border: int) -> tuple[list[tuple[int, int]], int]:
    """Vertices of the trunk up to the border, with their columns, and the one after them (-1: none)."""
    line: list[tuple[int, int]] = []
    while vertex >= 0:
        column += way * plan.tree.size[vertex]
        if line and way * column > way * border:
            break
        line.append((vertex, column))
        vertex = plan.onward[vertex]
    return line, vertex


def _hang_below(block: _Block, part: _Block, column: int, above: tuple[int, int], way: int) -> None:
    row, size = above
    free = block.free_row(column, column + way * part.width)
    _hang(block, part, (column, row + LEVEL * size), max(row + size, free), way)


def _hang(block: _Block, part: _Block, under: tuple[int, float], row: int, way: int) -> None:
    """Put a part under a vertex of that column and level: down its spine to `row`, then to the side `way`."""
    column, level = under

    def moved(spot: Spot) -> Spot:
        return column + way * spot[0], row + spot[1]

    for vertex, placed in part.at.items():
        path = tuple(moved(spot) for spot in placed.path)
        if vertex == part.first:
            path = ((column, level), *(path if path[0] != (column, level) else path[1:]))
        block.at[vertex] = Placed(*moved((placed.column, placed.level)), path)
    for offset, depth in part.depth.items():
        block.take(column + way * offset, column + way * offset, row + depth)
    block.take(column, column, row + 1)


def _righted(block: _Block) -> _Block:
    """Moved so that nothing but the way in is at column 0 or left of it."""
    shift = 1 - min(*block.depth, 1)
    if not shift:
        return block
    at: dict[int, Placed] = {}
    for vertex, placed in block.at.items():
        path = tuple((column + shift, level) for column, level in placed.path)
        if vertex == block.first:
            path = (placed.path[0], *path[1:])
        at[vertex] = Placed(placed.column + shift, placed.level, path)
    return _Block(block.first, at, defaultdict(int, {column + shift: row for column, row in block.depth.items()}))
