"""The protection of a rack as a management system has it in its firmware: ramps, stops, and trips that stay."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gridops.engine.storage.safety.limits import Level, Rule
from gridops.simulator.points import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Protection:
    """Rules as columns: (rules, 1), each with the sign that makes more of it worse."""

    names: tuple[str, ...]
    readings: tuple[str, ...]
    sign: FloatArray
    rungs: FloatArray  # (4, rules, 1): warn, derate, stop, trip; times the sign, infinite where there is none
    charge: BoolArray
    discharge: BoolArray

    @classmethod
    def of(cls, rules: tuple[Rule, ...]) -> Self:
        sign = np.array([[rule.sign] for rule in rules])
        rungs = np.array([[rule.warn, rule.derate, rule.stop, rule.trip] for rule in rules]).transpose(1, 0, 2) * sign
        return cls(
            names=tuple(rule.name for rule in rules),
            readings=tuple(rule.reading for rule in rules),
            sign=sign,
            rungs=np.where(np.isnan(rungs), np.inf, rungs),
            charge=np.array([[rule.charge] for rule in rules]),
            discharge=np.array([[rule.discharge] for rule in rules]),
        )

    def levels(self, readings: dict[str, FloatArray]) -> IntArray:
        """(rules, racks) of Level."""
        return np.asarray((self._seen(readings) >= self.rungs).sum(axis=0), dtype=np.int32)

    def shares(self, readings: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """(racks,) of the power that is left for charge and for discharge."""
        _, derate, stop, _ = self.rungs
        left = np.clip((stop - self._seen(readings)) / (stop - derate), 0.0, 1.0)
        charge, discharge = (np.where(blocked, left, 1.0).min(axis=0) for blocked in (self.charge, self.discharge))
        return charge, discharge

    def _seen(self, readings: dict[str, FloatArray]) -> FloatArray:
        return np.asarray(self.sign * np.array([readings[name] for name in self.readings]))


def trips(levels: IntArray) -> BoolArray:
    return np.asarray((levels >= int(Level.TRIP)).any(axis=0), dtype=np.bool_)
