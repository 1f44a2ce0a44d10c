"""LFP/graphite cells by M. Naumann et al., J. Energy Storage 17 (2018) 153 (storage), J. Power Sources 451 (2020).

Sony/Murata US26650FTC1, 3 Ah. Parameters checked against SimSES (TU Munich, the authors' own institute) and BLAST-Lite.
Stored from 0 to 60 °C for 885 days (quoted, the papers' tables were not at hand); cycled near 25 and 40 °C at up to
2 C, so cycle ageing knows no temperature. The resistance that grows in storage goes with
(SoC - 0.5)^2 in SimSES and another replica and with the cube in BLAST-Lite; the square is used.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.ageing.model import Damage, Loss, Validity, over_time
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import GAS_CONSTANT, KELVIN, FloatArray

REFERENCE_K = 298.15
PERCENT = 100.0
VALID = Validity((0.0, 60.0), (20.0, 45.0), (0.05, 1.0), (0.0, 2.0), 2.5)


def _arrhenius(activation_j: float, temperature_c: FloatArray) -> FloatArray:
    inverse = 1 / (temperature_c + KELVIN) - 1 / REFERENCE_K
    return np.asarray(np.exp(-activation_j / GAS_CONSTANT * inverse))


def calendar_rate(soc: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """k of loss = k seconds^0.5. Any shape."""
    return 1.2571e-5 * _arrhenius(17_126, temperature_c) * (2.8575 * (soc - 0.5) ** 3 + 0.60225)


def cycle_rate(c_rate: FloatArray, depth: FloatArray) -> FloatArray:
    """k of loss = k (full equivalent cycles)^0.5. Any shape."""
    return np.asarray((0.0630 * c_rate + 0.0971) * (4.0253 * (depth - 0.6) ** 3 + 1.0923) / PERCENT)


def calendar_resistance_rate(soc: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """k of growth = k seconds. Any shape."""
    return 3.4194e-10 * _arrhenius(71_827, temperature_c) * (-3.3903 * (soc - 0.5) ** 2 + 1.5604)


def cycle_resistance_rate(c_rate: FloatArray, depth: FloatArray) -> FloatArray:
    """k of growth = k full equivalent cycles, not below zero (the published law is, above 1.05 C)."""
    rate = (-0.0020 * c_rate + 0.0021) * (6.8477 * (depth - 0.5) ** 3 + 0.91882) / PERCENT
    return np.maximum(rate, 0.0)


@dataclass(frozen=True, slots=True)
class Naumann:
    """LFP by Naumann et al. 2018 and 2020."""

    name: str = "Naumann LFP"
    source: str = "M. Naumann et al., J. Energy Storage 17 (2018) 153 and J. Power Sources 451 (2020) 227666"
    validity: Validity = VALID
    exponents: tuple[float, float] = (0.5, 0.5)

    def damage(self, stress: Stress) -> Damage:
        """Seconds by k^2 and full equivalent cycles by k^2; those of resistance by k."""
        full = stress.count * stress.depth
        return Damage(
            calendar=over_time(calendar_rate(stress.soc, stress.temperature_c) ** 2, stress),
            cycle=stress.of_each(cycle_rate(stress.c_rate, stress.depth) ** 2 * full),
            resistance_calendar=over_time(calendar_resistance_rate(stress.soc, stress.temperature_c), stress),
            resistance_cycle=stress.of_each(cycle_resistance_rate(stress.c_rate, stress.depth) * full),
        )

    def loss(self, damage: Damage) -> Loss:
        """k seconds^0.5 + k FEC^0.5."""
        return Loss(np.sqrt(damage.calendar), np.sqrt(damage.cycle))

    def growth(self, damage: Damage) -> FloatArray:
        """Linear in time and in full equivalent cycles."""
        return damage.resistance_calendar + damage.resistance_cycle
