"""The least power that has to be held back for a network to keep its limits, once reactive power has done what it can.

Linear rows of the watched voltages and branches by the active and the reactive power of every unit; a linear program of
the least cost, in which going beyond a limit is dearer than holding back whatever would help; then the full power flow,
and again about what that found. A round that makes things worse is tried in a third of its reach. Source of the method:
successive linear programming, as in B. Stott, J. L. Marinho, Linear programming for power-system network security
applications (1979).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.envelopes import Bounds, bus_limits
from gridops.engine.optimization.point import Point, Points, branch_loading
from gridops.engine.optimization.sensitivities import loading_rows, voltage_rows
from gridops.engine.optimization.solver import Program, solve

Index = npt.NDArray[np.signedinteger]
MOST_ROUNDS = 5
# How far a current may turn: tangents of its circle, closest where it is.
TURNS = np.radians([-50.0, -30.0, -18.0, -10.0, -5.0, 0.0, 5.0, 10.0, 18.0, 30.0, 50.0])
NEAR_PU, NEAR_LOADING = 0.025, 0.4  # of a limit: what is watched
BEYOND_PU, BEYOND_LOADING = 2e6, 2e5  # in kW held back at price 1: what a whole pu, or rating, beyond is worth
UNTOLD_PU, UNTOLD_LOADING = 1e-4, 1e-3  # beyond a limit, and not counted: what the rows themselves miss
KVAR = 2e-3  # price of a kvar, in kW: it costs losses
LEAST_GAIN, LEAST_SHARE = 5.0, 0.01  # kW, and of all that is lost, that a further round has to gain
SHORTER = 1 / 3  # of the reach, where a round made things worse
FOLLOWED = 2  # rounds that may make things worse before that
MOST_CUTS = 5
MOST_AT_ONCE = 12  # rows that come in, those first that are broken most
CUT = 5e-5  # pu beyond, or a part of the rating worth as much, from which a row comes in
ROUND = 1e-2  # of a rating, beyond which its circle comes in


@dataclass(frozen=True, slots=True)
class Units:
    """What may be set: plants and batteries, each an injection; kW and kvar into the network."""

    injection: IntArray
    low_kw: FloatArray
    high_kw: FloatArray
    wanted_kw: FloatArray  # what it gives at no cost, between the two
    price: FloatArray  # of a kW away from that
    rated_s_kva: FloatArray
    most_kvar: FloatArray  # either way; the rating bounds it too
    is_led: BoolArray  # its active power is an order in any case, as of a battery


@dataclass(frozen=True, slots=True)
class Limits:
    """Of live buses and live branches (lines, then transformers)."""

    low_pu: FloatArray
    high_pu: FloatArray
    loading: FloatArray

    @classmethod
    def of(cls, point: Point, bounds: Bounds) -> "Limits":
        low, high = bus_limits(point, bounds)
        return cls(low, high, np.full(point.n_branches, bounds.loading))


@dataclass(frozen=True, slots=True)
class Watched:
    """Rows at a point, each towards its limit: effect of a kW and a kvar into each live bus, and the room left."""

    by_kw: FloatArray
    by_kvar: FloatArray
    room: FloatArray
    price: FloatArray  # of a unit beyond
    thing: Index  # whose limit it is, by number: rows of one branch are tangents of the circle of its current


@dataclass(frozen=True, slots=True)
class Held:
    """Where the search ended, by the full power flow."""

    p_kw: FloatArray  # per unit
    q_kvar: FloatArray
    away: float  # price times kW away from what was wanted
    reactive: float  # price of reactive power
    beyond: float  # price of what is left beyond limits
    point: Point

    @property
    def lost(self) -> float:
        return self.away + self.beyond

    @property
    def whole(self) -> float:
        return self.lost + self.reactive


def least_held(points: Points, units: Units, limits: Limits, *, p_kw: FloatArray, q_kvar: FloatArray) -> Held | None:
    """Set-points of all units, confirmed by the full power flow; None where that has no solution.

    p_kw, q_kvar: (injections,) expected, positive into the network; of the units, where the search begins. What cannot
    be kept stays beyond its limit by as little as can be, and is told in `beyond`. Where everything can be as wanted,
    reactive power stays as it is.
    """
    search = _Search(points, units, limits, p_kw, q_kvar)
    here = best = search.at(p_kw[units.injection], q_kvar[units.injection])
    reach = 1.0
    for number in range(MOST_ROUNDS):
        if here is None or best is None or best.lost <= LEAST_GAIN:
            break
        p, q, promised = search.step(here, reach)
        if promised > best.whole - max(LEAST_GAIN, LEAST_SHARE * best.lost):
            break
        found = search.at(p, q)
        if found is not None and found.whole < best.whole:
            here = best = found
        elif found is not None and number < FOLLOWED:
            here = found  # what the slopes missed is mended about the new state
        else:
            here, reach = best, SHORTER * reach
    return best


def watched(point: Point, limits: Limits) -> Watched:
    """What is near its limit, or beyond."""
    magnitude, loading = np.abs(point.voltage), np.nan_to_num(branch_loading(point))
    rise, fall, spare = limits.high_pu - magnitude, magnitude - limits.low_pu, limits.loading - loading
    up, down, full = (
        np.flatnonzero(room < near).astype(np.int32)
        for room, near in ((rise, NEAR_PU), (fall, NEAR_PU), (spare, NEAR_LOADING))
    )
    branch, turned = np.repeat(full, len(TURNS)), np.tile(TURNS, len(full))
    high, low, loads = voltage_rows(point, up), voltage_rows(point, down), loading_rows(point, branch, turned)
    return Watched(
        by_kw=np.vstack([high.by_kw, -low.by_kw, loads.by_kw]),
        by_kvar=np.vstack([high.by_kvar, -low.by_kvar, loads.by_kvar]),
        room=np.concatenate([rise[up], fall[down], limits.loading[branch] - loading[branch] * np.cos(turned)]),
        price=np.repeat([BEYOND_PU, BEYOND_LOADING], [len(up) + len(down), len(branch)]),
        thing=np.concatenate([up, len(magnitude) + down, 2 * len(magnitude) + branch]),
    )


def beyond(point: Point, limits: Limits) -> float:
    """Price of all that is beyond its limit."""
    magnitude, loading = np.abs(point.voltage), np.nan_to_num(branch_loading(point))
    volts = np.maximum(magnitude - limits.high_pu, limits.low_pu - magnitude)
    loads = loading - limits.loading
    return float(BEYOND_PU * volts[volts > UNTOLD_PU].sum() + BEYOND_LOADING * loads[loads > UNTOLD_LOADING].sum())


class _Search:
    def __init__(self, points: Points, units: Units, limits: Limits, p_kw: FloatArray, q_kvar: FloatArray) -> None:
        self._points, self._units, self._limits = points, units, limits
        self._p, self._q = p_kw.copy(), q_kvar.copy()
        bus = points.compiled.live_bus_of_node[points.setting.network.injection_node[units.injection]]
        self._bus, self._live = np.maximum(bus, 0), (bus >= 0).astype(np.float64)

    def at(self, p: FloatArray, q: FloatArray) -> Held | None:
        units = self._units
        self._p[units.injection], self._q[units.injection] = p, q
        point = self._points.at(self._p, self._q)
        if point is None:
            return None
        away = float(units.price @ np.abs(p - units.wanted_kw))
        return Held(p, q, away, KVAR * float(np.abs(q).sum()), beyond(point, self._limits), point)

    def step(self, held: Held, reach: float) -> tuple[FloatArray, FloatArray, float]:
        """What to try next, and what it promises to come to.

        Rows come into the program once its answer breaks them: few of the watched ever bind.
        """
        units, rows = self._units, watched(held.point, self._limits)
        by_kw, by_kvar = (effect[:, self._bus] * self._live for effect in (rows.by_kw, rows.by_kvar))
        program = _Cutting(units, rows, *self._reach(held, reach))
        own = np.hstack([-by_kw, by_kw, by_kvar, -by_kvar])
        room = rows.room + by_kw @ (held.p_kw - units.wanted_kw) + by_kvar @ held.q_kvar
        taken, scale = np.zeros(len(room), np.bool_), rows.price / BEYOND_PU
        self._worst(program, own, room, -rows.room * scale, taken)
        x, promised = held.p_kw, np.inf
        for _ in range(MOST_CUTS):
            x, promised = program.solved()
            if not len(x):
                return held.p_kw, held.q_kvar, np.inf
            more = self._worst(program, own, room, (own @ x - room) * scale, taken)
            if not program.keep_circles(x) and not more:
                break
        return *self._set(x.reshape(4, -1)), promised

    def _worst(
        self, program: "_Cutting", own: FloatArray, room: FloatArray, excess: FloatArray, taken: BoolArray
    ) -> bool:
        """Rows that come in; `taken` learns of them."""
        order = np.argsort(-np.where(taken, -np.inf, excess))[:MOST_AT_ONCE]
        which = order[(excess[order] > CUT) & ~taken[order]]
        program.keep(own[which], room[which], which)
        taken[which] = True
        return len(which) > 0

    def _reach(self, held: Held, reach: float) -> tuple[FloatArray, FloatArray]:
        units = self._units
        far = reach * units.rated_s_kva
        low = np.clip(held.p_kw - far, units.low_kw, units.high_kw) - units.wanted_kw
        high = np.clip(held.p_kw + far, units.low_kw, units.high_kw) - units.wanted_kw
        q_low, q_high = (np.clip(held.q_kvar + way * far, -units.most_kvar, units.most_kvar) for way in (-1, 1))
        ends = ((-high, -low), (low, high), (q_low, q_high), (-q_high, -q_low))
        return tuple(np.concatenate([np.maximum(end[side], 0.0) for end in ends]) for side in (0, 1))  # type: ignore[return-value]

    def _set(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What is outside a rating by a little is drawn in towards nothing, both powers alike."""
        units = self._units
        p = np.clip(units.wanted_kw - x[0] + x[1], units.low_kw, units.high_kw)
        q = np.clip(x[2] - x[3], -units.most_kvar, units.most_kvar)
        inside = np.minimum(units.rated_s_kva / np.maximum(np.hypot(p, q), 1e-9), 1.0)
        return inside * p, inside * q


