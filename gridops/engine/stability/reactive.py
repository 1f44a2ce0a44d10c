"""Volt-var answers of inverters to a sudden drop: how steep each curve has to be, and whether that holds.

Each inverter gives reactive power in proportion to how far its own voltage lies from where it stood before, beyond a
deadband: the curve of IEEE 1547-2018, clause 5.3.3, with its reference following the voltage slowly (autonomous
reference adjustment). Slopes of the power flow choose the steepness; a full power flow in which every inverter follows
its own curve says what comes of it.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.point import Point, Points, Setting
from gridops.engine.optimization.sensitivities import voltage_rows
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.security.zones import OperatingPoint

MOST_BUSES = 200  # with the largest drop; the verification looks at all
TRIES = 6
ROUNDS, DAMPING, SETTLED = 60, 0.5, 1e-4
SHORTAGE = 1e5  # cost of a pu that is missing, against kvar
SPARE = 0.05  # what the slopes are trusted too little: more than asked is chosen


@dataclass(frozen=True, slots=True)
class Curve:
    """Deviations from the reference at which an inverter begins, and at which it gives all of its share."""

    begins_pu: float = 0.005
    full_pu: float = 0.03

    def part(self, drop_pu: FloatArray) -> FloatArray:
        """Of the share, with the sign of the drop: a drop is answered by reactive power into the network."""
        size = np.clip((np.abs(drop_pu) - self.begins_pu) / (self.full_pu - self.begins_pu), 0.0, 1.0)
        return np.asarray(np.sign(drop_pu) * size)


@dataclass(frozen=True, slots=True)
class Inverters:
    node: IntArray  # (n,)
    rated_kvar: FloatArray
    room_kvar: FloatArray  # that the active power leaves


@dataclass(frozen=True, slots=True)
class VoltVarShares:
    share: FloatArray  # (n,) of the rating, given at the full deviation
    kvar: FloatArray  # (n,) that each really gives after the loss
    worst_drop_pu: float  # without them, anywhere
    worst_drop_with_pu: float  # with them, by power flow
    holds: bool  # the drop that was allowed is kept
    reason: str


def volt_var_shares(
    before: OperatingPoint,
    lost_kw: FloatArray,
    lost_kvar: FloatArray,
    inverters: Inverters,
    *,
    allowed_drop_pu: float,
    curve: Curve | None = None,
) -> VoltVarShares:
    """lost_kw, lost_kvar: (nodes,) injection that goes missing. Numeric failure is a result with its reason."""
    shape, points = curve or Curve(), _points(before)
    nothing = np.zeros(len(inverters.node))
    p, q = np.nan_to_num(before.node_p_kw), np.nan_to_num(before.node_q_kvar)
    stood = points.result(p, q)
    after = points.at(p - lost_kw, q - lost_kvar)
    if not stood.converged or after is None:
        return VoltVarShares(nothing, nothing, np.nan, np.nan, False, points.reason)
    drop = stood.voltage_pu - after.result.voltage_pu
    worst = float(np.nanmax(drop))
    if worst <= allowed_drop_pu:
        return VoltVarShares(nothing, nothing, worst, worst, True, "The drop stays within what is allowed by itself.")
    lost = (p - lost_kw, q - lost_kvar)
    share, given, left = _settled(points, stood.voltage_pu, after, lost, _Asked(inverters, shape, allowed_drop_pu))
    holds = bool(left <= allowed_drop_pu)
    reason = "" if holds else "The inverters where the voltage sinks cannot hold the drop that is allowed."
    return VoltVarShares(share, given, worst, left, holds, reason)


@dataclass(frozen=True, slots=True)
class _Asked:
    inverters: Inverters
    curve: Curve
    allowed_drop_pu: float


def _settled(
    points: Points, stood_pu: FloatArray, after: Point, lost: tuple[FloatArray, FloatArray], asked: _Asked
) -> tuple[FloatArray, FloatArray, float]:
    """The best of some tries: what a curve gives falls as the voltage comes back, which each try learns of the last."""
    inverters = asked.inverters
    drop = stood_pu - after.result.voltage_pu
    local = np.nan_to_num(drop[inverters.node])
    none = np.zeros(len(inverters.node))
    best, held = (none, none, np.inf), local
    for _ in range(TRIES):
        share, relieved = _chosen(after, drop, asked, asked.curve.part(held))
        steep = replace(inverters, rated_kvar=share * inverters.rated_kvar)
        given, left = _answered(points, stood_pu, lost, steep, asked.curve)
        if left < best[2]:
            best = (share, given, left)
        if left <= asked.allowed_drop_pu:
            break
        held = (held + np.maximum(local - relieved, 0.0)) / 2
    return best


def _points(before: OperatingPoint) -> Points:
    everywhere = replace(before.network, injection_node=np.arange(before.network.n_nodes, dtype=np.int32))
    return Points(Setting(everywhere, before.topology, before.tap_position, before.source_voltage_pu))


def _chosen(after: Point, drop: FloatArray, asked: _Asked, part: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least reactive power that brings the lowest buses back; the steepness that makes each inverter give it, and by
    how much its own voltage comes back.

    part: of its steepness that each can be counted on with.
    """
    inverters = asked.inverters
    c = after.compiled
    own = c.live_bus_of_node[inverters.node]
    bus_drop = np.full(c.n_buses, -np.inf)
    np.maximum.at(bus_drop, c.live_bus_of_node[c.nodes], np.nan_to_num(drop[c.nodes]))
    lowest = np.argsort(-bus_drop)[:MOST_BUSES].astype(np.int32)
    effect = voltage_rows(after, lowest).by_kvar[:, np.maximum(own, 0)] * (own >= 0)
    n, missing = len(own), np.maximum(bus_drop[lowest] * (1 + SPARE) - asked.allowed_drop_pu, 0.0)
    most = np.minimum(inverters.room_kvar, inverters.rated_kvar * np.maximum(part, 0.0)) * (own >= 0)
    solved = solve(
        Program.of(
            cost=np.concatenate([np.ones(n), [SHORTAGE * n * max(float(most.sum()), 1.0)]]),
            lower=np.zeros(n + 1),
            upper=np.concatenate([most, [np.inf]]),
            matrix=csr_array(np.hstack([effect, np.ones((len(lowest), 1))])),
            row_lower=missing,
            row_upper=np.full(len(lowest), np.inf),
        )
    )
    if not solved.ok:
        return np.zeros(n), np.zeros(n)
    relieved = _relief(after, inverters, solved.x[:n])
    stands = np.maximum(asked.curve.part(np.maximum(np.nan_to_num(drop[inverters.node]) - relieved, 0.0)), 1e-3)
    share = solved.x[:n] / np.maximum(inverters.rated_kvar * stands, 1e-9)
    return np.clip(share, 0.0, 1.0), relieved


