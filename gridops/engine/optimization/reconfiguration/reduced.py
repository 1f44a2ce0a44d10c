"""The problem of a network: what of it can be switched, and what its switches do in that problem."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import Topology
from gridops.engine.optimization.radial_graph import ComplexArray, RadialGraph
from gridops.engine.optimization.reconfiguration.contraction import (
    Branch,
    Graph,
    Points,
    fold_ends,
    join_chains,
    spread_charging,
)
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.problem import Problem, Weights
from gridops.engine.optimization.reconfiguration.reduction import (
    BASE_KVA,
    LINE,
    SWITCH,
    TRANSFORMER,
    Elements,
    elements,
    emfs,
    end_flows,
    impedances,
    joined_nodes,
    ratings,
)
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import PERCENT

FOLDS_ABOVE = 500  # points; what is folded keeps its flow of today, so that small networks are taken whole


@dataclass(frozen=True, slots=True)
class Section:
    """What one branch of the problem is made of, by number in the network."""

    lines: tuple[int, ...]
    transformers: tuple[int, ...]
    switches: tuple[int, ...]  # that may be operated


@dataclass(frozen=True, slots=True)
class Reduced:
    problem: Problem
    sections: tuple[Section, ...]  # per branch of the problem
    rings_kept: bool  # something is looped today and stays so

    def positions(self, operating: Operating, open_branches: IntArray) -> BoolArray:
        """Switch positions of the whole network in a state given by its open branches."""
        closed = operating.switch_closed.copy()
        for branch in open_branches.tolist():
            if self.problem.closed[branch]:
                closed[self.switch_to_open(operating, branch)] = False
        for branch in np.setdiff1d(np.flatnonzero(~self.problem.closed), open_branches).tolist():
            closed[list(self.sections[branch].switches)] = True
        return closed

    def switch_to_open(self, operating: Operating, branch: int) -> int:
        """The first switch of a branch that is closed today."""
        return next(switch for switch in self.sections[branch].switches if operating.switch_closed[switch])


def reduce_network(
    operating: Operating, topology: Topology, state: GridState, *, weights: Weights, most_operations: int | None
) -> Reduced:
    """The problem of one hour. topology, state: of today's switch positions, solved."""
    every = elements(operating, topology)
    point, kept = joined_nodes(operating, every)
    points = _points(operating, state, every, point, kept)
    graph = _graph(operating, state, every, point, points)
    if len(points.demand) > FOLDS_ABOVE:
        fold_ends(graph, *end_flows(state, every))
    _add_idle_losses(operating, state, every, graph)
    spread_charging(graph)
    join_chains(graph)
    problem, branches = _problem(operating, every, graph, weights, most_operations)
    return Reduced(problem, tuple(_section(every, branch) for branch in branches), bool(kept.any()))


def _reference_voltage(state: GridState, point: IntArray) -> FloatArray:
    """Per point the voltage of its first node; 1 where dead."""
    reference = np.ones(int(point.max()) + 1)
    voltage = np.nan_to_num(state.voltage_pu, nan=1.0)
    reference[point[::-1]] = voltage[::-1]
    return reference


def _offset(state: GridState, point: IntArray) -> FloatArray:
    """Per node: its voltage over that of its point."""
    return np.nan_to_num(state.voltage_pu - _reference_voltage(state, point)[point])


def _points(operating: Operating, state: GridState, every: Elements, point: IntArray, kept: BoolArray) -> Points:
    network, n = operating.network, int(point.max()) + 1
    offset, live = _offset(state, point), np.isfinite(state.voltage_pu)
    low, high = np.zeros(n), np.full(n, np.inf)
    np.maximum.at(low, point[live], (operating.low_pu - offset)[live])
    np.minimum.at(high, point[live], (operating.high_pu - offset)[live])
    demand = np.zeros(n, np.complex128)
    served = live[network.injection_node]
    powers = -(operating.p_kw + 1j * operating.q_kvar)[served] / BASE_KVA
    np.add.at(demand, point[network.injection_node[served]], powers)
    customers = np.bincount(point[network.injection_node[served]], operating.customers[served], n)
    points = Points(
        demand=demand,
        shunt=np.zeros(n, np.complex128),
        low=low,
        high=high,
        customers=customers.astype(np.int32),
        failures=np.zeros(n),
        voltage=_reference_voltage(state, point),
    )
    _add_shunts(operating, state, point, points)
    _add_inner_losses(state, every, point, kept, points)
    return points


def _add_shunts(operating: Operating, state: GridState, point: IntArray, points: Points) -> None:
    shunts = operating.network.shunts
    square = np.nan_to_num(state.voltage_pu[shunts.node]) ** 2
    np.add.at(points.demand, point[shunts.node], -(shunts.p_kw + 1j * shunts.q_kvar) / BASE_KVA * square)


