"""What all models of ageing have in common.

Damage adds up: twice the operation is twice the damage, and that of different years may be added. Each model turns the
sum into a loss of capacity and a growth of resistance by its own law. For a law x = k s^z with a stress that varies,
the damage is the sum of k^(1/z) ds, which is the 'virtual time' continuation of the published models.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import FloatArray

Range = tuple[float, float]
HAIR = 1e-9
NOT_WORTH_TELLING = 0.01


@dataclass(frozen=True, slots=True)
class Damage:
    """Sums (any shape) in units of the model. A model without a law of resistance has nan there."""

    calendar: FloatArray
    cycle: FloatArray
    resistance_calendar: FloatArray
    resistance_cycle: FloatArray

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.calendar + other.calendar,
            self.cycle + other.cycle,
            self.resistance_calendar + other.resistance_calendar,
            self.resistance_cycle + other.resistance_cycle,
        )

    def scaled(self, calendar: FloatArray | float, cycle: FloatArray | float) -> Self:
        """So much more of either kind; shapes broadcast."""
        return type(self)(
            self.calendar * calendar,
            self.cycle * cycle,
            self.resistance_calendar * calendar,
            self.resistance_cycle * cycle,
        )

    def shaped(self, *shape: int) -> Self:
        """The same numbers in another shape."""
        return type(self)(
            self.calendar.reshape(shape),
            self.cycle.reshape(shape),
            self.resistance_calendar.reshape(shape),
            self.resistance_cycle.reshape(shape),
        )


@dataclass(frozen=True, slots=True)
class Loss:
    """Lost capacity as a fraction of that when new, by cause."""

    calendar: FloatArray
    cycle: FloatArray

    @property
    def total(self) -> FloatArray:
        return self.calendar + self.cycle


@dataclass(frozen=True, slots=True)
class Validity:
    """What the cells were tested at; beyond it a model is extrapolated."""

    temperature_c: Range
    cycling_temperature_c: Range
    depth: Range
    c_rate: Range
    years: float


class AgeingModel(Protocol):
    """A published model of one cell."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def validity(self) -> Validity: ...

    @property
    def exponents(self) -> tuple[float, float]:
        """Of the laws of calendar and of cycle loss, near new."""
        ...

    def damage(self, stress: Stress) -> Damage:
        """Of the whole trace, (B,)."""
        ...

    def loss(self, damage: Damage) -> Loss:
        """Of any shape."""
        ...

    def growth(self, damage: Damage) -> FloatArray:
        """Growth of resistance as a fraction of that when new; nan where the model has no law."""
        ...


def over_time(rate: FloatArray, stress: Stress) -> FloatArray:
    """Sum of a rate per second of every step (B, T) over the trace, (B,)."""
    return np.asarray(rate.sum(axis=1) * stress.step_s)


def beyond_validity(model: AgeingModel, stress: Stress, years: float) -> tuple[str, ...]:
    """Sentences on what of a stress, or of a time (years), lies outside what the model was made from.

    Parts below 1 % of the time, or of the charge that is moved, are not worth a sentence.
    """
    valid, moved = model.validity, stress.count * stress.depth
    checks = (
        _outside("of the time cells are", stress.temperature_c, np.ones_like(stress.soc), valid.temperature_c, "°C"),
        _outside("of the charge moves", stress.cycle_temperature_c, moved, valid.cycling_temperature_c, "°C"),
        _outside("of the charge moves in cycles of a depth", stress.depth, moved, valid.depth, "of the capacity"),
        _outside("of the charge moves at rates", stress.c_rate, moved, valid.c_rate, "C"),
    )
    told = [check for check in checks if check]
    if years > valid.years:
        told.append(f"{years:.1f} years lie beyond the {valid.years:g} years of the tests behind the model.")
    return tuple(told)


def _outside(what: str, values: FloatArray, weights: FloatArray, valid: Range, unit: str) -> str:
    outside = (values < valid[0] - HAIR) | (values > valid[1] + HAIR)
    share = float(weights[outside].sum() / max(weights.sum(), HAIR))
    if share <= NOT_WORTH_TELLING:
        return ""
    return f"{share:.0%} {what} outside {valid[0]:g} to {valid[1]:g} {unit}, which the model was made from."
