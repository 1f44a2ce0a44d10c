"""The best radial state that can be found: several beginnings, each improved by exchanges until none helps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import Basis, Flows, ReferenceTree
from gridops.engine.optimization.reconfiguration.exchange import NOTHING, double_exchanges, single_exchanges
from gridops.engine.optimization.reconfiguration.opening import open_by_least_current
from gridops.engine.optimization.reconfiguration.problem import Problem, worth

TRIED_EXACTLY = 8
TRIED_IN_BREACH = 24  # what lowers losses most need not end a breach
BEST_OF_PAIR = 3
MOST_STEPS = 500
SLIDES_ON = 1e-9
KICKS = (2, 5)  # random exchanges before a new descent, from and below; more in a network with many loops

Exchanges = tuple[IntArray, IntArray]  # (m, k) loops and the branches opened on them


@dataclass(frozen=True, slots=True)
class State:
    """One radial state and its flow."""

    basis: Basis
    flows: Flows  # of this state alone
    breach: float
    cost: float

    @property
    def open_branches(self) -> IntArray:
        """(loops,), ascending."""
        return np.sort(self.basis.open_branches)

    @property
    def key(self) -> tuple[float, float]:
        return round(self.breach, 9), self.cost


@dataclass(frozen=True, slots=True)
class Found:
    state: State | None  # None: there is no valid state
    descents: int
    flows_solved: int


class Search:
    """Local search on one problem. The same generator gives the same answer."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tree = ReferenceTree(problem.graph, ~problem.closed)
        self.may_open: BoolArray = problem.may_open | ~problem.closed
        self.flows_solved = 0
        self._weight = problem.loss_weight
        self._extra = problem.weights.operation * problem.operation_weight

    def today(self) -> State | None:
        """Today's state, if it is radial and feeds every node."""
        return self.state(np.flatnonzero(~self.problem.closed).astype(np.int32))

    def state(self, open_branches: IntArray) -> State | None:
        """The state with these open branches, if it is one."""
        basis = self.tree.basis.to(open_branches)
        return None if basis is None else self._evaluated(basis)

    def run(self, *, descents: int, generator: np.random.Generator) -> Found:
        """The best of so many descents: from today, from sequential opening, then from random places near the best."""
        best: State | None = None
        done = 0
        for start in self._starts(descents):
            done += 1
            best = _better(best, self.descended(start))
        for _ in range(descents - done if best is not None and len(best.open_branches) else 0):
            done += 1
            kicked = self._kicked(best, generator)
            best = _better(best, kicked and self.descended(kicked))
        return Found(best, done, self.flows_solved)

    def _starts(self, descents: int) -> Iterator[State]:
        today = self.today()
        if today is not None:
            yield today
        if today is None or (self.problem.most_operations is None and descents > 1):
            yield from self._opened()

    def _opened(self) -> Iterator[State]:
        basis = self.tree.basis
        reference = self.tree.flow(basis)
        if reference.valid[0]:
            opened = open_by_least_current(basis.loops, reference.current[0], self._weight, self.may_open)
            state = None if opened is None else self.state(opened)
            if state is not None:
                yield state

    def descended(self, state: State) -> State:
        """Exchanges, single ones first, until none of those that promise most is any better.

        Far down it goes with node currents held, and a power flow now and then; the last steps are exact ones.
        """
        for _ in range(MOST_STEPS):
            slid = self._evaluated(self._slid(state))
            if slid is None or slid.key >= state.key:
                break
            state = slid
        for _ in range(MOST_STEPS):
            better = self._step(state)
            if better is None:
                return state
            state = better
        return state

    def _step(self, state: State) -> State | None:
        for candidates in (self._singles, self._doubles):
            found = self._best_of(state, candidates(state))
            if found is not None and found.key < (state.key[0], state.key[1] - NOTHING * abs(state.cost)):
                return found
        return None

    def _slid(self, state: State) -> Basis:
        """Single exchanges with the node currents of the state, as long as they promise anything."""
        basis, current = state.basis, state.flows.current[0]
        for _ in range(MOST_STEPS if len(basis.open_branches) else 0):
            change = self._single_changes(basis, current)
            loop, branch = np.unravel_index(int(np.argmin(change)), change.shape)
            if not change[loop, branch] < -SLIDES_ON * abs(state.cost):
                break
            along = basis.loops[loop]
            current = current - along * (current[branch] * along[branch])
            basis = basis.exchanged(int(loop), int(branch))
        return basis

    def _single_changes(self, basis: Basis, current: np.ndarray) -> FloatArray:
        opened = basis.open_branches
        change = single_exchanges(basis.loops, current, self._weight)
        change += self._extra[None, :] - self._extra[opened][:, None]
        change[:, ~self.may_open] = np.inf
        change[:, opened] = np.inf
        most = self.problem.most_operations
        if most is not None:
            each = self.problem.operation_weight
            change[self.problem.operations(opened) - each[opened][:, None] + each[None, :] > most] = np.inf
        return change

    def _singles(self, state: State) -> Exchanges:
        change = self._single_changes(state.basis, state.flows.current[0])
        loop, branch = _least(change, TRIED_IN_BREACH if state.key[0] else TRIED_EXACTLY)
        return loop[:, None], branch[:, None]

    def _doubles(self, state: State) -> Exchanges:
        found: list[tuple[float, tuple[int, int], tuple[int, int]]] = []
        opened, extra = state.basis.open_branches, self._extra
        for s, t, branches, change in double_exchanges(
            state.basis.loops, state.flows.current[0], self._weight, opened, self.may_open
        ):
            operations = extra[branches][:, None] + extra[branches][None, :] - extra[opened[s]] - extra[opened[t]]
            promised = change + operations
            for i, j in zip(*_least(promised, BEST_OF_PAIR), strict=True):
                found.append((float(promised[i, j]), (s, t), (int(branches[i]), int(branches[j]))))
        found.sort()
        chosen = [each for each in found if self._few_enough(opened, *each[1:])][:TRIED_EXACTLY]
        rows = np.array([each[1:] for each in chosen], np.int32).reshape(-1, 2, 2)
        return rows[:, 0], rows[:, 1]

    def _few_enough(self, opened: IntArray, loops: tuple[int, int], branches: tuple[int, int]) -> bool:
        most = self.problem.most_operations
        if most is None:
            return True
        opened = opened.copy()
        opened[list(loops)] = branches
        return bool(self.problem.operations(opened) <= most)

    def _kicked(self, best: State | None, generator: np.random.Generator) -> State | None:
        """The best state after some random exchanges."""
        if best is None:
            return None
        basis = best.basis
        for _ in range(int(generator.integers(KICKS[0], max(KICKS[1], len(basis.loops) // 3)))):
            loop = int(generator.integers(len(basis.loops)))
            basis = basis.exchanged(
                loop, int(generator.choice(np.flatnonzero((basis.loops[loop] != 0) & self.may_open)))
            )
        return self._evaluated(basis)

    def _evaluated(self, basis: Basis) -> State | None:
        nothing = np.zeros((1, 0), np.int32)
        return self._judged(basis, nothing, nothing, self.tree.flow(basis))

    def _best_of(self, state: State, exchanges: Exchanges) -> State | None:
        """The best of the state's neighbours."""
        loop, branch = exchanges
        if not len(loop):
            return None
        flows = self.tree.flows(state.basis, loop, branch, start=state.flows.voltage[0])
        return self._judged(state.basis, loop, branch, flows)

    def _judged(self, basis: Basis, loop: IntArray, branch: IntArray, flows: Flows) -> State | None:
        self.flows_solved += len(loop)
        opened = np.tile(basis.open_branches, (len(loop), 1))
        opened[np.arange(len(loop))[:, None], loop] = branch
        values = worth(self.problem, opened, flows)
        best = values.best()
        if not np.isfinite(values.cost[best]):
            return None
        for one, other in self._one_by_one(basis, loop[best], branch[best]):
            basis = basis.exchanged(one, other)
        return State(basis, flows.row(best), float(values.breach[best]), float(values.cost[best]))

    def _one_by_one(self, basis: Basis, loop: IntArray, branch: IntArray) -> list[tuple[int, int]]:
        """Exchanges in an order in which each branch lies on its loop."""
        pairs = list(zip(loop.tolist(), branch.tolist(), strict=True))
        if len(pairs) < 2 or basis.loops[loop[0], branch[0]]:
            return pairs
        return [(int(loop[0]), int(branch[1])), (int(loop[1]), int(branch[0]))]


def _least(values: FloatArray, count: int) -> tuple[IntArray, IntArray]:
    """Places of the least finite values of a matrix, the least first."""
    flat = values.ravel()
    count = min(count, int(np.isfinite(flat).sum()))
    if not count:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    least = np.argpartition(flat, count - 1)[:count]
    rows, columns = np.unravel_index(least[np.argsort(flat[least])], values.shape)
    return rows.astype(np.int32), columns.astype(np.int32)


def _better(one: State | None, other: State | None) -> State | None:
    if one is None or other is None:
        return one or other
    return other if other.key < one.key else one
