"""Operating envelopes: how much each connection point may draw and feed in so that any use inside is safe.

Linear rows of the watched voltages and branches at the expected state; each row's worst use is every point at
that end of its envelope which moves the row towards its limit, so that a row bounds a sum whatever the others do.
Every point gets the same share of what it asks for, as large as can be; then those whom no full row holds go on. The
corners (all draw, all feed in, and the worst use of each row that binds) are then solved by the full power flow; where
one breaks a limit, its margin is kept from the row and it is shared out again. Source of the notion: M. Liu, L. Ochoa
et al., Using OPF-based operating envelopes (2022).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.point import Point, Points, Setting, branch_loading
from gridops.engine.optimization.sensitivities import loading_rows, voltage_rows
from gridops.engine.powerflow.state import PowerFlowResult

MOST_ROUNDS = 8
NEAR_PU = 0.03  # of a limit: voltages that are watched in any case
SPARE_PU, SPARE_LOADING = 1e-4, 2e-3  # a corner this far beyond is not safe
NEAR_CORNER = 0.98  # of a row's room, from which its worst use is solved
TIGHTER, TIGHTER_BY = 0.02, 0.05  # of the room, and of the excess in its own unit
SHRINK = 0.9  # of every envelope where the rounds do not end in confirmed corners
MOST_SHRINKS = 20
SMALL = 0.05  # of a row's largest part
LEAST_RATE = 1e-9
LEAST_BEYOND = 1e-6  # of a row's room, and of a whole share
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
        """The largest common share, then more for all whom no full row holds, again and again."""
        n = len(self._bus)
        up, down = np.maximum(rows.effect, 0.0), np.maximum(-rows.effect, 0.0)
        sums = np.vstack([np.hstack([down, up]), np.hstack([up, down])])
        room = np.maximum(np.concatenate([rows.rise, rows.fall]), 0.0)
        bound = np.isfinite(room)
        sums, room = sums[bound], room[bound]
        most = np.concatenate([self._most_in, self._most_out])
        worst = sums @ most
        share = float(np.min(np.divide(room, worst, out=np.ones_like(room), where=worst > room), initial=1.0))
        found = filled(sums * most, room, share)
        return found[:n] * most[:n], found[n:] * most[n:], share

    def _confirm(self, rows: _Rows, take: FloatArray, give: FloatArray) -> tuple[bool, int]:
        """Solve the corners; whether one was beyond a limit. Its rows are tightened by what it was beyond."""
        upward, downward = self._reach(rows.effect, take, give)
        corners: dict[bytes, tuple[FloatArray, list[tuple[int, bool]]]] = {}
        for power, row, upwards in self._corners(rows, (upward, downward), take, give):
            corners.setdefault(power.round(3).tobytes(), (power, []))[1].append((row, upwards))
        broken = False
        for power, of_rows in corners.values():
            over = self._excess(power)
            broken |= over > 0
            for row, upwards in of_rows if over > 0 else ():
                self._tighten(rows, row, upwards, over)
        return broken, len(corners)

    def _corners(
        self, rows: _Rows, reached: tuple[FloatArray, FloatArray], take: FloatArray, give: FloatArray
    ) -> Iterator[tuple[FloatArray, int, bool]]:
        """All feed in, all draw (row -1), and the worst use of each row that is nearly full."""
        yield give, -1, True
        yield -take, -1, False
        for upwards, reach, room in ((True, reached[0], rows.rise), (False, reached[1], rows.fall)):
            ends = (give, -take) if upwards else (-take, give)
            for row in np.flatnonzero(reach > NEAR_CORNER * room).tolist():
                yield np.where(rows.effect[row] > 0, *ends), row, upwards

    def _tighten(self, rows: _Rows, row: int, upwards: bool, over: float) -> None:
        side = rows.rise if upwards else rows.fall
        chosen = slice(None) if row < 0 else slice(row, row + 1)
        bound = np.isfinite(side[chosen])
        room = side[chosen][bound]
        side[chosen][bound] = room - TIGHTER_BY * min(over, 1.0) - TIGHTER * np.abs(room)

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


def filled(use: FloatArray, room: FloatArray, share: float) -> FloatArray:
    """Shares of what each column asks for, between 0 and 1, such that no row of `use` is beyond its room.

    use: (rows, columns), what a column at its whole asks of a row, not negative. All begin at `share`, which has to fit
    and rise together; who has a part in a row that is full stays, and the others go on. Those who ask little of a row
    (less than SMALL of its largest part) never stay for it: all that they could ask is set aside in it, where that
    leaves half of what it has beyond the common share.
    """
    room, use = room - share * use.sum(axis=1), (1.0 - share) * use
    is_small = use < SMALL * use.max(axis=1, initial=0.0)[:, None]
    aside = np.where(is_small, use, 0.0).sum(axis=1)
    fits = 2 * aside <= room
    room, use = room - np.where(fits, aside, 0.0), np.where(is_small & fits[:, None], 0.0, use)
    risen, free = np.zeros(use.shape[1]), np.ones(use.shape[1], np.bool_)
    slack, rate = room.copy(), use.sum(axis=1)
    while free.any():
        rising = rate > LEAST_RATE
        step = float(np.min(np.maximum(slack[rising], 0.0) / rate[rising], initial=1.0 - float(risen[free].max())))
        risen[free] += step
        slack -= step * rate
        full = rising & (slack <= LEAST_BEYOND * np.maximum(room, LEAST_BEYOND))
        stays = free & ((use[full] > 0).any(axis=0) | (risen >= 1.0 - LEAST_BEYOND))
        if not stays.any():
            break
        rate = rate - use[:, stays].sum(axis=1)
        free &= ~stays
    return np.asarray(np.minimum(share + (1.0 - share) * risen, 1.0), np.float64)


def bus_limits(point: Point, bounds: Bounds) -> tuple[FloatArray, FloatArray]:
    """Of each live bus: the tightest of its nodes."""
    c = point.compiled
    bus = c.live_bus_of_node[c.nodes]
    low, high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
    np.maximum.at(low, bus, bounds.low_pu[c.nodes])
    np.minimum.at(high, bus, bounds.high_pu[c.nodes])
    return low, high
