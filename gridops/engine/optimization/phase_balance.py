"""Which loads should hang on other phases, so that lines and transformers carry their phases alike.

A move turns the phases of a group (one load, or a lateral with all of its loads) by one or two places. With voltages
held at their nominal phasors the losses are a quadratic form of the phase currents, r1 for each phase and
(r0 - r1) / 3 for their sum, so that what each move gains is exact in that model; above a delta winding the phases count
as if they passed it unchanged. The move that gains most is taken, again and again. What comes of it is believed only
when the power flow of the three phases confirms it.

Source of the form: symmetrical components (Fortescue 1918). Zhu, Chow and Zhang (IEEE Trans. Power Systems 13(2), 1998)
choose the phases of laterals by a mixed-integer program of the same currents.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.optimization.radial_graph import ComplexArray, RadialGraph, fed_through, first_tree
from gridops.engine.powerflow.three_phase import PHASES, ThreePhaseState, ZeroSequence, solve_three_phase

LEAST_GAIN = 1e-9
_PHASORS = np.exp(-2j * np.pi * np.arange(PHASES) / PHASES)


@dataclass(frozen=True, slots=True)
class PhaseProblem:
    network: Network
    topology: Topology
    zero: ZeroSequence
    p_kw: FloatArray  # injections x 3, into the network
    q_kvar: FloatArray
    tap_position: IntArray
    source_voltage_pu: FloatArray
    group: IntArray  # per injection: those of one number are moved together; -1 stays where it is
    most_moves: int


@dataclass(frozen=True, slots=True)
class PhaseMove:
    group: int
    turn: int  # 1: from a to b, from b to c, from c to a; 2: the other way round


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """Of the power flow of the three phases."""

    loss_kw: float
    worst_unbalance: float  # of any node's voltage, negative over positive sequence
    transformer_spread: FloatArray  # per transformer: most over mean power of its phases, less 1; nan without load


@dataclass(frozen=True, slots=True)
class PhaseAdvice:
    moves: tuple[PhaseMove, ...]
    before: PhaseFigures
    after: PhaseFigures
    reason: str  # why there is no move; empty if there is one


def phase_advice(problem: PhaseProblem) -> PhaseAdvice:
    """The moves that lower the losses most, at most `most_moves`, confirmed by the power flow of the three phases.

    Without a move the advice says why: no solution, rings, nothing to gain. Raises ValueError for shapes that do not
    fit.
    """
    state = _flow(problem, problem.p_kw, problem.q_kvar)
    before = _figures(problem.network, state)
    if not state.converged:
        return PhaseAdvice((), before, before, f"The power flow of the three phases has no solution: {state.reason}")
    model = _model(problem)
    if model is None:
        return PhaseAdvice((), before, before, "The network has closed rings; phases are advised for radial networks.")
    moves = _descend(model, problem.most_moves)
    while moves:
        turned = _flow(problem, *_turned(problem, moves))
        after = _figures(problem.network, turned)
        if turned.converged and after.loss_kw < before.loss_kw * (1 - LEAST_GAIN) and not _worse(before, after):
            return PhaseAdvice(tuple(moves), before, after, "")
        moves = moves[:-1]  # the last one promised least
    return PhaseAdvice((), before, before, "No move of a load to another phase lowers losses and unbalance.")


def _worse(before: PhaseFigures, after: PhaseFigures) -> bool:
    return after.worst_unbalance > before.worst_unbalance + 1e-6


def _flow(problem: PhaseProblem, p_kw: FloatArray, q_kvar: FloatArray) -> ThreePhaseState:
    return solve_three_phase(
        problem.network,
        problem.topology,
        problem.zero,
        p_kw=p_kw,
        q_kvar=q_kvar,
        tap_position=problem.tap_position,
        source_voltage_pu=problem.source_voltage_pu,
    )


def _figures(network: Network, state: ThreePhaseState) -> PhaseFigures:
    loss = state.line_p_from_kw.sum() + state.line_p_to_kw.sum()
    loss += state.transformer_p_high_kw.sum() + state.transformer_p_low_kw.sum()
    size = np.hypot(state.transformer_p_low_kw, state.transformer_q_low_kvar)
    mean = size.mean(axis=1) if len(size) else np.zeros(0)
    spread = np.full(len(size), np.nan)
    spread[mean > 0] = size[mean > 0].max(axis=1) / mean[mean > 0] - 1
    unbalance = state.voltage_unbalance
    worst = float(np.nanmax(unbalance)) if np.isfinite(unbalance).any() else float("nan")
    return PhaseFigures(float(loss), worst, spread)


def _turned(problem: PhaseProblem, moves: list[PhaseMove]) -> tuple[FloatArray, FloatArray]:
    p_kw, q_kvar = problem.p_kw.copy(), problem.q_kvar.copy()
    for move in moves:
        rows = problem.group == move.group
        p_kw[rows] = np.roll(p_kw[rows], move.turn, axis=1)
        q_kvar[rows] = np.roll(q_kvar[rows], move.turn, axis=1)
    return p_kw, q_kvar


@dataclass(frozen=True, slots=True)
class _Model:
    """Phase currents by branch, and what each turn of each group adds to them."""

    groups: IntArray
    current: ComplexArray  # (branches, 3)
    change: ComplexArray  # (groups, 2 turns, branches, 3)
    weight: FloatArray  # (branches,) of the squared currents of the phases
    sum_weight: FloatArray  # (branches,) of their squared sum

    def cost(self, current: ComplexArray) -> FloatArray:
        """Of currents (..., branches, 3)."""
        phases = (np.abs(current) ** 2).sum(axis=-1) @ self.weight
        return np.asarray(phases + np.abs(current.sum(axis=-1)) ** 2 @ self.sum_weight, np.float64)


def _model(problem: PhaseProblem) -> _Model | None:
    network, bus = problem.network, problem.topology.bus_of_node
    graph, r1, r0 = _graph(problem)
    if graph.n_loops:
        return None
    parent, order = first_tree(graph, np.zeros(graph.n_branches, np.bool_))
    below = fed_through(graph, parent, order)
    feeds = np.zeros((graph.n_branches, graph.n_nodes))
    feeds[parent[order]] = below
    at = _places(problem)[bus[network.injection_node]]
    live = at >= 0
    drawn = np.conj(-(problem.p_kw + 1j * problem.q_kvar)) * live[:, None]
    along = feeds[:, np.where(live, at, 0)]
    groups = np.unique(problem.group[(problem.group >= 0) & live]).astype(np.int32)
    return _Model(
        groups=groups,
        current=along @ (drawn * _PHASORS),
        change=np.array([_changes(along, drawn, problem.group == group) for group in groups]).reshape(
            len(groups), 2, graph.n_branches, PHASES
        ),
        weight=r1,
        sum_weight=(r0 - r1) / PHASES,
    )


def _changes(along: FloatArray, drawn: ComplexArray, rows: np.ndarray) -> ComplexArray:
    own, fed = drawn[rows], along[:, rows]
    return np.array([fed @ ((np.roll(own, turn, axis=1) - own) * _PHASORS) for turn in (1, 2)])


def _places(problem: PhaseProblem) -> IntArray:
    """Per bus its place among the live ones, -1 for dead ones."""
    live = problem.topology.bus_energised
    return np.where(live, np.cumsum(live) - 1, -1).astype(np.int32)


def _graph(problem: PhaseProblem) -> tuple[RadialGraph, FloatArray, FloatArray]:
    """Live buses with lines and transformers; resistances of the positive and zero sequence over the squared kV."""
    network, bus, place = problem.network, problem.topology.bus_of_node, _places(problem)
    lines, t = network.lines, network.transformers
    a = place[bus[np.concatenate([lines.from_node, t.high_node])]]
    b = place[bus[np.concatenate([lines.to_node, t.low_node])]]
    kv = network.nominal_kv[lines.from_node]
    own = t.copper_loss_kw / t.rated_s_kva**2 * 1e3
    r1 = np.concatenate([lines.r_ohm / kv**2, own])
    r0 = np.concatenate([problem.zero.r_ohm / kv**2, own])
    alive = (a >= 0) & (a != b)
    n, nothing = int(place.max()) + 1, np.zeros(int(alive.sum()), np.complex128)
    root = np.zeros(n, np.bool_)
    root[place[bus[network.source_node]]] = True
    zeros = np.zeros(n, np.complex128)
    graph = RadialGraph(a[alive], b[alive], nothing, nothing, root, zeros, zeros, zeros)
    return graph, r1[alive], r0[alive]


def _descend(model: _Model, most_moves: int) -> list[PhaseMove]:
    """The move that gains most, again and again; each group once."""
    moves: list[PhaseMove] = []
    current, free = model.current, np.ones(len(model.groups), np.bool_)
    while len(moves) < most_moves and free.any():
        cost = model.cost(current)
        after = np.where(free[:, None], model.cost(current + model.change), np.inf)
        group, turn = np.unravel_index(int(np.argmin(after)), after.shape)
        if not after[group, turn] < cost * (1 - LEAST_GAIN):
            break
        moves.append(PhaseMove(int(model.groups[group]), int(turn) + 1))
        current = current + model.change[group, turn]
        free[group] = False
    return moves
