"""Which branches are bridges, and what hangs on each: the part that loses supply when it trips."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from gridops.engine.network.model import BoolArray, IntArray

ROOT = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """A spanning tree of a connected graph. Points are numbered by `place`, parents before children, so that whatever
    hangs on a point is a range of places: from its own, as many as `size` says.
    """

    place: IntArray  # per point
    size: IntArray  # per place
    branch_is_bridge: BoolArray
    branch_below: IntArray  # per bridge: place of its far end, seen from the root; -1 for the others


def spanning_tree(n_points: int, a: IntArray, b: IntArray) -> Tree:
    """Tree and bridges of a graph; point 0 is the root, all are reachable from it.

    a, b: ends of each branch; parallel branches and loops onto one point are allowed and are no bridges.
    A branch of the tree is a bridge if no branch outside the tree closes a ring over it.
    """
    order, parent = _search(n_points, a, b)
    place, size = _places(order, parent)
    tree_branch = _tree_branches(n_points, parent, a, b)
    covered = _covered(parent, _depths(order, parent), tree_branch, a, b)
    bridged = np.flatnonzero((tree_branch >= 0) & ~covered)
    below = np.full(len(a), -1, np.int32)
    below[tree_branch[bridged]] = place[bridged]
    return Tree(place, size, below >= 0, below)


def _search(n_points: int, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    graph = csr_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n_points, n_points))
    order, parent = breadth_first_order(graph, ROOT, directed=False)
    return np.asarray(order, np.int32), np.asarray(parent, np.int32)


def _depths(order: IntArray, parent: IntArray) -> list[int]:
    depth, above = [0] * len(parent), parent.tolist()
    for point in order[1:].tolist():
        depth[point] = depth[above[point]] + 1
    return depth


def _places(order: IntArray, parent: IntArray) -> tuple[IntArray, IntArray]:
    """Places in an order in which children follow their parent at once, and sizes of what hangs on each place."""
    above, size = parent.tolist(), [1] * len(parent)
    for point in order[:0:-1].tolist():
        size[above[point]] += size[point]
    place, free = [0] * len(parent), [1] * len(parent)
    for point in order[1:].tolist():
        place[point] = place[above[point]] + free[above[point]]
        free[above[point]] += size[point]
    by_place = np.zeros(len(parent), np.int32)
    by_place[place] = size
    return np.array(place, np.int32), by_place


def _tree_branches(n_points: int, parent: IntArray, a: IntArray, b: IntArray) -> IntArray:
    """Of each point the branch to its parent (the first of parallel ones); -1 for the root."""
    key = np.minimum(a, b).astype(np.int64) * n_points + np.maximum(a, b)
    keys, first = np.unique(key, return_index=True)
    point = np.arange(n_points)
    wanted = np.minimum(point, parent) * np.int64(n_points) + np.maximum(point, parent)
    found = np.full(n_points, -1, np.int32)
    has_parent = parent >= 0
    found[has_parent] = first[np.searchsorted(keys, wanted[has_parent])]
    return found


def _covered(parent: IntArray, depth: list[int], tree_branch: IntArray, a: IntArray, b: IntArray) -> BoolArray:
    """Points whose branch to the parent is part of a ring: each other branch covers the way between its ends."""
    others = np.ones(len(a), np.bool_)
    others[tree_branch[tree_branch >= 0]] = False
    above, covered = parent.tolist(), [False] * len(parent)
    # Leads past what is covered already, so that long rings are not walked again and again.
    leap = list(range(len(parent)))

    def highest(point: int) -> int:
        while leap[point] != point:
            leap[point] = leap[leap[point]]
            point = leap[point]
        return point

    for one, other in zip(a[others].tolist(), b[others].tolist(), strict=True):
        x, y = highest(one), highest(other)
        while x != y:
            x, y = (x, y) if depth[x] >= depth[y] else (y, x)
            covered[x] = True
            leap[x] = above[x]
            x = highest(x)
    return np.array(covered, np.bool_)
