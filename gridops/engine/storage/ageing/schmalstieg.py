"""NMC/graphite cells by J. Schmalstieg, S. Käbitz, M. Ecker, D. U. Sauer, J. Power Sources 257 (2014) 325.

Sanyo UR18650E, 2.15 Ah. Parameters checked against BLAST-Lite's replica of the model (`nmc111_gr_Sanyo2Ah_2014`).
Cycles were tested at 35 °C and 1 C, so cycle ageing knows neither temperature nor rate; their range is BLAST-Lite's.
The storage temperatures are assumed: the paper's own table was not at hand. The tests lasted less than three years,
and at 25 °C and one cycle a day the law gives a loss of 0.4 after ten.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage import cells
from gridops.engine.storage.ageing.model import Damage, Loss, Validity, over_time
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import DAY_S, KELVIN, FloatArray

CALENDAR_POWER, CYCLE_POWER = 0.75, 0.5
CELL_AH = 2.15
VALID = Validity((20.0, 50.0), (20.0, 40.0), (0.0, 1.0), (0.0, 1.0), 3.0)


def calendar_rate(voltage_v: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """alpha of loss = alpha days^0.75. voltage_v: open circuit per cell; not below zero. Any shape."""
    rate = (7.543 * voltage_v - 23.75) * 1e6 * np.exp(-6976 / (temperature_c + KELVIN))
    return np.maximum(rate, 0.0)


def cycle_rate(mean_voltage_v: FloatArray, depth: FloatArray) -> FloatArray:
    """beta of loss = beta (charge of either direction in Ah)^0.5. mean_voltage_v: quadratic mean over the cycle."""
    return np.asarray(7.348e-3 * (mean_voltage_v - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * depth)


def calendar_resistance_rate(voltage_v: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """alpha of growth = alpha days^0.75, not below zero. Any shape."""
    rate = (5.270 * voltage_v - 16.32) * 1e5 * np.exp(-5986 / (temperature_c + KELVIN))
    return np.maximum(rate, 0.0)


def cycle_resistance_rate(mean_voltage_v: FloatArray, depth: FloatArray) -> FloatArray:
    """beta of growth = beta times charge in Ah, not below zero (the published law is, under a depth of 0.05)."""
    return np.maximum(2.153e-4 * (mean_voltage_v - 3.725) ** 2 - 1.521e-5 + 2.798e-4 * depth, 0.0)


@dataclass(frozen=True, slots=True)
class Schmalstieg:
    """NMC by Schmalstieg et al. 2014. Another NMC cell's open-circuit curve may take the place of the tested one."""

    curve: cells.Curve = cells.NMC
    name: str = "Schmalstieg NMC"
    source: str = "J. Schmalstieg et al., J. Power Sources 257 (2014) 325"
    validity: Validity = VALID
    exponents: tuple[float, float] = (CALENDAR_POWER, CYCLE_POWER)

    def damage(self, stress: Stress) -> Damage:
        """Days by alpha^(4/3), Ah by beta^2 of a 2.15 Ah cell with the same relative cycles."""
        voltage = self.curve.at(stress.soc)
        half = stress.depth / 2
        mean = self.curve.quadratic_mean(stress.mean_soc - half, stress.mean_soc + half)
        charge_ah = 2 * CELL_AH * stress.count * stress.depth

        def days(rate: FloatArray) -> FloatArray:
            return over_time(rate ** (1 / CALENDAR_POWER), stress) / DAY_S

        return Damage(
            calendar=days(calendar_rate(voltage, stress.temperature_c)),
            cycle=stress.of_each(cycle_rate(mean, stress.depth) ** (1 / CYCLE_POWER) * charge_ah),
            resistance_calendar=days(calendar_resistance_rate(voltage, stress.temperature_c)),
            resistance_cycle=stress.of_each(cycle_resistance_rate(mean, stress.depth) * charge_ah),
        )

    def loss(self, damage: Damage) -> Loss:
        """alpha days^0.75 + beta Ah^0.5."""
        return Loss(damage.calendar**CALENDAR_POWER, damage.cycle**CYCLE_POWER)

    def growth(self, damage: Damage) -> FloatArray:
        """alpha days^0.75 + beta Ah."""
        return np.asarray(damage.resistance_calendar**CALENDAR_POWER + damage.resistance_cycle)
