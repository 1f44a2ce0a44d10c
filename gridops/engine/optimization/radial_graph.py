"""A graph whose radial states are worked out, and one tree of it to begin with."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

ComplexArray = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class RadialGraph:
    """Nodes and branches in per unit on one base. Loads are constant powers."""

    from_node: IntArray  # per branch
    to_node: IntArray
    impedance: ComplexArray
    emf: ComplexArray  # voltage that a branch adds from its from-node to its to-node; 0 for a line
    root: BoolArray  # per node: its voltage is held
    root_voltage: ComplexArray  # per node, counted at roots only
    demand: ComplexArray  # per node, consumption positive
    shunt: ComplexArray  # per node, admittance to ground

    @property
    def n_nodes(self) -> int:
        return len(self.root)

    @property
    def n_branches(self) -> int:
        return len(self.from_node)

    @property
    def n_loops(self) -> int:
        """Branches that are open in every radial state that feeds all nodes."""
        return self.n_branches - int((~self.root).sum())


def first_tree(graph: RadialGraph, prefer_open: BoolArray) -> tuple[IntArray, IntArray]:
    """The branch towards a root of every node (-1: none), and the nodes below roots, parents first."""
    beyond = _neighbours(graph)
    parent = np.full(graph.n_nodes, -1, np.int32)
    seen = graph.root.copy()
    order: list[int] = []
    waiting, later = deque(np.flatnonzero(graph.root).tolist()), deque[tuple[int, int]]()
    while waiting or later:
        if waiting:
            node = waiting.popleft()
            for branch, other in beyond[node]:
                if seen[other]:
                    continue
                if prefer_open[branch]:
                    later.append((branch, other))
                else:
                    seen[other], parent[other] = True, branch
                    order.append(other)
                    waiting.append(other)
        else:
            branch, node = later.popleft()
            if not seen[node]:
                seen[node], parent[node] = True, branch
                order.append(node)
                waiting.append(node)
    return parent, np.array(order, np.int32)


def _neighbours(graph: RadialGraph) -> list[list[tuple[int, int]]]:
    beyond: list[list[tuple[int, int]]] = [[] for _ in range(graph.n_nodes)]
    for branch, (a, b) in enumerate(zip(graph.from_node.tolist(), graph.to_node.tolist(), strict=True)):
        beyond[a].append((branch, b))
        beyond[b].append((branch, a))
    return beyond


def fed_through(graph: RadialGraph, parent_branch: IntArray, order: IntArray) -> FloatArray:
    """(below roots, nodes): 1 where the node of the column is fed through the branch of the row's node."""
    row_of = np.full(graph.n_nodes, -1, np.int32)
    row_of[order] = np.arange(len(order))
    below = np.zeros((len(order), graph.n_nodes))
    for row, node in enumerate(order.tolist()):
        above = row_of[_other_end(graph, parent_branch[node], node)]
        if above >= 0:
            below[:, node] = below[:, order[above]]
        below[row, node] = 1.0
    return below


def _other_end(graph: RadialGraph, branch: int, node: int) -> int:
    return int(graph.from_node[branch] + graph.to_node[branch] - node)


def feeding_voltage(graph: RadialGraph, parent_branch: IntArray, order: IntArray) -> ComplexArray:
    """The voltage of the root that feeds each node in the reference."""
    voltage = graph.root_voltage.copy()
    for node in order.tolist():
        voltage[node] = voltage[_other_end(graph, parent_branch[node], node)]
    return voltage
