"""Power flow of many radial states of one graph at once.

A radial state is named by the branches that are open: one for each independent loop. With the loops of one reference
tree as rows of a matrix C, the currents of every other state are those of the reference plus a current round each loop,
chosen so that the open branches carry none; the voltages across the open branches follow from the same small matrix.
So a state costs two products with the matrix of the reference tree an iteration, and no state is traced on its own.

Source: backward/forward sweep (Shirmohammadi, Hong, Semlyen, Luo, IEEE Trans. Power Systems 3(2), 1988) with the
compensation of loops by injections, here used to move the break points.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial_graph import (
    ComplexArray,
    RadialGraph,
    fed_through,
    feeding_voltage,
    first_tree,
)

TOLERANCE_PU = 1e-10
MOST_ITERATIONS = 60
_DENSE_WORK = 100_000  # multiplications; above, a dense product would be spread over threads that wait for each other
_DENSE_SIZE = 4_000  # numbers in a matrix; above, most of them are zero and a sparse one is quicker


@dataclass(frozen=True, slots=True)
class Flows:
    """One row a state; what is not valid has nan."""

    valid: BoolArray  # (m,) radial, feeds every node, and the flow settled
    loss: FloatArray  # (m,) in series impedances
    voltage: ComplexArray  # (m, nodes)
    current: ComplexArray  # (m, branches), from the from-node to the to-node

    def row(self, row: int) -> "Flows":
        return Flows(*(getattr(self, name)[row : row + 1] for name in ("valid", "loss", "voltage", "current")))


@dataclass(frozen=True, slots=True)
class Basis:
    """A radial state, and the loop that closing each of its open branches would make."""

    open_branches: IntArray  # (loops,)
    loops: FloatArray  # (loops, branches) +1 and -1 along the loop, in the direction of its open branch
    around: ComplexArray  # (loops,) voltage between the roots that a loop joins

    def exchanged(self, loop: int, branch: int) -> "Basis":
        """The state after closing the loop's open branch and opening this one of the loop."""
        own = self.loops[loop] * self.loops[loop, branch]
        around = self.around[loop] * self.loops[loop, branch]
        factor = self.loops[:, branch].copy()
        factor[loop] = 0.0
        loops = self.loops - np.outer(factor, own)
        loops[loop] = own
        moved = self.around - factor * around
        moved[loop] = around
        opened = self.open_branches.copy()
        opened[loop] = branch
        return Basis(opened, loops, moved)

    def to(self, open_branches: IntArray) -> "Basis | None":
        """The state with these open branches; None if it is not radial."""
        basis, wanted = self, set(open_branches.tolist())
        for branch in wanted - set(self.open_branches.tolist()):
            on_loop = np.flatnonzero(basis.loops[:, branch])
            free = [loop for loop in on_loop.tolist() if int(basis.open_branches[loop]) not in wanted]
            if not free:
                return None
            basis = basis.exchanged(free[0], branch)
        return basis if len(wanted) == len(basis.open_branches) else None


