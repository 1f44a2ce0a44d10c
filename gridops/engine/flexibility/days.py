"""Loads by local day and slot, with the slots counted from a time of day that lies well before the event.

Days are those of the local clock that people live by. Where the clock is put on, a slot has no hour and is unknown;
where it is put back, a slot has twice the hours, and its load is the mean of both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import DAY_S, Clock

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
HOUR_S = 3_600
LOOKBACK_DAYS = 45


@dataclass(frozen=True)
class Loads:
    """M customers on D days of S slots.

    kw: (M, D, S); hours: (D, S) real hours of a slot; ordinals: (D,) days since 1970-01-01, one after the other;
    working: (D,) neither weekend nor holiday; called: (M, D) days that no baseline may be made from;
    temperature: (D, S) degrees, NaN where nobody knows it.
    """

    kw: FloatArray
    hours: FloatArray
    ordinals: IntArray
    working: BoolArray
    called: BoolArray
    temperature: FloatArray

    def __post_init__(self) -> None:
        customers, days, slots = self.kw.shape
        shapes = (self.hours.shape, self.temperature.shape, self.called.shape, self.ordinals.shape, self.working.shape)
        if shapes != ((days, slots), (days, slots), (customers, days), (days,), (days,)):
            raise ValueError(f"Loads of shape {self.kw.shape} do not fit what is said of their days: {shapes}.")

    @property
    def slots(self) -> int:
        return int(self.kw.shape[2])

    @property
    def per_hour(self) -> int:
        return self.slots // 24

    @cached_property
    def known(self) -> BoolArray:
        return ~np.isnan(self.kw)

    @cached_property
    def weight(self) -> FloatArray:
        """1 where known, else 0."""
        return self.known.astype(float)

    @cached_property
    def is_whole(self) -> bool:
        return bool(self.known.all())

    @cached_property
    def filled(self) -> FloatArray:
        """0 where unknown, to be used with `known` only."""
        return np.nan_to_num(self.kw)

    def of(self, customers: slice | IntArray) -> "Loads":
        """The same days of some customers."""
        return replace(self, kw=self.kw[customers], called=self.called[customers])


@dataclass(frozen=True)
class Window:
    """Slots of an event in its day, `first` to before `end`."""

    first: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise ValueError(f"An event from slot {self.first} to {self.end} has no length.")

    @property
    def slots(self) -> slice:
        return slice(self.first, self.end)

    def before(self, from_slots: int, to_slots: int) -> slice:
        """Slots that far before the event, as far as the day reaches back."""
        return slice(max(self.first - from_slots, 0), max(self.first - to_slots, 0))

    def after(self, slots: int, day: int) -> slice:
        """Slots that follow the event, as far as the day reaches."""
        return slice(min(self.end, day), min(self.end + slots, day))


def onto_days(clock: Clock, kw: FloatArray, *, begins_s: int = 0) -> tuple[FloatArray, FloatArray, IntArray]:
    """Loads (M, D, S), hours (D, S) and ordinals (D,) of a regular series (M, N) of mean kW.

    begins_s: second of the local clock at which a day begins; a day carries the date on which it begins. A slot is
    unknown if one of its steps is. Days that the clock only touches are there too, and unknown where it does not reach.
    """
    local = clock.local_s - begins_s
    ordinal, slot = local // DAY_S, (local % DAY_S) // clock.step_s
    first, count = int(ordinal.min()), int(ordinal.max() - ordinal.min()) + 1
    cell = (ordinal - first) * clock.day + slot
    steps = np.bincount(cell, minlength=count * clock.day)
    summed = np.zeros((len(kw), count * clock.day))
    for part in _distinct(cell):
        summed[:, cell[part]] += kw[:, part]
    with np.errstate(invalid="ignore"):
        mean = np.where(steps > 0, summed / np.maximum(steps, 1), np.nan)
    shape = (count, clock.day)
    hours = (steps * clock.step_s / HOUR_S).reshape(shape)
    return mean.reshape(len(kw), *shape), hours, first + np.arange(count)


def _distinct(cell: IntArray) -> list[IntArray]:
    """Positions in groups within which no cell repeats: one group, two where the clock is put back."""
    _, first = np.unique(cell, return_index=True)
    rest = np.setdiff1d(np.arange(len(cell)), first)
    return [first, *(_distinct_rest(cell, rest))]


def _distinct_rest(cell: IntArray, rest: IntArray) -> list[IntArray]:
    return [] if not len(rest) else [rest[each] for each in _distinct(cell[rest])]


def working_days(ordinals: IntArray, holidays: Mapping[date, str] | frozenset[date] = frozenset()) -> BoolArray:
    """(D,): neither Saturday, Sunday nor a holiday."""
    free = np.array([(day - date(1970, 1, 1)).days for day in holidays], np.int64)
    return np.asarray(((ordinals + 3) % 7 < 5) & ~np.isin(ordinals, free))


def by_hours(hours: FloatArray, per_hour: int) -> FloatArray:
    """Sums of (..., S) over `per_hour` slots each, from the first on; the last may have fewer."""
    return np.asarray(np.add.reduceat(hours, np.arange(0, hours.shape[-1], per_hour), axis=-1))


def mean_by_hours(kw: FloatArray, hours: FloatArray, per_hour: int) -> FloatArray:
    """Means of kW (..., S) weighted by the hours of the slots; NaN where there is no time or a slot is unknown."""
    time = by_hours(hours, per_hour)
    total = by_hours(np.where(hours > 0, kw * hours, 0.0), per_hour)
    return np.asarray(total / np.where(time > 0, time, np.nan))