def _relief(after: Point, inverters: Inverters, kvar: FloatArray) -> FloatArray:
    own = np.maximum(after.compiled.live_bus_of_node[inverters.node], 0)
    return np.asarray(voltage_rows(after, own.astype(np.int32)).by_kvar[:, own] @ kvar)


def _answered(
    points: Points,
    stood_pu: FloatArray,
    powers: tuple[FloatArray, FloatArray],
    inverters: Inverters,
    curve: Curve,
) -> tuple[FloatArray, float]:
    """What each inverter gives once all follow their curves, and the largest drop that is left.

    inverters: rated for what they give at the full deviation.
    """
    p, q = powers
    given, left = np.zeros(len(inverters.node)), np.inf
    for _ in range(ROUNDS):
        found = points.result(p, q + np.bincount(inverters.node, given, len(q)))
        if not found.converged:
            return given, np.inf
        left = float(np.nanmax(stood_pu - found.voltage_pu))
        part = curve.part(np.nan_to_num((stood_pu - found.voltage_pu)[inverters.node]))
        wanted = np.clip(inverters.rated_kvar * part, -inverters.room_kvar, inverters.room_kvar)
        if np.all(np.abs(wanted - given) <= SETTLED * np.maximum(inverters.rated_kvar, 1.0)):
            break
        given = given + DAMPING * (wanted - given)
    return given, left