def _add_idle_losses(operating: Operating, state: GridState, every: Elements, graph: Graph) -> None:
    """What the transformers left in the graph draw without a load, at their high side."""
    t, points = operating.network.transformers, graph.points
    rows = np.array([row for row in graph.branches if every.kind[row] == TRANSFORMER], np.int32)
    number = every.number[rows]
    size = t.no_load_current_percent[number] * PERCENT * t.rated_s_kva[number]
    iron = t.iron_loss_kw[number]
    reactive = np.sqrt(np.maximum(size**2 - iron**2, 0.0))
    square = np.nan_to_num(state.voltage_pu[t.high_node[number]]) ** 2 / BASE_KVA
    np.add.at(points.demand, [graph.branches[row].a for row in rows.tolist()], (iron + 1j * reactive) * square)
    points.fixed_loss += float((iron * square).sum())


def _add_inner_losses(state: GridState, every: Elements, point: IntArray, kept: BoolArray, points: Points) -> None:
    """Losses on rings that stay closed, as demand of their point."""
    flow_a, flow_b = end_flows(state, every)
    rows = kept & (every.kind == LINE) | kept & (every.kind == TRANSFORMER)
    loss = flow_a[rows] + flow_b[rows]
    np.add.at(points.demand, point[every.a[rows]], loss)
    points.fixed_loss += float(loss.real.sum())


def _graph(operating: Operating, state: GridState, every: Elements, point: IntArray, points: Points) -> Graph:
    impedance = impedances(operating, every)
    emf = emfs(operating, state, every, impedance, _offset(state, point))
    rating, charging, failures = ratings(operating, every), _charging(operating, every), _failures(operating, every)
    a, b = point[every.a], point[every.b]
    return Graph(
        points,
        {
            row: Branch(
                a=int(a[row]),
                b=int(b[row]),
                rows=[row],
                impedance=complex(impedance[row]),
                emf=complex(emf[row]),
                charging=complex(charging[row]),
                rating=float(rating[row]),
                failures=float(failures[row]),
                closed=bool(every.closed[row]),
            )
            for row in np.flatnonzero(a != b).tolist()
        },
    )


def _charging(operating: Operating, every: Elements) -> ComplexArray:
    """Admittance to ground at each end of a line."""
    charging = np.zeros(len(every), np.complex128)
    lines = every.kind == LINE
    kv = operating.network.nominal_kv[every.a[lines]]
    charging[lines] = 0.5j * operating.network.lines.b_us[every.number[lines]] * 1e-6 * kv**2 / (BASE_KVA / 1000)
    return charging


def _failures(operating: Operating, every: Elements) -> FloatArray:
    failures = np.zeros(len(every))
    lines = every.kind == LINE
    failures[lines] = operating.failures_per_year[every.number[lines]]
    return failures


def _problem(
    operating: Operating, every: Elements, graph: Graph, weights: Weights, most_operations: int | None
) -> tuple[Problem, list[Branch]]:
    branches = list(graph.branches.values())
    used = np.array([0, *sorted({end for branch in branches for end in (branch.a, branch.b)} - {0})])
    place = np.zeros(len(graph.at), np.int32)
    place[used] = np.arange(len(used))
    points = graph.points
    root = np.zeros(len(used), np.bool_)
    root[0] = True
    switches = [_operated(every, branch) for branch in branches]
    problem = Problem(
        graph=RadialGraph(
            from_node=place[[branch.a for branch in branches]],
            to_node=place[[branch.b for branch in branches]],
            impedance=np.array([branch.impedance for branch in branches], np.complex128),
            emf=np.array([branch.emf for branch in branches], np.complex128),
            root=root,
            root_voltage=points.voltage[used].astype(np.complex128),
            demand=points.demand[used],
            shunt=points.shunt[used],
        ),
        base_kva=BASE_KVA,
        closed=np.array([branch.closed for branch in branches], np.bool_),
        may_open=np.array([len(rows) > 0 for rows in switches], np.bool_),
        open_operations=np.ones(len(branches), np.int32),
        close_operations=np.array([int((~every.closed[rows]).sum()) for rows in switches], np.int32),
        rating=np.array([branch.rating for branch in branches]),
        low=points.low[used],
        high=points.high[used],
        customers=points.customers[used],
        failures_per_year=np.array([branch.failures for branch in branches]),
        node_failures_per_year=points.failures[used],
        fixed_loss_kw=points.fixed_loss * BASE_KVA,
        weights=weights,
        most_operations=most_operations,
    )
    return problem, branches


def _operated(every: Elements, branch: Branch) -> IntArray:
    rows = np.array(branch.rows, np.int32)
    return rows[every.may[rows]]


def _section(every: Elements, branch: Branch) -> Section:
    rows = np.array(branch.rows, np.int32)
    of = {kind: tuple(every.number[rows[every.kind[rows] == kind]].tolist()) for kind in (LINE, TRANSFORMER)}
    operated = _operated(every, branch)
    return Section(of[LINE], of[TRANSFORMER], tuple(every.number[operated[every.kind[operated] == SWITCH]].tolist()))
