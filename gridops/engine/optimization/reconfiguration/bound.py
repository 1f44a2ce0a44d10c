"""What no radial state can fall below.

The losses with all branches at hand, whatever the voltages do below their upper limit: the branch-flow equations
without their voltage part (a relaxation of the second-order cone relaxation of Farivar and Low, IEEE Trans. Power
Systems 28(3), 2013), in the form of its Lagrange dual, in which only the branches of one tree may carry power. The dual
holds for any prices; those of the least losses in the ring network are taken. Shunts count as at 1 pu.
"""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.sparse.linalg import splu

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.reconfiguration.problem import Problem

_LEAST_RESISTANCE = 1e-9
_ROUNDS = 6


def least_loss_kw(problem: Problem) -> float:
    """A lower bound of the losses of every radial state within the upper voltage limits; 0 if none is found."""
    graph = problem.graph
    highest = float(np.max(np.where(np.isfinite(problem.high), problem.high, np.inf)))
    if (graph.demand.real >= 0).all() and (graph.demand.imag >= 0).all() and not np.abs(graph.shunt).any():
        highest = float(np.abs(graph.root_voltage[graph.root]).max() + np.abs(graph.emf).sum())
    if not np.isfinite(highest):
        return problem.fixed_loss_kw
    return problem.fixed_loss_kw + problem.base_kva * max(0.0, _dual(problem, highest))


def _dual(problem: Problem, highest: float) -> float:
    """The best value of the dual in some rounds of prices."""
    graph = problem.graph
    drawn = graph.demand + np.conj(graph.shunt)
    r, x = np.maximum(graph.impedance.real, _LEAST_RESISTANCE), graph.impedance.imag
    price = np.zeros((2, graph.n_nodes))
    best = -np.inf
    for _ in range(_ROUNDS):
        worth = r * (1 + price[0, graph.to_node]) + x * price[1, graph.to_node]
        if (worth <= 0).any():
            break
        price = _prices(problem, drawn, highest**2 / (2 * worth))
        worth = r * (1 + price[0, graph.to_node]) + x * price[1, graph.to_node]
        if (worth > 0).all():
            best = max(best, _value(problem, drawn, price, highest**2 / (4 * worth)))
    return best


def _prices(problem: Problem, drawn: np.ndarray, conductance: FloatArray) -> FloatArray:
    """(2, nodes) what one more unit of active and of reactive power costs in losses; 0 at roots."""
    graph, free = problem.graph, ~problem.graph.root
    a, b = graph.from_node, graph.to_node
    rows, columns = np.concatenate([a, b, a, b]), np.concatenate([b, a, a, b])
    values = np.concatenate([-conductance, -conductance, conductance, conductance])
    matrix = csr_array(coo_array((values, (rows, columns)), shape=(graph.n_nodes, graph.n_nodes)))
    price = np.zeros((2, graph.n_nodes))
    if free.any():
        factor = splu(matrix[free][:, free].tocsc())
        price[:, free] = factor.solve(drawn.real[free]), factor.solve(drawn.imag[free])
    return price


def _value(problem: Problem, drawn: np.ndarray, price: FloatArray, factor: FloatArray) -> float:
    """Of the dual: all demand at its price, less what the branches of the most earning tree earn."""
    graph = problem.graph
    across = price[:, graph.from_node] - price[:, graph.to_node]
    earned = factor * (across**2).sum(axis=0)
    demand = float(price[0] @ drawn.real + price[1] @ drawn.imag)
    return demand - float(earned[_most_earning_tree(problem, earned)].sum())


def _most_earning_tree(problem: Problem, earned: FloatArray) -> BoolArray:
    """The tree of greatest sum that has all branches that cannot be opened; the roots are one point."""
    graph = problem.graph
    point = np.where(graph.root, 0, 1 + np.arange(graph.n_nodes))
    a, b = point[graph.from_node], point[graph.to_node]
    low, high = np.minimum(a, b), np.maximum(a, b)
    fixed = problem.closed & ~problem.may_open
    rank = np.where(fixed, 1.0 + earned.max(initial=0.0) + earned, earned)
    order = np.lexsort((-rank, high, low))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    kept = order[first]  # of parallel branches the one that earns most
    length = 2.0 + rank.max(initial=0.0) - rank[kept]
    n = graph.n_nodes + 1
    tree = coo_array(minimum_spanning_tree(csr_array((length, (low[kept], high[kept])), shape=(n, n))))
    wanted = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    inside = np.zeros(graph.n_branches, np.bool_)
    for branch in kept.tolist():
        inside[branch] = (int(low[branch]), int(high[branch])) in wanted
    return inside
