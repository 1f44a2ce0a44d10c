"""The battery management system of a plant: what its sensors say, its own limits, trips that only a visit resets.

It knows nothing of the room's limits and obeys nobody in what it protects.
"""

import numpy as np

from gridops.engine.storage.arrays import HOUR_S
from gridops.engine.storage.safety.typical import VOLTAGE, typical
from gridops.simulator.batteries.cells import Cells
from gridops.simulator.batteries.design import Design
from gridops.simulator.batteries.rules import Protection, trips
from gridops.simulator.points import BoolArray, FloatArray, IntArray

# Sensors: standard deviation of what they are off for good, and of their noise. Current as a share of 1 C.
CURRENT_BIAS_C, CURRENT_NOISE_C = 0.0006, 0.0008
VOLTAGE_BIAS_V, VOLTAGE_NOISE_V = 0.001, 0.0008
WARMTH_BIAS_C, WARMTH_NOISE_C = 0.3, 0.05
FIRST_SOC_ERROR = 0.02
HEATING_S = 300.0  # over which it looks for a rise
SOUND_OHM_PER_V, GROUNDED_OHM_PER_V, INSULATION_NOISE = 2_400.0, 60.0, 0.02
AIR_PPM = 4.0
FULL_BELOW_C, FULL, EMPTY = 0.06, 0.995, 0.02
_NOT_ITS_OWN = ("state of charge", "communication")  # charge is kept by the voltages; the line is the inverter's care


def protection_of(design: Design) -> Protection:
    """The windows of the cells' datasheet."""
    found = typical(design.chemistry, charge_kw=design.rack_kw, discharge_kw=design.rack_kw, current_a=0.0).rules
    return Protection.of(tuple(rule for rule in found if not rule.name.startswith(_NOT_ITS_OWN)))


class Management:
    """Arrays are (racks,)."""

    def __init__(self, design: Design, cells: Cells, generator: np.random.Generator) -> None:
        racks = design.racks
        self._design, self._cells, self._generator = design, cells, generator
        self.protection = protection_of(design)
        self.current_bias_a: FloatArray = CURRENT_BIAS_C * design.rack_ah * generator.standard_normal(racks)
        self.voltage_bias_v: FloatArray = VOLTAGE_BIAS_V * generator.standard_normal(racks)
        self._warmth_bias_c = WARMTH_BIAS_C * generator.standard_normal(cells.soc.shape)
        error = FIRST_SOC_ERROR * generator.standard_normal(racks)
        self.soc: FloatArray = np.clip(cells.soc.mean(axis=1) + error, 0.0, 1.0)
        self.health: FloatArray = np.round(cells.health.mean(axis=1), 2)  # as its last service entered it
        self.insulation: FloatArray = np.full(racks, SOUND_OHM_PER_V)
        self.is_tripped: BoolArray = np.zeros(racks, dtype=np.bool_)
        self._slow_c = cells.temperature_c.max(axis=1)
        self.readings: dict[str, FloatArray] = {}
        self.look(np.zeros(racks), 0.0)

    def draw_from(self, generator: np.random.Generator) -> None:
        """The noise of its sensors from here on."""
        self._generator = generator

    def look(self, current_a: FloatArray, dt_s: float) -> None:
        """New readings after a step with this current, and what follows from them."""
        racks, noise = self._design.racks, self._generator.standard_normal
        self.current_a = current_a + self.current_bias_a + CURRENT_NOISE_C * self._design.rack_ah * noise(racks)
        cell_v = self._cells.cell_v(current_a)
        self.cell_v = cell_v + self.voltage_bias_v[:, None] + VOLTAGE_NOISE_V * noise(cell_v.shape)
        self.warmth_c = self._cells.temperature_c + self._warmth_bias_c + WARMTH_NOISE_C * noise(cell_v.shape)
        self._count(dt_s)
        self.readings = self._readings(dt_s)
        self.levels: IntArray = self.protection.levels(self.readings)
        self.is_tripped = self.is_tripped | trips(self.levels)
        self._allow()

    def reset(self) -> None:
        """By somebody who stands before it; without effect on a rack whose cause lasts."""
        self.is_tripped = trips(self.levels)
        self._allow()

    def _allow(self) -> None:
        charge, discharge = self.protection.shares(self.readings)
        on = np.where(self.is_tripped, 0.0, self._design.rack_kw)
        self.may_charge_kw: FloatArray = charge * on
        self.may_discharge_kw: FloatArray = discharge * on

    @property
    def has_cooling(self) -> BoolArray:
        return self._cells.is_cooled

    def _count(self, dt_s: float) -> None:
        """It counts what its sensor shows, and sets itself right at the ends."""
        self.soc = np.clip(self.soc - self.current_a * dt_s / HOUR_S / (self._design.rack_ah * self.health), 0.0, 1.0)
        high, low = VOLTAGE[self._design.chemistry]
        slow = np.abs(self.current_a) < FULL_BELOW_C * self._design.rack_ah
        self.is_full = slow & (self.cell_v.max(axis=1) >= high[0])
        self.soc = np.where(self.is_full, FULL, self.soc)
        self.soc = np.where(slow & (self.cell_v.min(axis=1) <= low[1]), np.minimum(self.soc, EMPTY), self.soc)

    def _readings(self, dt_s: float) -> dict[str, FloatArray]:
        hottest = self.warmth_c.max(axis=1)
        self._slow_c = hottest + (self._slow_c - hottest) * np.exp(-dt_s / HEATING_S)
        noise = 1 + INSULATION_NOISE * self._generator.standard_normal(len(hottest))
        highest, lowest = self.cell_v.max(axis=1), self.cell_v.min(axis=1)
        return {
            "cell_voltage_max_v": highest,
            "cell_voltage_min_v": lowest,
            "voltage_spread_v": np.where(self._is_even(highest, lowest), highest - lowest, 0.0),
            "temperature_max_c": hottest,
            "temperature_min_c": self.warmth_c.min(axis=1),
            "temperature_spread_c": hottest - self.warmth_c.min(axis=1),
            "heating_c_per_min": (hottest - self._slow_c) * 60.0 / HEATING_S,
            "insulation_ohm_per_v": self.insulation * noise,
            "hydrogen_ppm": np.full(len(hottest), AIR_PPM),
            "smoke": np.zeros(len(hottest)),
            "dc_voltage_v": self._design.series * self.cell_v.mean(axis=1),
        }

    def _is_even(self, highest: FloatArray, lowest: FloatArray) -> BoolArray:
        """Where the curve is flat: near its ends sound cells differ, too."""
        high, low = VOLTAGE[self._design.chemistry]
        return np.asarray((highest < high[0]) & (lowest > low[0]), dtype=np.bool_)
