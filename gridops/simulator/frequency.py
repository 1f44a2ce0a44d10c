"""The frequency of the area that the field hangs on, in wall time.

Usually the area is a large interconnection: what the field does moves nothing, and the frequency wanders as it does
there. A scenario may put the field into a weak area instead, whose frequency follows the balance of its few machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.chance import SealedCourse

NOMINAL_HZ = 50.0
# Of a large interconnection: standard deviation and memory (about as measured in Continental Europe).
WANDER_HZ, WANDER_MEMORY_S = 0.02, 60.0
STEP_S = 0.01
WINDOW_S = 0.5  # over which the rate of change is told


@dataclass(frozen=True, slots=True)
class WeakArea:
    """The machines, the load and the secondary control around the field."""

    kinetic_kws: float
    load_kw: float
    damping: float  # per cent of load per per cent of frequency
    governor_kw: float
    governor_droop: float
    governor_lag_s: float
    governor_room_kw: float
    secondary_s: float  # in which the set-points of the machines take over what the balance lacks


class Frequency:
    def __init__(self, seed: int, *, sealed: bool = False) -> None:
        self._course = SealedCourse(1, WANDER_MEMORY_S, seed, 51) if sealed else None
        self._generator = np.random.default_rng((seed, 51))
        self.area: WeakArea | None = None
        self.hz = NOMINAL_HZ
        self.lowest_hz = NOMINAL_HZ  # within the last step
        self.steepest_hz_s = 0.0
        self._state = float(self._generator.standard_normal())
        self._scheduled_kw: float | None = None
        self._governor_kw = 0.0
        self._recent = [NOMINAL_HZ] * round(WINDOW_S / STEP_S)

    def step(self, wall_s: float, balance_kw: float, plants: Sequence[BatteryPlant], at_us: int = 0) -> None:
        """Advance by wall_s. balance_kw: what the field's elements feed in, less what they draw, before answers."""
        if self.area is not None:
            self._swing(self.area, wall_s, balance_kw, plants)
            return
        keep = np.exp(-wall_s / WANDER_MEMORY_S)
        if self._course is not None:
            self._state = float(self._course.at(at_us)[0])
        else:
            self._state = float(keep * self._state + np.sqrt(1 - keep**2) * self._generator.standard_normal())
        self.hz = self.lowest_hz = NOMINAL_HZ + WANDER_HZ * self._state
        for plant in plants:
            plant.feel(self.hz, wall_s)

    def _swing(self, area: WeakArea, wall_s: float, balance_kw: float, plants: Sequence[BatteryPlant]) -> None:
        if self._scheduled_kw is None:
            self._scheduled_kw = balance_kw  # what the machines around make up for from the beginning
        count = round(wall_s / STEP_S)
        gain = NOMINAL_HZ / (2 * area.kinetic_kws) * STEP_S
        turn = -np.expm1(-STEP_S / area.governor_lag_s)
        slope, damping = area.governor_kw / (area.governor_droop * NOMINAL_HZ), area.damping * area.load_kw / NOMINAL_HZ
        taking_over = STEP_S / area.secondary_s
        self.lowest_hz, self.steepest_hz_s = self.hz, 0.0
        for _ in range(count):
            below = NOMINAL_HZ - self.hz
            wanted = float(np.clip(slope * below, -area.governor_room_kw, area.governor_room_kw))
            self._governor_kw += turn * (wanted - self._governor_kw)
            answered = sum(plant.feel(self.hz, STEP_S) for plant in plants)
            missing = self._scheduled_kw - balance_kw - answered - self._governor_kw + damping * -below
            self.hz -= gain * missing
            self._scheduled_kw += taking_over * (balance_kw - self._scheduled_kw)
            self._note()

    def _note(self) -> None:
        self.lowest_hz = min(self.lowest_hz, self.hz)
        self._recent.append(self.hz)
        rate = (self.hz - self._recent.pop(0)) / WINDOW_S
        if abs(rate) > abs(self.steepest_hz_s):
            self.steepest_hz_s = rate
