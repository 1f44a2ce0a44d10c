"""Operating envelopes: how much each connection point may draw and feed in so that any use inside is safe.

Linear rows of the watched voltages and branches at the expected state; each row's worst use is every point at
that end of its envelope which moves the row towards its limit, so that a row bounds a sum whatever the others do.
A linear program gives every point the same share of what it asks for, as large as can be, and then hands out what is
left. The corners (all draw, all feed in, and the worst use of each row that binds) are then solved by the full power
flow; where one breaks a limit, its margin is kept from the row and the program is solved again. Source of the notion:
M. Liu, L. Ochoa et al., Using OPF-based operating envelopes (2022).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.point import Point, Points, Setting, branch_loading
from gridops.engine.optimization.sensitivities import loading_rows, voltage_rows
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.powerflow.state import PowerFlowResult

MOST_ROUNDS = 8
NEAR_PU = 0.03  # of a limit: voltages that are watched in any case
SPARE_PU, SPARE_LOADING = 1e-4, 2e-3  # a corner this far beyond is not safe
STILL_FAIR = 0.999  # of the common share, kept when what is left is handed out
NEAR_CORNER = 0.98  # of a row's room, from which its worst use is solved
TIGHTER, TIGHTER_BY = 0.02, 0.05  # of the room, and of the excess in its own unit
SHRINK = 0.9  # of every envelope where the rounds do not end in confirmed corners
MOST_SHRINKS = 20
UNSAFE_NOW = "The expected state itself is beyond a limit: nothing more can be allowed before that is relieved."


@dataclass(frozen=True, slots=True)
class Connections:
    """Points, each an injection of the network, and the most it asks for (kW, not negative)."""

    injection: IntArray
    most_import_kw: FloatArray
    most_export_kw: FloatArray


@dataclass(frozen=True, slots=True)
class Bounds:
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    loading: float = 1.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Limits of each point: its power into the network may be anything from -import to +export."""

    import_kw: FloatArray
    export_kw: FloatArray
    share: float  # of what was asked for that every point has
    confirmed: bool  # all corners keep all limits by the full power flow
    corners: int  # solved in the last round
    reason: str  # where it is not confirmed


def envelopes(
    setting: Setting, connections: Connections, bounds: Bounds, *, p_kw: FloatArray, q_kvar: FloatArray
) -> list[Envelope]:
    """One envelope of all points for each step. p_kw, q_kvar: (T, injections) expected, positive into the network; that
    of the connection points counts for nothing but their reactive power, which is kept.

    A step whose expected state has no solution, or is beyond a limit with all points at nothing, gets envelopes of
    nothing and the reason.
    """
    points = Points(setting)
    return [_Step(points, connections, bounds, p, q).envelope() for p, q in zip(p_kw, q_kvar, strict=True)]


@dataclass(slots=True)
class _Rows:
    """What is watched: effect per kW of each point, and how far it may still rise and fall."""

    effect: FloatArray  # (rows, points)
    rise: FloatArray
    fall: FloatArray


