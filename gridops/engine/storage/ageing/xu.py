"""B. Xu, A. Oudalov, A. Ulbig, G. Andersson, D. S. Kirschen, IEEE Trans. Smart Grid 9(2) (2018) 1131.

LMO cells of one maker. Parameters checked against several independent replicas of the model (one of which prints
1.0e4 and -2.3e5 for the depth; those give negative stress and are taken for misprints). No law of resistance.
The range of validity is assumed: the conditions of its tests were not at hand.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.ageing.model import Damage, Loss, Validity, over_time
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import KELVIN, FloatArray

FILM, FILM_SPEED = 0.0575, 121.0
REFERENCE_K = 298.15
A_SECOND = 4.14e-10
VALID = Validity((0.0, 60.0), (15.0, 45.0), (0.05, 1.0), (0.0, 1.0), 10.0)


def depth_stress(depth: FloatArray) -> FloatArray:
    """Damage of one full cycle (count 1) at SoC 0.5 and 25 °C; depth above 0."""
    return np.asarray(1 / (1.40e5 * depth**-0.501 - 1.23e5))


def soc_stress(soc: FloatArray) -> FloatArray:
    """Factor of the mean SoC, 1 at 0.5."""
    return np.asarray(np.exp(1.04 * (soc - 0.5)))


def temperature_stress(temperature_c: FloatArray) -> FloatArray:
    """Factor of the temperature, 1 at 25 °C."""
    kelvin = temperature_c + KELVIN
    return np.asarray(np.exp(0.0693 * (kelvin - REFERENCE_K) * REFERENCE_K / kelvin))


def lost(damage: FloatArray) -> FloatArray:
    """Lost capacity: a film that forms fast on a small part, and the rest in proportion to what is left."""
    return np.asarray(1 - FILM * np.exp(-FILM_SPEED * damage) - (1 - FILM) * np.exp(-damage))


@dataclass(frozen=True, slots=True)
class Xu:
    """LMO by Xu et al. 2018; often taken for lithium-ion cells at large."""

    name: str = "Xu"
    source: str = "B. Xu et al., IEEE Trans. Smart Grid 9(2) (2018) 1131"
    validity: Validity = VALID
    exponents: tuple[float, float] = (1.0, 1.0)

    def damage(self, stress: Stress) -> Damage:
        """f_d of rest and of cycles."""
        rest = A_SECOND * soc_stress(stress.soc) * temperature_stress(stress.temperature_c)
        warmth = temperature_stress(stress.cycle_temperature_c)
        cycle = stress.count * depth_stress(stress.depth) * soc_stress(stress.mean_soc) * warmth
        unknown = np.full(stress.batteries, np.nan)
        return Damage(over_time(rest, stress), stress.of_each(cycle), unknown, unknown)

    def loss(self, damage: Damage) -> Loss:
        """By cause in proportion to the damage; the law itself knows only their sum."""
        both = damage.calendar + damage.cycle
        total = lost(both)
        share = np.divide(damage.calendar, both, out=np.ones_like(both), where=both > 0)
        return Loss(total * share, total * (1 - share))

    def growth(self, damage: Damage) -> FloatArray:
        """Unknown: nan."""
        return damage.resistance_calendar
