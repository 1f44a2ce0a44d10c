"""How the frequency of an island swings: one mass, a battery that forms it by droop, governors, and loads that answer.

Powers in kW, positive into the island, loads positive where they draw. The equation is that of the field's frequency:
2 H S / f0 df/dt = what is fed in less what is drawn (P. Kundur, Power System Stability and Control, 1994, chapter 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.simulator.microgrids.genset import NOMINAL_HZ, Genset

STEP_S = 0.01
# Of the forming battery: its droop, how fast its inverter is, and the inertia that its control imitates.
DROOP, INVERTER_LAG_S, VIRTUAL_INERTIA_S = 0.01, 0.03, 2.0
DAMPING = 1.0  # per cent of load per per cent of frequency
SECONDARY_S, SYNC_S = 8.0, 1.0  # in which its control brings the frequency to what is wanted; while it synchronises
FURTHEST_HZ = 1.5  # of the secondary control
# Plants of sun and wind give less above this frequency, and nothing at the other (as VDE-AR-N 4105 has it: 40 % a Hz).
CURTAIL_HZ, CURTAIL_PER_HZ, PLANT_LAG_S = 50.2, 0.4, 0.3


@dataclass(slots=True)
class Swing:
    """`set_hz`: what the battery would hold without load; its secondary control moves it."""

    rated_kw: float
    hz: float = NOMINAL_HZ
    set_hz: float = NOMINAL_HZ
    battery_kw: float = 0.0
    plant_share: float = 1.0  # of what sun and wind could give
    load_factor: float = 1.0  # of what is drawn at nominal frequency
    lowest_hz: float = NOMINAL_HZ
    highest_hz: float = NOMINAL_HZ

    def begin(self, hz: float, battery_kw: float) -> None:
        """Bumpless: the battery goes on with what it gave, at the frequency that there was."""
        self.hz = self.lowest_hz = self.highest_hz = hz
        self.battery_kw, self.plant_share, self.load_factor = battery_kw, 1.0, 1.0
        self.set_hz = hz + battery_kw / self.rated_kw * DROOP * NOMINAL_HZ

    def advance(
        self,
        *,
        load_kw: float,
        plants_kw: float,
        limits_kw: tuple[float, float],
        gensets: Sequence[Genset],
        wanted_hz: float,
        within_s: float = SECONDARY_S,
    ) -> None:
        """One sub-step of STEP_S. wanted_hz: where the secondary control brings the frequency, and how fast."""
        gain_kw = self.rated_kw / (DROOP * NOMINAL_HZ)
        goal = min(max(gain_kw * (self.set_hz - self.hz), limits_kw[0]), max(limits_kw))
        self.battery_kw += (goal - self.battery_kw) * STEP_S / INVERTER_LAG_S
        share = min(max(1.0 - CURTAIL_PER_HZ * (self.hz - CURTAIL_HZ), 0.0), 1.0)
        self.plant_share += (share - self.plant_share) * STEP_S / PLANT_LAG_S
        self.load_factor = 1.0 + DAMPING * (self.hz - NOMINAL_HZ) / NOMINAL_HZ
        generated = sum(one.answer(self.hz, STEP_S) for one in gensets)
        missing = load_kw * self.load_factor - self.plant_share * plants_kw - generated - self.battery_kw
        kinetic = VIRTUAL_INERTIA_S * self.rated_kw + sum(one.kinetic_kws for one in gensets)
        self.hz -= NOMINAL_HZ / (2 * kinetic) * STEP_S * missing
        moved = self.set_hz + (wanted_hz - self.hz) * STEP_S / within_s
        self.set_hz = min(max(moved, NOMINAL_HZ - FURTHEST_HZ), NOMINAL_HZ + FURTHEST_HZ)
        self.lowest_hz, self.highest_hz = min(self.lowest_hz, self.hz), max(self.highest_hz, self.hz)
