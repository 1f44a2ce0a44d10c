"""Large LFP/graphite cells, as most stationary plants have them: NREL, BLAST-Lite `lfp_gr_250AhPrismatic_2019`.

Prismatic cell above 250 Ah; tests in J. Energy Storage, doi 10.1016/j.est.2023.109042, cycled from 10 to 45 °C at
depths of 0.8 and more and gentle rates. The potential of the anode stands for the state of charge in storage
(M. Safari, C. Delacourt, J. Electrochem. Soc. 158(5) (2011) A562). No law of resistance. Years and storage temperatures
of the tests were not at hand: those below are assumed.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.ageing.model import Damage, Loss, Validity, over_time
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import DAY_S, KELVIN, FloatArray

CALENDAR_POWER, CYCLE_POWER = 0.526, 0.828
VALID = Validity((10.0, 45.0), (10.0, 45.0), (0.8, 1.0), (0.0, 1.0), 2.0)


def anode_potential(soc: FloatArray) -> FloatArray:
    """V of graphite against lithium at a cell's SoC. Any shape."""
    filled = 0.0085 + soc * (0.78 - 0.0085)
    return np.asarray(
        0.6379
        + 0.5416 * np.exp(-305.5309 * filled)
        + 0.0440 * np.tanh(-(filled - 0.1958) / 0.1088)
        - 0.1978 * np.tanh((filled - 1.0571) / 0.0854)
        - 0.6875 * np.tanh((filled + 0.0117) / 0.0529)
        - 0.0175 * np.tanh((filled - 0.5692) / 0.0875)
    )


def calendar_rate(soc: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """k of loss = k days^0.526. Any shape."""
    return np.asarray(8.37e4 * np.exp(-(5.21e3 + 3.56e3 * anode_potential(soc)) / (temperature_c + KELVIN)))


def cycle_rate(c_rate: FloatArray, depth: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """k of loss = k (full equivalent cycles)^0.828; falls with warmth. Any shape."""
    kelvin = temperature_c + KELVIN
    return np.asarray((4.38e-8 + 1.55e-8 * depth + 1.68e-7 * c_rate) * (np.exp(2.19e3 / kelvin)))


@dataclass(frozen=True, slots=True)
class LargeLfp:
    """LFP cells above 250 Ah."""

    name: str = "Large LFP"
    source: str = "NREL BLAST-Lite, lfp_gr_250AhPrismatic_2019 (doi 10.1016/j.est.2023.109042)"
    validity: Validity = VALID
    exponents: tuple[float, float] = (CALENDAR_POWER, CYCLE_POWER)

    def damage(self, stress: Stress) -> Damage:
        """Days by k^(1/0.526), full equivalent cycles by k^(1/0.828)."""
        rest = calendar_rate(stress.soc, stress.temperature_c) ** (1 / CALENDAR_POWER)
        cycle = cycle_rate(stress.c_rate, stress.depth, stress.cycle_temperature_c) ** (1 / CYCLE_POWER)
        unknown = np.full(stress.batteries, np.nan)
        return Damage(
            over_time(rest, stress) / DAY_S, stress.of_each(cycle * stress.count * stress.depth), unknown, unknown
        )

    def loss(self, damage: Damage) -> Loss:
        """k days^0.526 + k FEC^0.828."""
        return Loss(damage.calendar**CALENDAR_POWER, damage.cycle**CYCLE_POWER)

    def growth(self, damage: Damage) -> FloatArray:
        """Unknown: nan."""
        return damage.resistance_calendar
