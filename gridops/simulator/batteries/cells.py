"""What is really in the racks: cells that differ, warm up, leak and age. Nobody outside the field sees these numbers.

A rack is a string; of its cells in series some groups are followed, each standing for as many. Current is positive for
discharge, in A of the rack.
"""

import numpy as np

from gridops.engine.storage.arrays import DAYS_A_YEAR, HOUR_S
from gridops.engine.storage.safety.typical import Chemistry
from gridops.simulator.batteries.design import POLARISATION_V, RESISTANCE_V, Design
from gridops.simulator.points import BoolArray, FloatArray

GROUPS = 12
POLARISATION_S = 180.0
# How cells of one make differ: standard deviations, and how old a plant of the field may be.
CAPACITY_SPREAD, RACK_SPREAD, RESISTANCE_SPREAD, SOC_SPREAD, COOLING_SPREAD = 0.006, 0.004, 0.04, 0.003, 0.10
MADE_OVER = 1.02  # makers deliver a little more than they print
HEALTH_NOW, FIRST_SOC = (0.92, 1.0), (0.35, 0.65)
LEAK_A_MONTH = 0.02
BALANCING_S = 43_200.0
# Warmth: lasting rise of the cells over the container and of an uncooled container over the air, at 1 C.
CELL_RISE_C, CELL_S = 12.0, 5_400.0
CONTAINER_RISE_C, CONTAINER_S, COOLED_C, COOLED_S = 14.0, 3_600.0, 23.0, 900.0
STILL_RISE_C = 2.0  # of an uncooled container at rest, by the sun and its own supplies
COLD_RESISTANCE = 0.02  # more resistance per degree below 25 °C
# Ageing: a share a year at 25 °C and 50 %, doubled by ten degrees; a share per full cycle; resistance grows faster.
CALENDAR_A_YEAR, PER_CYCLE, RESISTANCE_GROWTH = 0.018, 4.5e-5, 1.5
SECONDS_A_YEAR = DAYS_A_YEAR * 86_400.0
# Published curves end where the maker's window ends; beyond, and a little before, the voltage runs away.
LAST, BEYOND_V = 0.01, (20.0, 10.0)
END_V = {Chemistry.LFP: (0.0, 0.12), Chemistry.NMC: (0.42, 0.06)}
FURTHEST = 0.03
_GRID: FloatArray = np.linspace(-FURTHEST, 1 + FURTHEST, 531)