class ReferenceTree:
    """A tree of the graph, and the flow of any other radial state by its loops.

    prefer_open: branches that the reference leaves open where it can. Raises ValueError if a node has no way to a root.
    """

    def __init__(self, graph: RadialGraph, prefer_open: BoolArray) -> None:
        self.graph = graph
        parent_branch, order = first_tree(graph, prefer_open)
        missing = int((~graph.root).sum()) - len(order)
        if missing:
            raise ValueError(f"{missing} nodes of the graph have no way to a source.")
        below = fed_through(graph, parent_branch, order)
        self._branch = parent_branch[order]
        self._sign = np.where(graph.to_node[self._branch] == order, 1.0, -1.0)
        self._below, self._above = thin(below), thin(below.T)
        self._first_voltage = feeding_voltage(graph, parent_branch, order)
        self.basis = self._reference(below)

    def _reference(self, below: FloatArray) -> Basis:
        graph = self.graph
        chords = np.setdiff1d(np.arange(graph.n_branches), self._branch).astype(np.int32)
        loops = np.zeros((len(chords), graph.n_branches))
        ends = graph.from_node[chords], graph.to_node[chords]
        loops[:, self._branch] = (below[:, ends[0]] - below[:, ends[1]]).T * self._sign
        loops[np.arange(len(chords)), chords] = 1.0
        return Basis(chords, loops, self._first_voltage[ends[0]] - self._first_voltage[ends[1]])

    def flows(self, basis: Basis, loop: IntArray, branch: IntArray, *, start: ComplexArray | None = None) -> Flows:
        """Power flow of states that differ from the basis: the open branches of some loops are others.

        loop, branch: (m, k) which loops' open branches are closed, and which branches are opened instead.
        start: (nodes,) voltages of a state nearby, to begin with.
        """
        m, graph = len(loop), self.graph
        corner = basis.loops[loop[:, :, None], branch[:, None, :]]
        valid = np.asarray(np.abs(np.linalg.det(corner)) > 0.5, np.bool_)
        flows = Flows(
            valid,
            np.full(m, np.nan),
            np.full((m, graph.n_nodes), np.nan, np.complex128),
            np.full((m, graph.n_branches), np.nan, np.complex128),
        )
        if valid.any():
            sweep = _Sweep.of(basis, loop[valid], branch[valid], corner[valid])
            settled, voltage, current = self._solved(sweep, start)
            places = np.flatnonzero(valid)
            flows.valid[places[~settled]] = False
            places = places[settled]
            flows.voltage[places], flows.current[places] = voltage[settled], current[settled]
            flows.loss[places] = np.abs(current[settled]) ** 2 @ graph.impedance.real
        return flows

    def flow(self, basis: Basis) -> Flows:
        """Power flow of one state."""
        nothing = np.zeros((1, 0), np.int32)
        return self.flows(basis, nothing, nothing)

    def unloaded_currents(self) -> ComplexArray:
        """(branches,) of the reference state, with every load as at the voltage of its source and no losses."""
        return np.asarray(self._tree_currents(self._first_voltage[None, :])[0], np.complex128)

    def _solved(self, sweep: "_Sweep", start: ComplexArray | None) -> tuple[BoolArray, ComplexArray, ComplexArray]:
        m = len(sweep.loop)
        voltage = np.tile(self._first_voltage if start is None else start, (m, 1))
        current = np.zeros((m, self.graph.n_branches), np.complex128)
        settled, left = np.zeros(m, np.bool_), np.arange(m)
        with np.errstate(all="ignore"):
            for _ in range(MOST_ITERATIONS):
                new, current[left] = self._swept(sweep, voltage[left])
                change = np.abs(new - voltage[left]).max(axis=1)
                voltage[left] = new
                settled[left] = change < TOLERANCE_PU
                going = np.isfinite(change) & ~settled[left]
                if not going.all():
                    left, sweep = left[going], sweep.chosen(going)
                if not len(left):
                    break
        return settled, voltage, current

    def _swept(self, sweep: "_Sweep", voltage: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Backward and forward once: new voltages, and the currents."""
        current = sweep.currents(self._tree_currents(voltage))
        drop = sweep.drops(current * self.graph.impedance - self.graph.emf)
        along = _product(drop[:, self._branch] * self._sign, self._below)
        return np.asarray(self._first_voltage - along, np.complex128), current

    def _tree_currents(self, voltage: ComplexArray) -> ComplexArray:
        graph = self.graph
        drawn = np.conj(graph.demand / voltage) + graph.shunt * voltage
        current = np.zeros((len(voltage), graph.n_branches), np.complex128)
        current[:, self._branch] = self._sign * _product(drawn, self._above)
        return current


@dataclass(frozen=True, slots=True)
class _Sweep:
    """Currents round loops, and voltages across open branches, of states that differ little from one basis."""

    basis: Basis
    loop: IntArray  # (m, k)
    branch: IntArray
    inverse: FloatArray  # (m, k, k)
    beside: FloatArray  # (m, loops, k)
    by_loop: Any
    by_branch: Any

    @classmethod
    def of(cls, basis: Basis, loop: IntArray, branch: IntArray, corner: FloatArray) -> "_Sweep":
        return cls(
            basis,
            loop,
            branch,
            np.asarray(np.linalg.inv(corner), np.float64),
            basis.loops[:, branch].transpose(1, 0, 2),
            thin(basis.loops),
            thin(basis.loops.T),
        )

    def chosen(self, rows: BoolArray) -> "_Sweep":
        return replace(
            self,
            loop=self.loop[rows],
            branch=self.branch[rows],
            inverse=self.inverse[rows],
            beside=self.beside[rows],
        )

    @property
    def _row(self) -> IntArray:
        return np.arange(len(self.loop), dtype=np.int32)[:, None]

    def currents(self, of_tree: ComplexArray) -> ComplexArray:
        """With none in the open branches, from those of the reference tree."""
        of_basis = of_tree - _product(of_tree[:, self.basis.open_branches], self.by_loop)
        round_loops = np.zeros((len(of_tree), len(self.basis.loops)), np.complex128)
        wrong = of_basis[self._row, self.branch]
        round_loops[self._row, self.loop] = -_each(self.inverse.transpose(0, 2, 1), wrong)
        return np.asarray(of_basis + _product(round_loops, self.by_loop), np.complex128)

    def drops(self, drop: ComplexArray) -> ComplexArray:
        """Voltages along the branches, with those across the open ones, from currents times impedances."""
        missing = self.basis.around - _product(drop, self.by_branch)
        across = _each(self.inverse, missing[self._row, self.loop])
        rest = missing - _each(self.beside, across)
        rest[self._row, self.loop] = 0
        drop[:, self.basis.open_branches] += rest
        drop[self._row, self.branch] += across
        return drop


def thin(values: FloatArray) -> Any:
    """The matrix in the form that multiplies quicker."""
    return csr_array(values) if values.size > _DENSE_SIZE else np.ascontiguousarray(values)


def _product(values: ComplexArray, matrix: Any) -> ComplexArray:
    """values (m, k) times a real matrix (k, n)."""
    if isinstance(matrix, np.ndarray) and len(values) * matrix.size > _DENSE_WORK:
        matrix = csr_array(matrix)
    both = np.concatenate([values.real, values.imag]) @ matrix
    return np.asarray(both[: len(values)] + 1j * both[len(values) :], np.complex128)


def _each(matrices: FloatArray, values: ComplexArray) -> ComplexArray:
    """Every real matrix (m, k, l) times its values (m, l)."""
    both = np.matmul(matrices, np.stack([values.real, values.imag], axis=-1))
    return np.asarray(both[..., 0] + 1j * both[..., 1], np.complex128)
