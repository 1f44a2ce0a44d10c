"""Safety limits of batteries as data: every rule cites where its numbers come from.

A rule watches one reading and has four rungs. Beyond `warn` somebody should look. From `derate` to `stop` the power
left falls in a straight line from all to none, never in a step. Beyond `stop` there is none. Beyond `trip` the battery
is taken off, both ways, until somebody resets it on the spot; the trip itself is the battery management system's, here
it is mirrored. A reading that is not known counts as beyond `stop`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np

from gridops.engine.storage.arrays import BoolArray, FloatArray, IntArray

RUNGS = ("warn", "derate", "stop", "trip")


class Level(IntEnum):
    """How far a reading is beyond its rule."""

    NORMAL = 0
    WARN = 1
    DERATE = 2
    STOP = 3
    TRIP = 4


class Side(StrEnum):
    """Where a rule's danger lies."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit on one reading of N batteries. Rungs: (N,) each, or (1,) for all; nan where there is no such rung."""

    name: str
    reading: str
    unit: str
    side: Side
    charge: bool  # what is blocked
    discharge: bool
    warn: FloatArray
    derate: FloatArray
    stop: FloatArray
    trip: FloatArray
    source: str

    def __post_init__(self) -> None:
        sign = self.sign
        if not (sign * self.derate < sign * self.stop).all():
            raise ValueError(f"{self.name}: derate must lie before stop, with a ramp between them.")
        if (sign * self.warn > sign * self.derate).any() or (sign * self.trip < sign * self.stop).any():
            raise ValueError(f"{self.name}: the rungs must come in the order warn, derate, stop, trip.")
        if not (self.charge or self.discharge):
            raise ValueError(f"{self.name}: a rule must block charge, discharge or both.")

    @property
    def sign(self) -> float:
        return 1.0 if self.side is Side.HIGH else -1.0

    def share(self, values: FloatArray) -> FloatArray:
        """Power left, 1 to 0; values (N, ...) of the reading. 0 where unknown."""
        derate, stop = _along(self.derate, values), _along(self.stop, values)
        return np.where(np.isnan(values), 0.0, np.clip((stop - values) / (stop - derate), 0.0, 1.0))

    def level(self, values: FloatArray) -> IntArray:
        """Level of each value (N, ...). STOP where unknown."""
        beyond = [self.sign * values >= self.sign * _along(getattr(self, rung), values) for rung in RUNGS]
        highest = np.max([(rank + 1) * reached for rank, reached in enumerate(beyond)], axis=0)
        return np.where(np.isnan(values), int(Level.STOP), highest).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of N batteries. Powers are not negative; either may be (1,) for all."""

    rules: tuple[Rule, ...]
    charge_kw: FloatArray
    discharge_kw: FloatArray
    current_a: FloatArray  # of the direct-current side, either way
    source: str

    def __post_init__(self) -> None:
        for name in ("charge_kw", "discharge_kw", "current_a"):
            if not (getattr(self, name) >= 0).all():
                raise ValueError(f"{name} of a battery is a number of 0 or more, for charge as well.")
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("Two rules have the same name.")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What each of R rules says of N batteries."""

    level: IntArray  # (R, N)
    share: FloatArray  # (R, N)

    @property
    def worst(self) -> IntArray:
        """(N,) Level."""
        return np.asarray(self.level.max(axis=0, initial=int(Level.NORMAL)))

    @property
    def tripped(self) -> BoolArray:
        return self.worst >= int(Level.TRIP)


def assess(limits: Limits, readings: dict[str, FloatArray], batteries: int) -> Assessment:
    """Every rule on the newest readings, (N,) each by name. A reading that is missing or nan is unknown: STOP."""
    unknown = np.full(batteries, np.nan)
    values = [readings.get(rule.reading, unknown) for rule in limits.rules]
    shape = (len(values), batteries)
    return Assessment(
        level=np.array([rule.level(of) for rule, of in zip(limits.rules, values, strict=True)]).reshape(shape),
        share=np.array([rule.share(of) for rule, of in zip(limits.rules, values, strict=True)]).reshape(shape),
    )


def latched(before: BoolArray, assessment: Assessment, *, local_reset: BoolArray) -> BoolArray:
    """Which batteries (N,) stay off: those that trip now, and those that tripped and were not reset on the spot.

    A reset while the cause lasts has no effect. There is no other way to clear a trip.
    """
    return assessment.tripped | (before & ~local_reset)


def _along(rung: FloatArray, values: FloatArray) -> FloatArray:
    return rung.reshape(rung.shape + (1,) * (values.ndim - 1))