class Cells:
    """Arrays are (racks, groups); of the container (racks,)."""

    def __init__(self, design: Design, generator: np.random.Generator) -> None:
        shape = (design.racks, GROUPS)
        self._design = design
        rack = 1 + RACK_SPREAD * generator.standard_normal((design.racks, 1))
        self.health: FloatArray = np.full(shape, generator.uniform(*HEALTH_NOW))
        made = MADE_OVER * rack * (1 + CAPACITY_SPREAD * generator.standard_normal(shape))
        self.made_ah: FloatArray = design.rack_ah * made
        per_c = RESISTANCE_V[design.chemistry] / design.rack_ah
        self.made_ohm: FloatArray = per_c * (1 + RESISTANCE_SPREAD * generator.standard_normal(shape))
        first = generator.uniform(*FIRST_SOC)
        self.soc: FloatArray = first + SOC_SPREAD * generator.standard_normal(shape)
        self._rise = CELL_RISE_C * (1 + COOLING_SPREAD * generator.standard_normal(shape))
        self._polarisation_ohm = POLARISATION_V[design.chemistry] / design.rack_ah
        self._polarisation_v: FloatArray = np.zeros((design.racks, 1))
        self.temperature_c: FloatArray = np.full(shape, COOLED_C)
        self.container_c: FloatArray = np.full(design.racks, COOLED_C)
        self.is_cooled: BoolArray = np.ones(design.racks, dtype=np.bool_)
        volts = design.curve.at(_GRID)
        self._charge_v = np.concatenate([[0.0], np.cumsum((volts[1:] + volts[:-1]) / 2 * np.diff(_GRID))])
        self.leak_a: FloatArray = self.capacity_ah * LEAK_A_MONTH / (30 * 24)

    @property
    def capacity_ah(self) -> FloatArray:
        return np.asarray(self.made_ah * self.health)

    @property
    def ohm(self) -> FloatArray:
        aged = 1 + RESISTANCE_GROWTH * (1 - self.health)
        return np.asarray(self.made_ohm * aged * np.exp(COLD_RESISTANCE * np.clip(25 - self.temperature_c, -20, 60)))

    def open_circuit_v(self) -> FloatArray:
        low_v, high_v = END_V[self._design.chemistry]
        low = np.clip((LAST - self.soc) / LAST, 0.0, 1.0)
        high = np.clip((self.soc - 1 + LAST) / LAST, 0.0, 1.0)
        ends = high_v * high**2 - low_v * low**2
        beyond = BEYOND_V[1] * np.maximum(self.soc - 1, 0.0) - BEYOND_V[0] * np.maximum(-self.soc, 0.0)
        return np.asarray(self._design.curve.at(self.soc) + ends + beyond)

    def emf_v(self) -> FloatArray:
        """Of each rack, before the drop over its resistance."""
        return np.asarray(self._design.series * (self.open_circuit_v() - self._polarisation_v).mean(axis=1))

    def rack_ohm(self) -> FloatArray:
        return np.asarray(self._design.series * self.ohm.mean(axis=1))

    def current_a(self, power_kw: FloatArray) -> FloatArray:
        """What flows in each rack that gives this direct-current power at its terminals."""
        emf, ohm = self.emf_v(), self.rack_ohm()
        root = np.sqrt(np.maximum(emf**2 - 4000.0 * ohm * power_kw, 0.0))
        return np.asarray((emf - root) / (2 * ohm))

    def cell_v(self, current_a: FloatArray) -> FloatArray:
        return np.asarray(self.open_circuit_v() - self._polarisation_v - self.ohm * current_a[:, None])

    def drawn_kw(self, current_a: FloatArray) -> float:
        """What leaves the cells' store with these currents, what leaks away included."""
        volts = self._design.series * self._design.curve.at(self.soc)
        return float((volts * (current_a[:, None] + self.leak_a * (self.soc > 0))).mean(axis=1).sum() / 1000.0)

    def energy_kwh(self, soc: FloatArray | None = None) -> float:
        """In the store above its very end, by the open-circuit voltage; soc: instead of what there is."""
        at = self.soc if soc is None else soc
        below = np.interp(at, _GRID, self._charge_v) * self.capacity_ah
        return float(self._design.series * below.mean(axis=1).sum() / 1000.0)

    def told_kwh(self) -> dict[str, float]:
        """`energy` in the store, and its `size` from the very end to the other."""
        return {"energy": self.energy_kwh(), "size": self.energy_kwh(np.full_like(self.soc, 1 + FURTHEST))}

    def step(self, current_a: FloatArray, dt_s: float, air_c: float) -> None:
        flow = current_a[:, None]
        hours = dt_s / HOUR_S
        mean = self.soc.mean(axis=1, keepdims=True)
        balanced = (self.soc - mean) * -np.expm1(-dt_s / BALANCING_S)
        leaking = self.leak_a * (self.soc > 0)
        left = self.soc - (flow + leaking) * hours / self.capacity_ah - balanced
        self.soc = np.clip(left, -FURTHEST, 1 + FURTHEST)
        keep = np.exp(-dt_s / POLARISATION_S)
        self._polarisation_v = keep * self._polarisation_v + (1 - keep) * self._polarisation_ohm * flow
        self._warm(current_a, dt_s, air_c)
        self._age(flow, hours)

    def _warm(self, current_a: FloatArray, dt_s: float, air_c: float) -> None:
        rate = (current_a / self._design.rack_ah) ** 2
        goal = np.where(self.is_cooled, COOLED_C, air_c + STILL_RISE_C + CONTAINER_RISE_C * rate)
        time = np.where(self.is_cooled, COOLED_S, CONTAINER_S)
        self.container_c = goal + (self.container_c - goal) * np.exp(-dt_s / time)
        lasting = self.container_c[:, None] + self._rise * rate[:, None] * self.ohm / self.made_ohm
        self.temperature_c = lasting + (self.temperature_c - lasting) * np.exp(-dt_s / CELL_S)

    def _age(self, flow: FloatArray, hours: float) -> None:
        warmth = 2.0 ** ((self.temperature_c - 25.0) / 10.0) * (0.6 + 0.8 * self.soc)
        calendar = CALENDAR_A_YEAR * warmth * hours * HOUR_S / SECONDS_A_YEAR
        cycles = np.abs(flow) * hours / (2 * self.made_ah)
        self.health = np.maximum(self.health - calendar - PER_CYCLE * cycles, 0.3)