class _Cutting:
    """A program whose rows come one after the other.

    Columns: kW below and above what is wanted, kvar given and taken, and how far each thing is beyond its limit.
    """

    def __init__(self, units: Units, rows: Watched, lower: FloatArray, upper: FloatArray) -> None:
        self._units, self._rows, self._lower, self._upper = units, rows, lower, np.maximum(lower, upper)
        self._own, self._room, self._which = np.zeros((0, len(lower))), np.zeros(0), np.zeros(0, np.int64)
        self._circle, self._within = np.zeros((0, len(lower))), np.zeros(0)

    def keep(self, own: FloatArray, room: FloatArray, which: Index) -> None:
        self._own, self._room = np.vstack([self._own, own]), np.concatenate([self._room, room])
        self._which = np.concatenate([self._which, which])

    def keep_circles(self, x: FloatArray) -> bool:
        """Tangents where the answer is outside a rating; whether there was one."""
        units, n = self._units, len(self._units.injection)
        below, above, give, take = x.reshape(4, n)
        power = units.wanted_kw - below + above + 1j * (give - take)
        out = np.flatnonzero(np.abs(power) > (1 + ROUND) * units.rated_s_kva)
        turn = power[out] / np.abs(power[out])
        rows = np.zeros((len(out), 4, n))
        rows[np.arange(len(out)), :, out] = np.stack([-turn.real, turn.real, turn.imag, -turn.imag], axis=1)
        self._circle = np.vstack([self._circle, rows.reshape(len(out), 4 * n)])
        self._within = np.concatenate([self._within, units.rated_s_kva[out] - turn.real * units.wanted_kw[out]])
        return len(out) > 0

    def solved(self) -> tuple[FloatArray, float]:
        """Without the columns of what is beyond, and the cost; nothing where there is no answer."""
        units, n, m = self._units, len(self._lower), len(self._room)
        things, column = np.unique(self._rows.thing[self._which], return_inverse=True)
        slack = np.zeros((m + len(self._within), len(things)))
        slack[np.arange(m), column] = -1.0
        price = np.zeros(len(things))
        price[column] = self._rows.price[self._which]
        found = solve(
            Program.of(
                cost=np.concatenate([units.price, units.price, np.full(n // 2, KVAR), price]),
                lower=np.concatenate([self._lower, np.zeros(len(things))]),
                upper=np.concatenate([self._upper, np.full(len(things), np.inf)]),
                matrix=np.hstack([np.vstack([self._own, self._circle]), slack]),
                row_lower=np.full(m + len(self._within), -np.inf),
                row_upper=np.concatenate([self._room, self._within]),
            )
        )
        return found.x[:n], found.objective
