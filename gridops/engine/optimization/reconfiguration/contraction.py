"""A graph of branches made smaller: ends are folded into their node, chains without load become one branch."""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.radial_graph import ComplexArray

_NO_DEMAND = 1e-12


@dataclass(slots=True)
class Branch:
    """From point a to point b; the rows are those of the elements it is made of."""

    a: int
    b: int
    rows: list[int]
    impedance: complex
    emf: complex
    charging: complex  # admittance to ground at each end
    rating: float
    failures: float
    closed: bool

    def other(self, point: int) -> int:
        return self.b if point == self.a else self.a

    def emf_towards(self, point: int) -> complex:
        return self.emf if point == self.b else -self.emf


@dataclass(slots=True)
class Points:
    """What belongs to each point. The arrays are changed in place."""

    demand: ComplexArray
    shunt: ComplexArray
    low: FloatArray
    high: FloatArray
    customers: IntArray
    failures: FloatArray
    voltage: FloatArray  # today's
    fixed_loss: float = 0.0


@dataclass(slots=True)
class Graph:
    """Point 0 holds the sources."""

    points: Points
    branches: dict[int, Branch]
    at: list[set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.at = [set() for _ in range(len(self.points.demand))]
        for key, branch in self.branches.items():
            self.at[branch.a].add(key)
            self.at[branch.b].add(key)

    def take(self, key: int) -> Branch:
        branch = self.branches.pop(key)
        self.at[branch.a].discard(key)
        self.at[branch.b].discard(key)
        return branch

    def put(self, key: int, branch: Branch) -> None:
        self.branches[key] = branch
        self.at[branch.a].add(key)
        self.at[branch.b].add(key)


def fold_ends(graph: Graph, flow_a: ComplexArray, flow_b: ComplexArray) -> None:
    """Take away points on a single branch; their node draws what flows into the branch today.

    flow_a, flow_b: power from the branch's ends into it, by its only row; nan for a switch, which has no loss.
    """
    waiting = [point for point in range(1, len(graph.at)) if len(graph.at[point]) == 1]
    while waiting:
        point = waiting.pop()
        if len(graph.at[point]) != 1:
            continue
        branch = graph.take(next(iter(graph.at[point])))
        near = branch.other(point)
        _fold(graph.points, branch, point, near, (flow_a, flow_b))
        if near and len(graph.at[near]) == 1:
            waiting.append(near)


def _fold(p: Points, branch: Branch, point: int, near: int, flows: tuple[ComplexArray, ComplexArray]) -> None:
    row = branch.rows[0]
    into = flows[0 if near == branch.a else 1][row]
    if branch.closed:
        p.demand[near] += p.demand[point] if np.isnan(into) else into
        p.fixed_loss += 0.0 if np.isnan(into) else float((flows[0][row] + flows[1][row]).real)
        drop = float(np.nan_to_num(p.voltage[near] - p.voltage[point]))
        p.low[near] = max(p.low[near], p.low[point] + drop)
        p.high[near] = min(p.high[near], p.high[point] + drop)
    p.customers[near] += p.customers[point]
    p.failures[near] += p.failures[point] + branch.failures


def spread_charging(graph: Graph) -> None:
    """Put the charging of each branch, an admittance in per unit, at the points of its two ends."""
    for branch in graph.branches.values():
        graph.points.shunt[branch.a] += branch.charging
        graph.points.shunt[branch.b] += branch.charging


def join_chains(graph: Graph) -> None:
    """Take away points without demand between two branches, which become one."""
    waiting = list(range(1, len(graph.at)))
    while waiting:
        point = waiting.pop()
        if len(graph.at[point]) != 2 or abs(graph.points.demand[point]) > _NO_DEMAND:
            continue
        one, other = (graph.branches[key] for key in graph.at[point])
        start, end = one.other(point), other.other(point)
        if start in (end, point) or end == point:
            continue
        key, away = graph.at[point]
        graph.take(key)
        graph.take(away)
        graph.put(key, _joined(one, other, point))
        _move_shunt(graph.points, one, other, point)


def _joined(one: Branch, other: Branch, point: int) -> Branch:
    start, end = one.other(point), other.other(point)
    return Branch(
        a=start,
        b=end,
        rows=one.rows + other.rows,
        impedance=one.impedance + other.impedance,
        emf=one.emf_towards(point) + other.emf_towards(end),
        charging=0j,
        rating=min(one.rating, other.rating),
        failures=one.failures + other.failures,
        closed=one.closed and other.closed,
    )


def _move_shunt(p: Points, one: Branch, other: Branch, point: int) -> None:
    """To the nearer end: what stands beside a switch stands at its other side."""
    near = min(one, other, key=lambda branch: abs(branch.impedance))
    p.shunt[near.other(point)] += p.shunt[point]
    p.customers[near.other(point)] += p.customers[point]
    p.failures[near.other(point)] += p.failures[point]
    p.shunt[point] = 0
    p.customers[point] = 0
    p.failures[point] = 0
