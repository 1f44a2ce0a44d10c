"""What the field does by itself: each tap changer for its own low side, each plant by its volt-var curve.

Tap changers have a deadband, a first and a further delay and line-drop compensation; capacitors stand as they are. The
default curve is that of category B in IEEE 1547-2018, table 8.
"""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, branch_ends
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.slopes import end_powers
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.problem import SetPoints, as_found
from gridops.engine.units import PERCENT

SECONDS_PER_HOUR = 3600.0
MOST_ROUNDS = 40
SETTLED = 0.01  # of a plant's rating
DAMPING = 0.5
CURVE_PU = np.array([0.92, 0.98, 1.02, 1.08])
CURVE_Q = np.array([0.44, 0.0, 0.0, -0.44])  # of the rating, into the network


@dataclass(frozen=True, slots=True)
class LocalSettings:
    target_pu: FloatArray  # per tap control, of the low side
    deadband_steps: float = 0.65  # half the band, in positions
    first_delay_s: float = 60.0
    next_delay_s: float = 10.0
    drop_pu: float = 0.0  # line-drop compensation: raised target at rated load
    curve_pu: FloatArray = field(default_factory=CURVE_PU.copy)
    curve_q: FloatArray = field(default_factory=CURVE_Q.copy)


def local_control(flows: Flows, settings: LocalSettings) -> SetPoints:
    """Set-points of the whole horizon, each step beginning with the positions of the one before.

    A step without a solution keeps its positions.
    """
    problem = flows.problem
    chosen = as_found(problem)
    field_now = _Field(flows, settings)
    tap, q = problem.taps.initial.copy(), np.zeros(len(problem.inverters.injection))
    for step in range(problem.n_steps):
        tap, q = field_now.settled(step, tap, q)
        chosen.tap[step], chosen.q_kvar[step] = tap, q
    return chosen


class _Field:
    def __init__(self, flows: Flows, settings: LocalSettings) -> None:
        self._flows, self._settings = flows, settings
        problem, c = flows.problem, flows.compiled
        taps = problem.taps
        _, first = np.unique(taps.control, return_index=True)
        self._transformer = taps.transformer[first]
        t = problem.network.transformers
        self._low_bus = c.live_bus_of_node[t.low_node[self._transformer]]
        self._way = np.where(t.tap_on_high_side[self._transformer], -1, 1)
        self._band = settings.deadband_steps * t.tap_step_percent[self._transformer] * PERCENT
        self._range = problem.tap_range()
        self._bus = c.live_bus_of_node[problem.network.injection_node[problem.inverters.injection]]
        self._room = problem.reactive_room_kvar
        seconds = problem.step_hours * SECONDS_PER_HOUR - settings.first_delay_s
        self._most_moves = max(0, int(seconds // settings.next_delay_s) + 1) if seconds >= 0 else 0

    def settled(self, step: int, tap: IntArray, q: FloatArray) -> tuple[IntArray, FloatArray]:
        tap, q = tap.copy(), np.clip(q, -self._room[step], self._room[step])
        for number in range(MOST_ROUNDS):
            voltage = self._voltage(step, tap, q)
            if not np.isfinite(voltage).all():
                break
            missing = self._by_curve(step, np.abs(voltage)) - q
            moves = self._moves(step, tap, voltage) if number < self._most_moves else np.zeros_like(tap)
            calm = np.abs(missing) <= SETTLED * self._flows.problem.inverters.rated_s_kva
            if calm.all() and not moves.any():
                break
            tap, q = tap + moves, q + DAMPING * missing
        return tap, q

    def _voltage(self, step: int, tap: IntArray, q: FloatArray) -> np.ndarray:
        bank = self._flows.problem.banks.initial[None, :]
        chosen = SetPoints(tap[None, :], bank, q[None, :])
        found: np.ndarray = self._flows.solve(chosen, np.array([step])).voltage[0]
        return found

    def _by_curve(self, step: int, magnitude: FloatArray) -> FloatArray:
        rated, s = self._flows.problem.inverters.rated_s_kva, self._settings
        wished = rated * np.interp(magnitude[np.maximum(self._bus, 0)], s.curve_pu, s.curve_q)
        return np.where(self._bus >= 0, np.clip(wished, -self._room[step], self._room[step]), 0.0)

    def _moves(self, step: int, tap: IntArray, voltage: np.ndarray) -> IntArray:
        live: BoolArray = np.asarray(self._low_bus >= 0, np.bool_)
        at = np.abs(voltage)[np.maximum(self._low_bus, 0)]
        target = self._settings.target_pu
        if self._settings.drop_pu:
            target = target + self._settings.drop_pu * self._load(tap, voltage)
        missing = target - at
        wanted = np.where(np.abs(missing) > self._band, np.sign(missing), 0.0) * self._way * live
        return np.asarray(np.clip(tap + wanted, *self._range) - tap, np.int32)

    def _load(self, tap: IntArray, voltage: np.ndarray) -> FloatArray:
        """Of each first transformer, what goes to the low side as a share of its rating; 0 when it comes back."""
        flows = self._flows
        network, c = flows.problem.network, flows.compiled
        ends = branch_ends(network, c, flows.tap_positions(tap[None, :])[0])
        power = end_powers(ends, voltage)
        place = c.live_transformer[self._transformer]
        at = len(c.lines) + np.maximum(place, 0) + len(c.lines) + len(c.transformers)
        share = -power.real[at] * BASE_KVA / network.transformers.rated_s_kva[self._transformer]
        return np.where(place >= 0, np.maximum(share, 0.0), 0.0)
