"""What reconfiguration decides: which branches of a graph stand open, and what that is worth."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import Flows
from gridops.engine.optimization.radial_graph import RadialGraph


@dataclass(frozen=True, slots=True)
class Weights:
    """What one unit of each aim is worth, in kW of loss."""

    loss: float = 1.0
    balance: float = 0.0  # of the mean squared utilisation of the branches that have a rating
    interruption: float = 0.0  # of one customer interruption a year
    operation: float = 0.0  # of one switch operation


@dataclass(frozen=True, slots=True)
class Problem:
    """Arrays are by branch unless named by node. Powers and currents in per unit of base_kva."""

    graph: RadialGraph
    base_kva: float
    closed: BoolArray  # today
    may_open: BoolArray  # has a switch that may be opened; a branch that is open today counts as well
    open_operations: IntArray  # switches to operate to open it, if it is closed today
    close_operations: IntArray  # switches to operate to close it, if it is open today
    rating: FloatArray  # of the current; inf where not known
    low: FloatArray  # per node
    high: FloatArray
    customers: IntArray  # per node
    failures_per_year: FloatArray
    node_failures_per_year: FloatArray  # per node, of what was folded into it
    fixed_loss_kw: float = 0.0  # in what no switch can change
    weights: Weights = field(default_factory=Weights)
    most_operations: int | None = None

    @property
    def loss_weight(self) -> FloatArray:
        """Worth of the squared current of each branch."""
        known = np.isfinite(self.rating)
        balance = np.where(known, 1.0 / self.rating**2, 0.0) / max(int(known.sum()), 1)
        return self.weights.loss * self.base_kva * self.graph.impedance.real + self.weights.balance * balance

    @property
    def operation_weight(self) -> FloatArray:
        """By how much the number of operations grows if the branch is among the open ones."""
        return np.where(self.closed, self.open_operations, -self.close_operations).astype(np.float64)

    def operations(self, open_branches: IntArray) -> FloatArray:
        """(m,) switch operations from today's positions to each state (m, loops)."""
        all_closed = self.close_operations[~self.closed].sum()
        return np.asarray(all_closed + self.operation_weight[open_branches].sum(axis=-1), np.float64)


@dataclass(frozen=True, slots=True)
class Worth:
    """One row a state."""

    breach: FloatArray  # how far limits are exceeded, in sum over nodes and branches; inf: no valid state
    cost: FloatArray  # in kW of loss

    def best(self) -> int:
        return int(np.lexsort((self.cost, np.round(self.breach, 9)))[0])

    def key(self, row: int) -> tuple[float, float]:
        return round(float(self.breach[row]), 9), float(self.cost[row])


def worth(problem: Problem, open_branches: IntArray, flows: Flows) -> Worth:
    """Breaches first, cost second; a state with too many operations, or that is not valid, is worth nothing."""
    valid = flows.valid & _few_enough(problem, open_branches)
    with np.errstate(invalid="ignore"):
        cost = np.abs(flows.current) ** 2 @ problem.loss_weight
        breach = _breach(problem, flows)
    cost = cost + problem.weights.operation * problem.operations(open_branches)
    if problem.weights.interruption:
        rows = [interruptions(problem, row) if ok else np.nan for row, ok in zip(open_branches, valid, strict=True)]
        cost = cost + problem.weights.interruption * np.array(rows)
    return Worth(np.where(valid, breach, np.inf), np.where(valid, cost, np.inf))


def _few_enough(problem: Problem, open_branches: IntArray) -> BoolArray:
    if problem.most_operations is None:
        return np.ones(len(open_branches), np.bool_)
    return np.asarray(problem.operations(open_branches) <= problem.most_operations, np.bool_)


def _breach(problem: Problem, flows: Flows) -> FloatArray:
    voltage = np.abs(flows.voltage)
    below = np.maximum(problem.low - voltage, 0) + np.maximum(voltage - problem.high, 0)
    over = np.maximum(np.abs(flows.current) / problem.rating - 1, 0)
    return np.asarray(below[:, ~problem.graph.root].sum(axis=1) + over.sum(axis=1), np.float64)


def interruptions(problem: Problem, open_branches: IntArray) -> float:
    """Customer interruptions a year: a fault on a feeder interrupts all of its customers.

    A feeder is what hangs together when the roots are taken out: its breaker at the root clears each of its faults.
    """
    graph = problem.graph
    closed = np.ones(graph.n_branches, np.bool_)
    closed[open_branches] = False
    inside = closed & ~graph.root[graph.from_node] & ~graph.root[graph.to_node]
    ends = graph.from_node[inside], graph.to_node[inside]
    links = csr_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(graph.n_nodes, graph.n_nodes))
    count, feeder = connected_components(links, directed=False)
    at = np.where(graph.root[graph.from_node], graph.to_node, graph.from_node)
    failures = np.bincount(feeder[at[closed]], problem.failures_per_year[closed], count)
    failures += np.bincount(feeder[~graph.root], problem.node_failures_per_year[~graph.root], count)
    customers = np.bincount(feeder[~graph.root], problem.customers[~graph.root], count)
    return float(failures @ customers)
