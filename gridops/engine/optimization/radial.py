"""Power flow of many radial states of one graph at once.

A radial state is named by the branches that are open: one for each independent loop. With the loops of one reference
tree as rows of a matrix C, the currents of every other state are those of the reference plus a current round each loop,
chosen so that the open branches carry none; the voltages across the open branches follow from the same small matrix.
So a state costs two products with the matrix of the reference tree an iteration, and no state is traced on its own.

Source: backward/forward sweep (Shirmohammadi, Hong, Semlyen, Luo, IEEE Trans. Power Systems 3(2), 1988) with the
compensation of loops by injections, here used to move the break points.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

ComplexArray = npt.NDArray[np.complex128]

TOLERANCE_PU = 1e-10
MOST_ITERATIONS = 60
_DENSE_NODES = 300


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


@dataclass(frozen=True, slots=True)
class Flows:
    """One row a state; what is not valid has nan."""

    valid: BoolArray  # (m,) radial, feeds every node, and the flow settled
    loss: FloatArray  # (m,) in series impedances
    voltage: ComplexArray  # (m, nodes)
    current: ComplexArray  # (m, branches), from the from-node to the to-node


class ReferenceTree:
    """A tree of the graph, its loops, and the flow of any other radial state by them.

    prefer_open: branches that the reference leaves open where it can. Raises ValueError if a node has no way to a root.
    """

    def __init__(self, graph: RadialGraph, prefer_open: BoolArray) -> None:
        self.graph = graph
        parent_branch, order = _tree(graph, prefer_open)
        missing = int((~graph.root).sum()) - len(order)
        if missing:
            raise ValueError(f"{missing} nodes of the graph have no way to a source.")
        below = _below(graph, parent_branch, order)
        self._branch = parent_branch[order]
        self._sign = np.where(graph.to_node[self._branch] == order, 1.0, -1.0)
        self._below: Any = csr_array(below) if graph.n_nodes > _DENSE_NODES else below
        self._above: Any = self._below.T.copy() if graph.n_nodes <= _DENSE_NODES else csr_array(below.T)
        self._first_voltage = _root_voltage(graph, parent_branch, order)
        self.chords = np.setdiff1d(np.arange(graph.n_branches), self._branch).astype(np.int32)
        self.loops, self._around = self._loops(below)

    def _loops(self, below: FloatArray) -> tuple[FloatArray, ComplexArray]:
        """(loops, branches) +1 or -1 where a branch lies on a chord's loop, and the voltage between its roots."""
        graph, chords = self.graph, self.chords
        loops = np.zeros((len(chords), graph.n_branches))
        ends = graph.from_node[chords], graph.to_node[chords]
        loops[:, self._branch] = (below[:, ends[0]] - below[:, ends[1]]).T * self._sign
        loops[np.arange(len(chords)), chords] = 1.0
        return loops, self._first_voltage[ends[0]] - self._first_voltage[ends[1]]

    def valid(self, open_branches: IntArray) -> BoolArray:
        """(m,) whether opening these (m, loops) branches leaves a tree that feeds every node."""
        columns = self.loops[:, open_branches].transpose(1, 0, 2)
        return np.asarray(np.abs(np.linalg.det(columns)) > 0.5, np.bool_)

    def flows(self, open_branches: IntArray) -> Flows:
        """Power flow of states given by their open branches (m, loops)."""
        m, graph = len(open_branches), self.graph
        valid = self.valid(open_branches)
        flows = Flows(
            valid,
            np.full(m, np.nan),
            np.full((m, graph.n_nodes), np.nan, np.complex128),
            np.full((m, graph.n_branches), np.nan, np.complex128),
        )
        if valid.any():
            settled, voltage, current = self._solved(open_branches[valid])
            places = np.flatnonzero(valid)
            flows.valid[places[~settled]] = False
            places = places[settled]
            flows.voltage[places], flows.current[places] = voltage[settled], current[settled]
            flows.loss[places] = np.abs(current[settled]) ** 2 @ graph.impedance.real
        return flows

    def _solved(self, open_branches: IntArray) -> tuple[BoolArray, ComplexArray, ComplexArray]:
        inverse = np.linalg.inv(self.loops[:, open_branches].transpose(1, 0, 2))
        voltage = np.tile(self._first_voltage, (len(open_branches), 1))
        settled = np.zeros(len(open_branches), np.bool_)
        with np.errstate(all="ignore"):
            for _ in range(MOST_ITERATIONS):
                current = self._currents(voltage, open_branches, inverse)
                new = self._voltages(current, open_branches, inverse)
                settled = np.abs(new - voltage).max(axis=1) < TOLERANCE_PU
                voltage = new
                if (settled | ~np.isfinite(voltage).all(axis=1)).all():
                    break
        return settled, voltage, current

    def _currents(self, voltage: ComplexArray, open_branches: IntArray, inverse: FloatArray) -> ComplexArray:
        graph = self.graph
        drawn = np.conj(graph.demand / voltage) + graph.shunt * voltage
        current = np.zeros((len(voltage), graph.n_branches), np.complex128)
        current[:, self._branch] = self._sign * _product(drawn, self._above)
        rows = np.arange(len(voltage))[:, None]
        round_loops = -np.einsum("mkl,mk->ml", inverse, current[rows, open_branches])
        return np.asarray(current + _product(round_loops, self.loops), np.complex128)

    def _voltages(self, current: ComplexArray, open_branches: IntArray, inverse: FloatArray) -> ComplexArray:
        graph = self.graph
        drop = current * graph.impedance - graph.emf
        across = np.einsum("mkl,ml->mk", inverse, self._around - _product(drop, self.loops.T))
        rows = np.arange(len(current))[:, None]
        drop[rows, open_branches] += across
        return np.asarray(
            self._first_voltage - _product(drop[:, self._branch] * self._sign, self._below), np.complex128
        )


def _product(values: ComplexArray, matrix: Any) -> ComplexArray:
    """values (m, k) times a real matrix (k, n)."""
    both = np.concatenate([values.real, values.imag]) @ matrix
    return np.asarray(both[: len(values)] + 1j * both[len(values) :], np.complex128)


def _tree(graph: RadialGraph, prefer_open: BoolArray) -> tuple[IntArray, IntArray]:
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


def _below(graph: RadialGraph, parent_branch: IntArray, order: IntArray) -> FloatArray:
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


def _root_voltage(graph: RadialGraph, parent_branch: IntArray, order: IntArray) -> ComplexArray:
    """The voltage of the root that feeds each node in the reference."""
    voltage = graph.root_voltage.copy()
    for node in order.tolist():
        voltage[node] = voltage[_other_end(graph, parent_branch[node], node)]
    return voltage
