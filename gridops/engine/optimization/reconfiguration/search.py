"""The best radial state that can be found: several beginnings, each improved by exchanges until none helps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import Flows, ReferenceTree
from gridops.engine.optimization.reconfiguration.exchange import (
    NOTHING,
    double_exchanges,
    loops_of_state,
    single_exchanges,
)
from gridops.engine.optimization.reconfiguration.opening import open_by_least_current
from gridops.engine.optimization.reconfiguration.problem import Problem, Worth, worth

TRIED_EXACTLY = 12
BEST_OF_PAIR = 3
MOST_STEPS = 500
KICKS = (2, 5)  # random exchanges before a new descent, from and below
SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class State:
    """One radial state and its flow."""

    open_branches: IntArray  # (loops,), ascending
    flows: Flows  # of this state alone
    breach: float
    cost: float

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

    def today(self) -> State | None:
        """Today's state, if it is radial and feeds every node."""
        opened = np.flatnonzero(~self.problem.closed).astype(np.int32)
        return self.state(opened) if len(opened) == len(self.tree.loops) else None

    def state(self, open_branches: IntArray) -> State | None:
        return self._best_of(np.sort(open_branches)[None, :])

    def run(self, *, descents: int, generator: np.random.Generator) -> Found:
        """The best of so many descents: from today, from sequential opening, then from random places near the best."""
        best, done = None, 0
        for start in self._starts(descents):
            done += 1
            best = _better(best, self.descended(start))
        for _ in range(descents - done if best is not None and len(self.tree.loops) else 0):
            done += 1
            start = self._kicked(best, generator)
            best = _better(best, start and self.descended(start))
        return Found(best, done, self.flows_solved)

    def _starts(self, descents: int) -> Iterator[State]:
        today = self.today()
        if today is not None:
            yield today
        if self.problem.most_operations is None and (descents > 1 or today is None):
            yield from self._opened()

    def _opened(self, generator: np.random.Generator | None = None) -> Iterator[State]:
        reference = self.tree.flows(self.tree.chords[None, :])
        if not reference.valid[0]:
            return
        opened = open_by_least_current(
            self.tree.loops, reference.current[0], self._weight, self.may_open, generator, SPREAD
        )
        state = None if opened is None else self.state(opened)
        if state is not None:
            yield state

    def descended(self, state: State) -> State:
        """Exchanges, single ones first, until none of those that promise most is any better."""
        for _ in range(MOST_STEPS):
            better = self._step(state)
            if better is None:
                return state
            state = better
        return state

    def _step(self, state: State) -> State | None:
        loops = loops_of_state(self.tree.loops, state.open_branches)
        for candidates in (self._singles, self._doubles):
            found = self._best_of(candidates(state, loops))
            if found is not None and found.key < (state.key[0], state.key[1] - NOTHING * abs(state.cost)):
                return found
        return None

    def _singles(self, state: State, loops: FloatArray) -> IntArray:
        opened, extra = state.open_branches, self._operations_cost()
        change = single_exchanges(loops, state.flows.current[0], self._weight)
        change += extra[None, :] - extra[opened][:, None]
        change[:, ~self.may_open] = np.inf
        change[:, opened] = np.inf
        change[~self._within(opened, np.arange(len(loops)))] = np.inf
        loop, branch = _least(change, TRIED_EXACTLY if state.breach == 0 else 4 * TRIED_EXACTLY)
        rows = np.tile(opened, (len(loop), 1))
        rows[np.arange(len(loop)), loop] = branch
        return rows

    def _within(self, opened: IntArray, loop: IntArray) -> BoolArray:
        """(loops, branches) whether the exchange keeps within the number of operations."""
        problem = self.problem
        if problem.most_operations is None:
            return np.ones((len(loop), problem.graph.n_branches), np.bool_)
        each = problem.operation_weight
        total = problem.operations(opened) - each[opened[loop]][:, None] + each[None, :]
        return np.asarray(total <= problem.most_operations, np.bool_)

    def _operations_cost(self) -> FloatArray:
        return self.problem.weights.operation * self.problem.operation_weight

    def _doubles(self, state: State, loops: FloatArray) -> IntArray:
        found: list[tuple[float, IntArray]] = []
        opened, extra = state.open_branches, self._operations_cost()
        for s, t, branches, change in double_exchanges(
            loops, state.flows.current[0], self._weight, opened, self.may_open
        ):
            change += extra[branches][:, None] + extra[branches][None, :] - extra[opened[s]] - extra[opened[t]]
            one, other = _least(change, BEST_OF_PAIR)
            for i, j in zip(one, other, strict=True):
                row = opened.copy()
                row[s], row[t] = branches[i], branches[j]
                found.append((float(change[i, j]), row))
        found.sort(key=lambda each: each[0])
        rows = [row for _, row in found if self._few_enough(row)][:TRIED_EXACTLY]
        return np.array(rows, np.int32).reshape(-1, len(opened))

    def _few_enough(self, opened: IntArray) -> bool:
        most = self.problem.most_operations
        return most is None or bool(self.problem.operations(opened) <= most)

    def _kicked(self, best: State | None, generator: np.random.Generator) -> State | None:
        """The best state after some random exchanges."""
        if best is None:
            return None
        opened = best.open_branches.copy()
        for _ in range(int(generator.integers(*KICKS))):
            loops = loops_of_state(self.tree.loops, opened)
            loop = int(generator.integers(len(loops)))
            choice = np.flatnonzero((loops[loop] != 0) & self.may_open)
            opened[loop] = generator.choice(choice)
        return self.state(opened) if self._few_enough(opened) else None

    def _best_of(self, open_branches: IntArray) -> State | None:
        if not len(open_branches):
            return None
        flows = self.tree.flows(open_branches)
        self.flows_solved += len(open_branches)
        values: Worth = worth(self.problem, open_branches, flows)
        best = values.best()
        if not np.isfinite(values.cost[best]):
            return None
        order = np.sort(open_branches[best])
        one = Flows(*(getattr(flows, name)[best : best + 1] for name in ("valid", "loss", "voltage", "current")))
        return State(order, one, float(values.breach[best]), float(values.cost[best]))


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
