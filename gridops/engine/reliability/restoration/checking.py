"""Whether a set of switch positions keeps the limits, by the full power flow of the network.

A breach counts if the limit was kept before the fault (or before the plan, where that is not known), or if it grows.
"""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState
from gridops.engine.reliability.restoration.problem import MINUTES_PER_HOUR
from gridops.engine.reliability.restoration.sections import Sections

TOLERANCE = 1e-6
GROWN_PU, GROWN_LOADING = 1e-3, 1e-2  # of a breach that stood before: less is the noise of a state
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One hour of one set of positions. `room` is how far the nearest limit is, in shares; below 0 it is broken."""

    hour: int
    lowest_pu: float
    highest_pu: float
    most_loading: float
    violations: int
    room: float
    low_by_pu: float  # by which the worst voltage is beyond its limit
    over_by: float  # by which the worst loading is
    reason: str
    state: GridState

    @property
    def fits(self) -> bool:
        return not self.violations and not self.reason


class Checker:
    """Positions are kept with what was found, for they come again and again."""

    def __init__(self, sections: Sections) -> None:
        grid = self.grid = sections.grid
        self._islands, self._first = sections.islands, len(grid.source_voltage_pu) - len(sections.islands)
        self._found: dict[tuple[bytes, int], Verdict] = {}
        self._flows: dict[bytes, PowerFlow] = {}
        self._usual: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = {}
        self.solved = 0
        load = -grid.p_kw.sum(axis=1)
        self._hardest_first = np.argsort(-np.abs(load), kind="stable").tolist()
        powers = np.concatenate([grid.p_kw, grid.q_kvar], axis=1)
        _, first, like = np.unique(powers, axis=0, return_index=True, return_inverse=True)
        self._like: list[int] = first[like.ravel()].tolist()  # hours with the same powers are solved once
        self._ends = np.cumsum(grid.rest_hours) * MINUTES_PER_HOUR * SECONDS_PER_MINUTE
        self._last = int(np.max(np.flatnonzero(grid.rest_hours > 0), initial=0))

    def alike(self, hour: int) -> int:
        """The first hour with the same powers."""
        return int(self._like[hour])

    def hour_at(self, seconds: float) -> int:
        return min(int(np.searchsorted(self._ends, seconds, side="right")), self._last)

    def check(self, closed: BoolArray, hour: int) -> Verdict:
        key = (closed.tobytes(), self._like[hour])
        if key not in self._found:
            self._found[key] = self._checked(closed, self._like[hour])
        found = self._found[key]
        return found if found.hour == hour else replace(found, hour=hour)

    def fits_always(self, closed: BoolArray) -> bool:
        """In every hour; the one with the most load is looked at first."""
        return all(self.check(closed, hour).fits for hour in self._hardest_first) and self.islands_last(closed)

    def room(self, closed: BoolArray) -> float:
        """Of the hour with the most load."""
        return self.check(closed, self._hardest_first[0]).room

    def islands_last(self, closed: BoolArray) -> bool:
        """Energy of the island sources suffices for all hours."""
        if not len(self._islands):
            return True
        given = np.stack(
            [self.check(closed, hour).state.source_p_kw[self._first :] for hour in range(len(self.grid.rest_hours))]
        )
        needed = np.maximum(np.nan_to_num(given), 0.0).T @ self.grid.rest_hours
        return bool((needed <= self._islands.energy_kwh + TOLERANCE).all())

    def limits(self, hour: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lowest and highest voltage per node, highest loading per line and transformer; wider where broken before."""
        grid, (low, high, over) = self.grid, self._allowed(hour)
        return grid.low_pu - low, grid.high_pu + high, grid.most_loading + over

    def _allowed(self, hour: int) -> list[FloatArray]:
        grown = (GROWN_PU, GROWN_PU, GROWN_LOADING)
        return [np.where(was > 0, was + g, TOLERANCE) for was, g in zip(self._before(hour), grown, strict=True)]

    def _flow(self, closed: BoolArray) -> PowerFlow:
        key = closed.tobytes()
        if key not in self._flows:
            self._flows.clear()  # the last one is asked for again, earlier ones are not
            self._flows[key] = PowerFlow(self.grid.network, self._topology(closed))
        return self._flows[key]

    def _topology(self, closed: BoolArray) -> Topology:
        return resolve(self.grid.network, closed)

    def _solved(self, closed: BoolArray, hour: int) -> GridState:
        self.solved += 1
        grid = self.grid
        return self._flow(closed).solve(
            p_kw=grid.p_kw[hour],
            q_kvar=grid.q_kvar[hour],
            tap_position=grid.tap_position,
            source_voltage_pu=grid.source_voltage_pu,
        )

    def _before(self, hour: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Breaches that stood: of the lower and upper voltage, and of the loading; 0 where there was none."""
        if hour not in self._usual:
            grid = self.grid
            closed = grid.switch_closed if grid.closed_before is None else grid.closed_before
            beyond = self._beyond(self._solved(closed, hour))
            low, high, loading = (np.maximum(np.nan_to_num(each), 0.0) for each in beyond)
            self._usual[hour] = (low, high, loading)
        return self._usual[hour]

    def _beyond(self, state: GridState) -> tuple[FloatArray, FloatArray, FloatArray]:
        grid = self.grid
        loading = np.concatenate([state.line_loading, state.transformer_loading])
        return grid.low_pu - state.voltage_pu, state.voltage_pu - grid.high_pu, loading - grid.most_loading

    def _checked(self, closed: BoolArray, hour: int) -> Verdict:
        allowed = self._allowed(hour)
        state = self._solved(closed, hour)
        if not state.converged:
            nothing = float("nan")
            return Verdict(hour, nothing, nothing, nothing, 0, -np.inf, nothing, nothing, state.reason, state)
        beyond = [np.where(np.isfinite(each), each, -np.inf) for each in self._beyond(state)]
        over_island = self._over_islands(state)
        broken = [each > limit for each, limit in zip(beyond, allowed, strict=True)]
        worst = [_most(each - limit) for each, limit in zip(beyond, allowed, strict=True)]
        loading = np.concatenate([state.line_loading, state.transformer_loading])
        return Verdict(
            hour=hour,
            lowest_pu=_least(state.voltage_pu),
            highest_pu=-_least(-state.voltage_pu),
            most_loading=-_least(-loading),
            violations=int(sum(int(each.sum()) for each in broken)) + int((over_island > TOLERANCE).sum()),
            room=-max(10 * worst[0], 10 * worst[1], worst[2], _most(over_island)),
            low_by_pu=max(worst[0], worst[1]),
            over_by=worst[2],
            reason="",
            state=state,
        )

    def _over_islands(self, state: GridState) -> FloatArray:
        """How far each island source is beyond its power, as a share of it."""
        power = self._islands.power_kw
        p, q = state.source_p_kw[self._first :], state.source_q_kvar[self._first :]
        given = np.hypot(np.nan_to_num(p), np.nan_to_num(q))
        return np.asarray(given / np.maximum(power, 1e-9) - 1.0, np.float64)


def _least(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else float("nan")


def _most(values: FloatArray) -> float:
    return float(values.max()) if len(values) else -np.inf
