"""One battery plant behind its inverter: it follows the room while the room is heard, and its own programme otherwise.

Power in kW at the connection point, positive into the network. Commands come in wall time, energy flows in the time of
the profiles.
"""

from dataclasses import dataclass

import numpy as np

from gridops.simulator.batteries.answers import Answers
from gridops.simulator.batteries.cells import Cells
from gridops.simulator.batteries.design import Design
from gridops.simulator.batteries.management import Management
from gridops.simulator.points import FloatArray

LAPSE_S = 60.0  # a set-point lapses when neither it nor the heartbeat of the room has come anew for so long
RAMP_S = 10.0  # from nothing to rated power
LONGEST_STEP_S = 30.0
EVENING = 4.0  # how much more the fuller of two racks gives
# Losses of the inverter and supplies of the containers, as shares of the rated power.
STANDBY, PROPORTIONAL, QUADRATIC, SUPPLIES = 0.002, 0.008, 0.009, 0.003
SECOND_US = 1_000_000


@dataclass(slots=True)
class Wanted:
    """What the room has set; the last word of it, and whether it counts."""

    value: float = 0.0
    is_on: bool = False


class BatteryPlant:
    def __init__(self, design: Design, seed: int) -> None:
        generator = np.random.default_rng((seed, 41, design.unit))
        self.design = design
        self.cells = Cells(design, generator)
        self.management = Management(design, self.cells, generator)
        self.active, self.reactive = Wanted(), Wanted()
        self.p_kw = self.q_kvar = 0.0
        self.answers = Answers(design.rated_kw)
        self.forming_kw: float | None = None  # what the island that it forms asks of it, whatever else it was told
        self.planned_kw = 0.0  # without what it answers to the frequency
        self.beats = 0  # seconds that its own controller has run
        self.is_limited = False
        self.has_supply = True
        self.moves = 0
        self._heard_us: int | None = None
        self.injected_kwh = self.absorbed_kwh = self.lost_kwh = 0.0
        self.air_c = 15.0

    # What comes over the wire.

    def heard(self, at_us: int) -> None:
        self._heard_us = at_us

    def refusal(self, injection: float) -> str:
        """Why a set-point (kW or kvar) cannot be followed at all; empty if it can."""
        if self.forming_kw is not None:
            return "it forms the grid of an island, whose balance it gives"
        if abs(injection) > self.design.rated_kw * (1 + 1e-6):
            return f"a plant of {self.design.rated_kw:.0f} kW cannot give {injection:.0f}"
        return "" if self.is_connected else "no rack is connected"

    def remaining_s(self, at_us: int) -> float:
        """Until what was set lapses."""
        if self._heard_us is None:
            return 0.0
        return max(0.0, LAPSE_S - (at_us - self._heard_us) / SECOND_US)

    def obeys(self, at_us: int) -> bool:
        return (self.active.is_on or self.reactive.is_on) and self.remaining_s(at_us) > 0

    @property
    def is_connected(self) -> bool:
        return not bool(self.management.is_tripped.all())

    @property
    def limits_kw(self) -> tuple[float, float]:
        """What it may take and give now at its connection point."""
        low, high = self._possible()
        return low, max(low, high)

    # What happens.

    def feel(self, hz: float, dt_s: float) -> float:
        """The frequency at its terminals: what it gives for it, kW beyond its plan."""
        return self.answers.to_frequency(hz if self.has_supply else self.answers.hz, dt_s)

    def see(self, voltage_pu: float, dt_s: float) -> None:
        self.answers.to_voltage(voltage_pu, dt_s)

    def step(self, *, programme_kw: float, programme_kvar: float, dt_s: float, at_us: int, has_supply: bool) -> None:
        self.moves += 1
        self.has_supply = has_supply
        if not self.obeys(at_us):
            self.active.is_on = self.reactive.is_on = False
        wanted = self.active.value if self.active.is_on else programme_kw
        count = max(1, int(np.ceil(dt_s / LONGEST_STEP_S)))
        given = [self._part(wanted if has_supply else 0.0, dt_s / count, has_supply) for _ in range(count)]
        self.p_kw = float(np.mean(given)) if has_supply else 0.0
        room = np.sqrt(max(self.design.rated_kw**2 - self.p_kw**2, 0.0))
        is_set = self.reactive.is_on and self.forming_kw is None
        kvar = self.reactive.value if is_set else programme_kvar
        self.q_kvar = float(np.clip(kvar + self.answers.q_kvar, -room, room)) if has_supply else 0.0
        self.beats += round(dt_s)

    def _part(self, wanted_kw: float, dt_s: float, has_supply: bool) -> float:
        low, high = self._possible()
        reach = self.design.rated_kw * dt_s / RAMP_S
        ramped = float(np.clip(wanted_kw, self.planned_kw - reach, self.planned_kw + reach))
        if self.forming_kw is not None:
            ramped, self.answers.p_kw = self.forming_kw, 0.0
        self.planned_kw = float(np.clip(ramped, low, max(low, high)))
        self.answers.low_kw, self.answers.high_kw = low - self.planned_kw, max(low, high) - self.planned_kw
        self.p_kw = float(np.clip(self.planned_kw + self.answers.p_kw, low, max(low, high)))
        self.is_limited = abs(self.planned_kw - ramped) > 1e-6
        dc_kw = self._dc(self.p_kw) if has_supply else 0.0
        current = self.cells.current_a(self._shares(dc_kw))
        self.lost_kwh += (self.cells.drawn_kw(current) - self.p_kw * has_supply) * dt_s / 3600.0
        self.cells.step(current, dt_s, self.air_c)
        self.management.look(current, dt_s)
        hours = dt_s / 3600.0
        self.injected_kwh += max(self.p_kw, 0.0) * hours
        self.absorbed_kwh += max(-self.p_kw, 0.0) * hours
        return self.p_kw

    def _possible(self) -> tuple[float, float]:
        """Power at the connection point that inverter and racks allow now."""
        rated = self.design.rated_kw
        most, least = float(self.management.may_discharge_kw.sum()), float(self.management.may_charge_kw.sum())
        high = min(rated, most - self._loss(min(most, rated)))
        low = max(-rated, -least - SUPPLIES * rated)
        return (-SUPPLIES * rated,) * 2 if not self.is_connected else (low, high)

    def _loss(self, p_kw: float) -> float:
        """Between the connection point and the racks, supplies included."""
        rated = self.design.rated_kw
        load = abs(p_kw) / rated
        return rated * (SUPPLIES + STANDBY + PROPORTIONAL * load + QUADRATIC * load**2)

    def _dc(self, p_kw: float) -> float:
        return p_kw + self._loss(p_kw) if self.is_connected else 0.0

    def _shares(self, dc_kw: float) -> FloatArray:
        """Each rack gives as it may, the fuller more."""
        one = self.management
        may = one.may_discharge_kw if dc_kw > 0 else one.may_charge_kw
        may = may * np.clip(1 + EVENING * np.sign(dc_kw) * (one.soc - one.soc.mean()), 0.5, 2.0)
        total = float(may.sum())
        return np.asarray(dc_kw * may / total) if total > 0 else np.zeros(self.design.racks)
