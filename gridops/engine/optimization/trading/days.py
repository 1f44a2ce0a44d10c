"""Prices of a market by local day, and what is known of them when a day is planned."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray

Index = npt.NDArray[np.signedinteger]


@dataclass(frozen=True)
class MarketDays:
    """D whole local days of S slots by the clock; a day may have more or fewer steps where the clock changes.

    Days need not follow each other: `day` numbers them since 1970-01-01.
    """

    price: FloatArray  # (steps,)
    first: Index  # (D + 1,) the first step of each day; the last entry is the number of steps
    slot: Index  # (steps,) place in the local day, 0 to S - 1
    slots: int
    day: Index  # (D,) ascending
    is_holiday: BoolArray  # (D,)

    @property
    def count(self) -> int:
        return len(self.day)

    @property
    def step_h(self) -> float:
        return 24 / self.slots

    @cached_property
    def weekday(self) -> Index:
        """(D,) Monday is 0."""
        return np.asarray((self.day + 3) % 7)

    @cached_property
    def by_slot(self) -> FloatArray:
        """(D, S) prices by the clock: of a doubled hour the mean, of a skipped one that of its neighbours."""
        return self.matrix(self.price)

    def matrix(self, values: FloatArray) -> FloatArray:
        """(steps,) to (D, S); nan where a day has no value."""
        of_day = np.repeat(np.arange(self.count), np.diff(self.first))
        place = of_day * self.slots + self.slot
        known = np.isfinite(values)
        size = self.count * self.slots
        total, count = np.bincount(place[known], values[known], size), np.bincount(place[known], minlength=size)
        found = np.divide(total, count, out=np.full(size, np.nan), where=count > 0).reshape(self.count, self.slots)
        for number in np.flatnonzero(np.isnan(found).any(axis=1) & np.isfinite(found).any(axis=1)):
            gap = np.isnan(found[number])
            found[number, gap] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), found[number, ~gap])
        return np.asarray(found)

    def steps(self, number: int) -> slice:
        return slice(int(self.first[number]), int(self.first[number + 1]))

    def of_steps(self, row: FloatArray, number: int) -> FloatArray:
        """A day by the clock, (S,), to the steps that it has."""
        return np.asarray(row[self.slot[self.steps(number)]])

    def before(self, days: int) -> Index:
        """(D,) the number of the day so many days earlier; -1 where it is not on record."""
        wanted = self.day - days
        place = np.clip(np.searchsorted(self.day, wanted), 0, self.count - 1)
        return np.asarray(np.where(self.day[place] == wanted, place, -1))
