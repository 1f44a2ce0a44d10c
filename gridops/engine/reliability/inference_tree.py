"""How a network was fed, and its parts between switches: what the search for a faulted section rests on.

A network of feeders is nearly always run as a tree, and protection is set for one. Where rings are closed the tree is
the nearest way from a source, by number of branches; parallel branches count as one.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from gridops.engine.network.model import BoolArray, IntArray, Network
from gridops.engine.network.topology import components


class Kind(IntEnum):
    LINE = 0
    TRANSFORMER = 1
    SWITCH = 2


@dataclass(frozen=True, slots=True)
class Sections:
    """Parts of the network that no switch divides further. Every node is in one, and every line and transformer."""

    count: int
    of_node: IntArray
    of_line: IntArray
    of_transformer: IntArray

    def border(self, network: Network, section: int, can_open: BoolArray) -> IntArray:
        """Switches that cut the section off from the rest."""
        a, b = (self.of_node[end] == section for end in (network.switches.from_node, network.switches.to_node))
        return np.flatnonzero(can_open & (a != b)).astype(np.int32)


def sections(network: Network, can_open: BoolArray) -> Sections:
    """can_open: one per switch; the others join what they touch for good, where they are closed or not."""
    lines, t, switches = network.lines, network.transformers, network.switches
    fixed = ~np.asarray(can_open, np.bool_)
    a = np.concatenate([lines.from_node, t.high_node, switches.from_node[fixed]])
    b = np.concatenate([lines.to_node, t.low_node, switches.to_node[fixed]])
    count, label = components(network.n_nodes, a, b)
    return Sections(count, label, label[lines.from_node], label[t.high_node])


@dataclass(frozen=True, slots=True)
class SupplyTree:
    """The way from the sources to every node, at one set of switch positions."""

    depth: IntArray  # per node, branches and switches from its source; -1: not fed
    first: IntArray  # per node, its place when the tree is walked downward, what it feeds directly behind it
    behind: IntArray  # per node, the place behind the last that it feeds
    parent: IntArray  # per node, -1 for sources and what is not fed
    line_child: IntArray  # per line, the end that it feeds; -1: it feeds nothing
    transformer_child: IntArray
    switch_child: IntArray

    def child(self, kind: Kind, index: int) -> int:
        """The node that a branch or switch feeds, -1 for none."""
        return int((self.line_child, self.transformer_child, self.switch_child)[kind][index])

    def feeds(self, child: int, nodes: IntArray) -> BoolArray:
        """Which of the nodes get their supply by way of that one; itself among them. None for -1."""
        if child < 0 or self.depth[child] < 0:
            return np.zeros(len(nodes), np.bool_)
        place = self.first[nodes]
        return np.asarray((place >= self.first[child]) & (place < self.behind[child]) & (self.depth[nodes] >= 0))

    def carried_down(self, mark: IntArray) -> IntArray:
        """Per node the deepest marked node on its way, itself included; -1 for none. mark: one per node, below 0 none.

        Marked nodes are named by what `mark` holds there.
        """
        found = np.asarray(mark, np.int32).copy()
        for node in np.argsort(self.depth, kind="stable").tolist():
            if found[node] < 0 and self.parent[node] >= 0:
                found[node] = found[self.parent[node]]
        return found

    def summed_down(self, own: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Per node the sum of `own` over its way from the source, itself included."""
        found = np.asarray(own, np.float64).copy()
        for node in np.argsort(self.depth, kind="stable").tolist():
            if self.parent[node] >= 0:
                found[node] += found[self.parent[node]]
        return found


def supply_tree(network: Network, switch_closed: BoolArray) -> SupplyTree:
    """switch_closed: one per switch, as they stood when the current flowed."""
    closed = np.asarray(switch_closed, np.bool_)
    lines, t, switches = network.lines, network.transformers, network.switches
    pairs = ((lines.from_node, lines.to_node), (t.high_node, t.low_node))
    ends = (switches.from_node[closed], switches.to_node[closed])
    order, parent = _walk(network, np.concatenate([*(p[0] for p in pairs), ends[0]]), _joined(pairs, ends))
    depth = _depths(order, parent)
    first, behind = _places(order, parent, network.n_nodes)
    fed = [_fed(parent, a, b) for a, b in pairs]
    of_switch = np.where(closed, _fed(parent, switches.from_node, switches.to_node), -1).astype(np.int32)
    return SupplyTree(depth, first, behind, parent, fed[0], fed[1], of_switch)


def _joined(pairs: tuple[tuple[IntArray, IntArray], ...], ends: tuple[IntArray, IntArray]) -> IntArray:
    return np.concatenate([*(p[1] for p in pairs), ends[1]])


def _walk(network: Network, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Nodes in order of their distance from the sources, and whom each hangs on; -1 for sources and what is not fed."""
    root, n = network.n_nodes, network.n_nodes + 1
    rows = np.concatenate([a, np.full(len(network.source_node), root)])
    columns = np.concatenate([b, network.source_node])
    links = csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    order, before = breadth_first_order(links, root, directed=False)
    before = np.where((before == root) | (before < 0), -1, before)[:root]
    return order[order != root].astype(np.int32), before.astype(np.int32)


def _depths(order: IntArray, parent: IntArray) -> IntArray:
    depth = np.full(len(parent), -1, np.int32)
    for node in order.tolist():
        depth[node] = depth[parent[node]] + 1 if parent[node] >= 0 else 0
    return depth


def _places(order: IntArray, parent: IntArray, count: int) -> tuple[IntArray, IntArray]:
    size = np.zeros(count, np.int32)
    for node in order[::-1].tolist():
        size[node] += 1
        if parent[node] >= 0:
            size[parent[node]] += size[node]
    first, free, top = np.full(count, -1, np.int32), np.zeros(count, np.int32), 0
    for node in order.tolist():
        up = parent[node]
        if up < 0:
            first[node], top = top, top + size[node]
        else:
            first[node], free[up] = free[up], free[up] + size[node]
        free[node] = first[node] + 1
    return first, first + size


def _fed(parent: IntArray, a: IntArray, b: IntArray) -> IntArray:
    return np.where(parent[b] == a, b, np.where(parent[a] == b, a, -1)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class FedNetwork:
    """A network, how it was fed before the fault, and what can be told apart by switching."""

    network: Network
    tree: SupplyTree
    parts: Sections


@dataclass(frozen=True, slots=True)
class Places:
    """Where one fault may be: lines, transformers and nodes."""

    kind: IntArray  # Kind, or -1 for nodes
    index: IntArray
    up: IntArray  # the node by which it is fed
    ends: tuple[IntArray, IntArray]
    section: IntArray
    prior: npt.NDArray[np.float64]
