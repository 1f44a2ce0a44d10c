"""A backup generator: it takes its time to start, now and then does not, burns fuel, and may fail while it runs.

Power in kW, positive into the island. Starts and answers go in wall time; fuel and wear in the time of the profiles.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gridops.cases.microgrids import LEAST_SHARE

START_S = (8.0, 14.0)
# J. Marqusee and D. Jenket, Reliability of emergency and standby diesel generators, Applied Energy 268 (2020): a well
# kept machine fails to start in 0.13 % of its starts and runs 1,662 h between failures, a poorly kept one fails in
# 1.65 % of them; here between the two.
START_FAILURE, HOURS_TO_FAILURE = 0.01, 1662.0
RAMP_S = 15.0  # from nothing to its rating
GOVERNOR_DROOP, GOVERNOR_LAG_S = 0.04, 0.5
IDLE_FUEL = 0.08  # of what it burns at its rating, it burns at no load
INERTIA_S = 1.2  # kinetic energy at nominal speed over its rating
NOMINAL_HZ = 50.0
HOUR_S = 3600.0


class Running(IntEnum):
    STOPPED = 0
    STARTING = 1
    RUNNING = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class GensetDesign:
    mrid: str
    name: str
    rated_kw: float
    tank_kwh: float


class Genset:
    def __init__(self, design: GensetDesign, generator: np.random.Generator) -> None:
        self.design = design
        self.state = Running.STOPPED
        self.fuel_kwh = design.tank_kwh
        self.wanted_kw = 0.0
        self.p_kw = 0.0
        self.starts_that_fail = 0  # the instructor's
        self._set_kw = 0.0  # follows what is wanted by its ramp
        self._generator = generator
        self._left_s = 0.0

    @property
    def is_running(self) -> bool:
        return self.state is Running.RUNNING

    @property
    def kinetic_kws(self) -> float:
        return INERTIA_S * self.design.rated_kw if self.is_running else 0.0

    @property
    def least_kw(self) -> float:
        return LEAST_SHARE * self.design.rated_kw

    def refusal(self, wanted_kw: float) -> str:
        if not 0 <= wanted_kw <= self.design.rated_kw * (1 + 1e-6):
            return f"{self.design.name} gives 0 to {self.design.rated_kw:.0f} kW, not {wanted_kw:.0f}"
        if wanted_kw > 0 and self.fuel_kwh <= 0:
            return f"{self.design.name} has no fuel"
        return ""

    def draw_from(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def order(self, wanted_kw: float) -> None:
        """0 stops it; anything else starts it where it stands, a failed one for another try."""
        self.wanted_kw = wanted_kw if wanted_kw <= 0 else float(np.clip(wanted_kw, self.least_kw, self.design.rated_kw))
        if self.wanted_kw <= 0:
            self.wanted_kw = 0.0
            if self.state is not Running.FAILED:
                self._stop(Running.STOPPED)
        elif self.state in (Running.STOPPED, Running.FAILED):
            self.state, self._left_s = Running.STARTING, float(self._generator.uniform(*START_S))

    def fail(self) -> None:
        """It stops and stays where it is until it is ordered anew."""
        self._stop(Running.FAILED)
        self.wanted_kw = 0.0

    def pass_time(self, wall_s: float) -> None:
        """Starting and ramping."""
        if self.state is Running.STARTING:
            self._left_s -= wall_s
            if self._left_s <= 0:
                self._come_up()
        elif self.is_running:
            reach = self.design.rated_kw * wall_s / RAMP_S
            self._set_kw += float(np.clip(self.wanted_kw - self._set_kw, -reach, reach))

    def answer(self, hz: float, dt_s: float) -> float:
        """Power after dt_s at that frequency, by its governor."""
        if not self.is_running:
            self.p_kw = 0.0
            return 0.0
        beyond = (NOMINAL_HZ - hz) / NOMINAL_HZ / GOVERNOR_DROOP * self.design.rated_kw
        goal = min(max(self._set_kw + beyond, 0.0), self.design.rated_kw)
        self.p_kw += (goal - self.p_kw) * min(dt_s / GOVERNOR_LAG_S, 1.0)
        return self.p_kw

    def follow(self) -> float:
        """Beside a stiff grid it gives its set-point."""
        self.p_kw = self._set_kw if self.is_running else 0.0
        return self.p_kw

    def burn(self, energy_s: float) -> None:
        if not self.is_running:
            return
        hours = energy_s / HOUR_S
        self.fuel_kwh -= (IDLE_FUEL * self.design.rated_kw + (1 - IDLE_FUEL) * self.p_kw) * hours
        if self.fuel_kwh <= 0:
            self.fuel_kwh = 0.0
            self.fail()
        elif self._generator.random() < -np.expm1(-hours / HOURS_TO_FAILURE):
            self.fail()

    def _come_up(self) -> None:
        failed = self._generator.random() < START_FAILURE
        if self.starts_that_fail:
            self.starts_that_fail -= 1
            failed = True
        if failed:
            self.fail()
        else:
            self.state, self._set_kw, self.p_kw = Running.RUNNING, 0.0, 0.0

    def _stop(self, state: Running) -> None:
        self.state, self._set_kw, self.p_kw = state, 0.0, 0.0