class _Step:
    def __init__(
        self, points: Points, connections: Connections, bounds: Bounds, p_kw: FloatArray, q_kvar: FloatArray
    ) -> None:
        self._points, self._connections, self._bounds = points, connections, bounds
        self._idle = p_kw.copy()
        self._idle[connections.injection] = 0.0
        self._q = q_kvar
        c = points.compiled
        bus = c.live_bus_of_node[points.setting.network.injection_node[connections.injection]]
        self._live = bus >= 0
        self._bus = np.maximum(bus, 0)
        self._most_in = np.where(self._live, connections.most_import_kw, 0.0)
        self._most_out = np.where(self._live, connections.most_export_kw, 0.0)

    def envelope(self) -> Envelope:
        point = self._points.at(self._idle, self._q)
        if point is None:
            return self._nothing(self._points.reason)
        if self._beyond(point.result) > 0:
            return self._nothing(UNSAFE_NOW)
        rows = self._watched(point)
        for _ in range(MOST_ROUNDS):
            take, give, share = self._fair(rows)
            broken, corners = self._confirm(rows, take, give)
            if not broken:
                return Envelope(take, give, share, True, corners, "")
        return self._shrunk(rows, take, give, share)

    def _watched(self, point: Point) -> _Rows:
        """Rows of every live voltage and rated branch that the asked powers could bring to its limit."""
        c = point.compiled
        low, high = bus_limits(point, self._bounds)
        every = np.arange(c.n_buses, dtype=np.int32)
        branch = np.flatnonzero(np.isfinite(branch_loading(point))).astype(np.int32)
        magnitude, loading = np.abs(point.voltage), branch_loading(point)[branch]
        volts = voltage_rows(point, every).by_kw[:, self._bus]
        loads = loading_rows(point, branch).by_kw[:, self._bus]
        idle = np.full(len(branch), np.inf)
        effect = np.vstack([volts, loads, -loads])
        # An idle branch carries current whichever way: what turns its flow round comes out at the other side of zero.
        rise = np.concatenate([high - magnitude, self._bounds.loading - loading, self._bounds.loading + loading])
        fall = np.concatenate([magnitude - low, idle, idle])
        upward, downward = self._reach(effect, self._most_in, self._most_out)
        kept = (upward > rise) | (downward > fall)
        near = np.arange(len(rise)) < c.n_buses
        kept |= near & (np.minimum(rise, fall) < NEAR_PU) & (upward + downward > 0)
        return _Rows(effect[kept], rise[kept], fall[kept])

    def _reach(self, effect: FloatArray, take: FloatArray, give: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How far all points together can raise and lower each row."""
        up, down = np.maximum(effect, 0.0), np.maximum(-effect, 0.0)
        return up @ give + down @ take, down @ give + up @ take

    def _fair(self, rows: _Rows) -> tuple[FloatArray, FloatArray, float]:
        """The largest common share first; then the rest, without taking anybody below it."""
        n = len(self._bus)
        up, down = np.maximum(rows.effect, 0.0), np.maximum(-rows.effect, 0.0)
        sums = np.vstack([np.hstack([down, up]), np.hstack([up, down])])
        room = np.maximum(np.concatenate([rows.rise, rows.fall]), 0.0)
        bound = np.isfinite(room)
        sums, room = sums[bound], room[bound]
        most = np.concatenate([self._most_in, self._most_out])
        worst = sums @ most
        share = float(np.min(np.divide(room, worst, out=np.ones_like(room), where=worst > room), initial=1.0))
        solved = solve(
            Program.of(
                cost=-1.0 / np.maximum(most, 1e-9) * (most > 0),
                lower=STILL_FAIR * share * most,
                upper=most,
                matrix=csr_array(sums),
                row_lower=np.full(len(room), -np.inf),
                row_upper=room,
            )
        )
        found = np.maximum(solved.x, 0.0) if solved.ok else share * most
        return found[:n], found[n:], share

    def _confirm(self, rows: _Rows, take: FloatArray, give: FloatArray) -> tuple[bool, int]:
        """Solve the corners; whether one was beyond a limit. Its rows are tightened by what it was beyond."""
        upward, downward = self._reach(rows.effect, take, give)
        corners: list[tuple[FloatArray, int, bool]] = [(give, -1, True), (-take, -1, False)]
        for upwards, reached, room in ((True, upward, rows.rise), (False, downward, rows.fall)):
            ends = (give, -take) if upwards else (-take, give)
            near = np.flatnonzero(reached > NEAR_CORNER * room).tolist()
            corners += [(np.where(rows.effect[row] > 0, *ends), row, upwards) for row in near]
        broken, seen = False, set()
        for power, row, upwards in corners:
            key = power.round(3).tobytes()
            if key in seen and row < 0:
                continue
            seen.add(key)
            over = self._excess(power)
            if over > 0:
                broken = True
                self._tighten(rows, row, upwards, over)
        return broken, len(seen)

    def _tighten(self, rows: _Rows, row: int, upwards: bool, over: float) -> None:
        side = rows.rise if upwards else rows.fall
        chosen = slice(None) if row < 0 else slice(row, row + 1)
        bound = np.isfinite(side[chosen])
        tighter = side[chosen] - TIGHTER_BY * min(over, 1.0) - TIGHTER * np.abs(side[chosen])
        side[chosen] = np.where(bound, tighter, side[chosen])

    def _excess(self, power: FloatArray) -> float:
        p = self._idle.copy()
        p[self._connections.injection] = power
        found = self._points.result(p, self._q)
        return self._beyond(found) if found.converged else 1.0

    def _beyond(self, found: PowerFlowResult) -> float:
        """Largest excess over a limit, in shares of 0.05 pu or of the rating; not positive where all is safe."""
        volts = np.fmax(found.voltage_pu - self._bounds.high_pu, self._bounds.low_pu - found.voltage_pu) - SPARE_PU
        loading = np.concatenate([found.line_loading, found.transformer_loading, [0.0]])
        loads = loading - self._bounds.loading - SPARE_LOADING
        return float(max(np.nanmax(volts) / 0.05, np.nanmax(loads)))

    def _shrunk(self, rows: _Rows, take: FloatArray, give: FloatArray, share: float) -> Envelope:
        for number in range(1, MOST_SHRINKS):
            factor = SHRINK**number
            broken, corners = self._confirm(rows, factor * take, factor * give)
            if not broken:
                return Envelope(factor * take, factor * give, factor * share, True, corners, "")
        return self._nothing("No envelope was confirmed by the full power flow.")

    def _nothing(self, reason: str) -> Envelope:
        zero = np.zeros(len(self._bus))
        return Envelope(zero, zero, 0.0, False, 0, reason)


def bus_limits(point: Point, bounds: Bounds) -> tuple[FloatArray, FloatArray]:
    """Of each live bus: the tightest of its nodes."""
    c = point.compiled
    bus = c.live_bus_of_node[c.nodes]
    low, high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
    np.maximum.at(low, bus, bounds.low_pu[c.nodes])
    np.minimum.at(high, bus, bounds.high_pu[c.nodes])
    return low, high
