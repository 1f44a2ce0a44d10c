"""Every radial state of a small network, for proofs."""

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb

import numpy as np

from gridops.engine.network.model import IntArray
from gridops.engine.optimization.reconfiguration.problem import Problem, worth
from gridops.engine.optimization.reconfiguration.search import Search, State

MOST_CHOICES = 1_000_000
_AT_ONCE = 20_000


def choices(problem: Problem) -> int:
    """How many sets of open branches there are to try."""
    return comb(int((problem.may_open | ~problem.closed).sum()), problem.graph.n_loops)


def best_of_all(search: Search) -> State | None:
    """The best of all radial states; None if none is valid. Raises ValueError above MOST_CHOICES sets."""
    problem = search.problem
    if choices(problem) > MOST_CHOICES:
        raise ValueError(f"There are {choices(problem):,} sets of open branches, more than {MOST_CHOICES:,}.")
    best: State | None = None
    for opened in _batches(np.flatnonzero(search.may_open).tolist(), problem.graph.n_loops):
        best = better_of(search, best, opened)
    return best


def _batches(branches: list[int], count: int) -> Iterator[IntArray]:
    sets = combinations(branches, count)
    while batch := list(islice(sets, _AT_ONCE)):
        yield np.array(batch, np.int32).reshape(len(batch), count)


def better_of(search: Search, best: State | None, opened: IntArray) -> State | None:
    """The best of these sets of open branches (m, loops), solved, or the one given where none is better."""
    tree, basis = search.tree, search.tree.basis
    loops = np.tile(np.arange(opened.shape[1], dtype=np.int32), (len(opened), 1))
    radial = np.abs(np.linalg.det(basis.loops[loops[:, :, None], opened[:, None, :]])) > 0.5
    opened, loops = opened[radial], loops[radial]
    if not len(opened):
        return best
    values = worth(search.problem, opened, tree.flows(basis, loops, opened))
    place = values.best()
    if not np.isfinite(values.cost[place]) or (best is not None and best.key <= values.key(place)):
        return best
    return search.state(opened[place])
