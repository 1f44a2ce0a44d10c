"""Which radial states could have less losses than the best one found: branch and bound over what stands open.

Where nothing feeds in, no state has less losses than its loads would cause at the voltage of the source and without the
losses that come on top: a quadratic form of the branch currents. With some branches open and the rings left as they
are, the least of that form is known in closed form, and every branch that is opened adds |I|² / g to it, where g is the
branch's own entry of the rings' conductance. So partial states are left out by the thousand before any power flow. What
remains is solved exactly, and the best of it is proven.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.radial_graph import ComplexArray
from gridops.engine.optimization.reconfiguration.exhaustive import better_of
from gridops.engine.optimization.reconfiguration.problem import Problem
from gridops.engine.optimization.reconfiguration.search import Search, State

MOST_PARTS = 12_000  # partial states of one level that are looked at
MOST_NUMBERS = 6_000_000  # in their matrices
SPARE = 1e-9  # of the losses: the slack of a comparison
NO_RING = 1e-9  # of a branch's first conductance: it lies on no ring any more


def proven_best(search: Search, found: State) -> State | None:
    """The best of all radial states, which is `found` if that is one; None where a proof would take too long, where
    something feeds in, where limits are broken or where more than losses counts.
    """
    if found.breach > 0 or not _bounded(search.problem):
        return None
    rivals = _rivals(search, found.cost * (1 + SPARE))
    return None if rivals is None else better_of(search, found, rivals)


def _bounded(problem: Problem) -> bool:
    """Every load only takes and every branch only loses, so that losses and drops of voltage come on top."""
    graph, weights = problem.graph, problem.weights
    passive = (graph.demand.real >= 0).all() and (graph.demand.imag >= 0).all() and not np.abs(graph.shunt).any()
    losing = (graph.impedance.real > 0).all() and (graph.impedance.imag >= 0).all() and not np.abs(graph.emf).any()
    others = weights.balance, weights.interruption, weights.operation
    return bool(passive and losing and int(graph.root.sum()) == 1 and weights.loss > 0 and not any(others))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Partial states, one a row. Columns are the branches that may open, those that cost most first."""

    opened: IntArray  # (m, opened) columns, ascending
    cost: FloatArray  # (m,) that no state with these branches open falls below
    current: ComplexArray  # (m, branches) with the rings that are left
    own: FloatArray  # (m, branches) entry of each branch in the conductance of the rings
    conductance: FloatArray  # (m, branches, branches); empty for the last level


def _rivals(search: Search, most: float) -> IntArray | None:
    """(m, loops) open branches of all radial states that could cost at most so much; None if they are too many."""
    first, columns, scale = _meshed(search)
    parts, loops = first, search.problem.graph.n_loops
    for level in range(loops):
        ring = parts.own > NO_RING * first.own
        cost = parts.cost[:, None] + scale * np.abs(parts.current) ** 2 / np.where(ring, parts.own, 1.0)
        last = parts.opened[:, -1] if level else np.full(1, -1)
        wanted = ring & (np.arange(len(columns)) > last[:, None]) & (cost <= most)
        row, branch = (each.astype(np.int32) for each in np.nonzero(wanted))
        if len(row) > MOST_PARTS or (level < loops - 2 and len(row) * len(columns) ** 2 > MOST_NUMBERS):
            return None
        opened = np.hstack([parts.opened[row], branch[:, None]]).astype(np.int32)
        if level == loops - 1:
            return np.asarray(columns[opened], np.int32)
        parts = _opened(parts, row, branch, opened, cost[row, branch], whole=level < loops - 2)
    return np.zeros((0, 0), np.int32)


def _meshed(search: Search) -> tuple[_Parts, IntArray, float]:
    """All rings closed; the branches of the columns, and what a unit of squared current times conductance costs."""
    problem, graph = search.problem, search.problem.graph
    loops, scale, r = search.tree.basis.loops, problem.weights.loss * problem.base_kva, graph.impedance.real
    conductance = loops.T @ np.linalg.solve((loops * r) @ loops.T, loops)
    current = search.tree.unloaded_currents()
    current = current - conductance @ (r * current)
    own = np.diag(conductance).copy()
    free = np.flatnonzero(search.may_open & (own > 0)).astype(np.int32)
    columns = free[np.argsort(-(np.abs(current[free]) ** 2) / own[free], kind="stable")]
    parts = _Parts(
        opened=np.zeros((1, 0), np.int32),
        cost=np.array([scale * float(r @ np.abs(current) ** 2)]),
        current=current[None, columns],
        own=own[None, columns],
        conductance=conductance[np.ix_(columns, columns)][None],
    )
    return parts, columns, scale


def _opened(
    parts: _Parts, row: IntArray, branch: IntArray, opened: IntArray, cost: FloatArray, *, whole: bool
) -> _Parts:
    """One branch more open in each of these rows. whole: their conductances are wanted, too."""
    across, own = parts.conductance[row, branch], parts.own[row, branch]
    share = across / own[:, None]
    return _Parts(
        opened=opened,
        cost=cost,
        current=parts.current[row] - parts.current[row, branch][:, None] * share,
        own=parts.own[row] - across * share,
        conductance=parts.conductance[row] - across[:, :, None] * share[:, None, :] if whole else np.zeros((0, 0, 0)),
    )
