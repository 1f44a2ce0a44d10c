"""The day of a call on the clock of people, and customers' loads laid on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from apps.demand_response.adapters.packed_days import STEP_S, FloatArray
from gridops.engine.flexibility.days import LOOKBACK_DAYS, IntArray, Loads, Window, onto_days, working_days
from gridops.engine.flexibility.placebo import PLACEBO_DAYS, placebo_days
from gridops.engine.forecasting.clock import DAY_S, Clock

BEFORE = timedelta(hours=8)  # a day is counted from so long before the call, so that a call never runs out of it
PAST = timedelta(days=LOOKBACK_DAYS + PLACEBO_DAYS)
AROUND_H = 4  # of the course that is shown, before and after


@dataclass(frozen=True)
class EventDay:
    """`begin`, `steps`: the quarters of an hour that are read; holidays by the calendar of the site."""

    begin: datetime
    steps: int
    starts_at: datetime
    zone: ZoneInfo
    holidays: frozenset[date]

    @cached_property
    def clock(self) -> Clock:
        return Clock(int(self.begin.timestamp()), STEP_S, self.steps, self.zone, self.holidays)

    @cached_property
    def begins_s(self) -> int:
        local = self.starts_at.astimezone(self.zone)
        return local.hour * 3600 + local.minute // 15 * STEP_S - int(BEFORE.total_seconds())

    @cached_property
    def ordinals(self) -> IntArray:
        local = (self.clock.local_s - self.begins_s) // DAY_S
        return np.arange(local.min(), local.max() + 1)

    @cached_property
    def day(self) -> int:
        return self.place_of(self.starts_at.astimezone(self.zone).date())

    def place_of(self, day: date) -> int:
        """Of a date among the days; may lie outside."""
        return (day - date(1970, 1, 1)).days - int(self.ordinals[0])

    @cached_property
    def slot_of_step(self) -> IntArray:
        """Of each step of the clock, its slot in the day of the call; -1 where it is of another day."""
        local = self.clock.local_s - self.begins_s
        return np.where(local // DAY_S == self.ordinals[self.day], local % DAY_S // STEP_S, -1)

    def window(self, starts_at: datetime, ends_at: datetime) -> Window:
        """Slots of a stage; one that begins or ends within a quarter of an hour has the whole of it."""
        first = int((starts_at.timestamp() - self.begin.timestamp()) // STEP_S)
        last = int(-((self.begin.timestamp() - ends_at.timestamp()) // STEP_S)) - 1
        slots = self.slot_of_step[first : last + 1]
        return Window(int(slots.min()), int(slots.max()) + 1)

    def instants(self, slots: slice) -> list[datetime]:
        """At which slots of the day of the call begin; of a slot that comes twice the first."""
        begins = {int(slot): n for n, slot in reversed(list(enumerate(self.slot_of_step))) if slot >= 0}
        known = [begins.get(slot) for slot in range(slots.start, slots.stop)]
        return [self.begin + n * timedelta(seconds=STEP_S) for n in known if n is not None]

    def loads(self, kw: FloatArray, called: Sequence[frozenset[date]], temperature: FloatArray) -> Loads:
        """kw: customers x steps; called: days of each customer; temperature: steps."""
        by_day, hours, ordinals = onto_days(self.clock, kw, begins_s=self.begins_s)
        heat, _, _ = onto_days(self.clock, temperature[None], begins_s=self.begins_s)
        return Loads(by_day, hours, ordinals, working_days(ordinals, self.holidays), self._marks(called), heat[0])

    def _marks(self, called: Sequence[frozenset[date]]) -> np.ndarray:
        marks = np.zeros((len(called), len(self.ordinals)), dtype=bool)
        for row, days in enumerate(called):
            places = [place for day in days if 0 <= (place := self.place_of(day)) < len(self.ordinals)]
            marks[row, places] = True
        return marks

    @cached_property
    def hours(self) -> FloatArray:
        """Days x slots: real hours of each."""
        return onto_days(self.clock, np.zeros((1, self.steps)), begins_s=self.begins_s)[1]

    def placebo(self, called: Sequence[frozenset[date]], temperature: FloatArray) -> IntArray:
        """Days on which the baselines are tried, the same for all customers."""
        nobody = self.loads(np.zeros((1, self.steps)), [frozenset()], temperature)
        busy = self._marks(called).mean(axis=0) > 0.5 if called else np.zeros(len(self.ordinals), dtype=bool)
        return placebo_days(nobody, self.day, busy=busy)


def event_day(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, holidays: frozenset[date]) -> EventDay:
    """From the local midnight that baselines and placebo days reach back to, to the end of the rebound."""
    first = (starts_at.astimezone(zone) - PAST).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    until = ends_at + timedelta(hours=AROUND_H + 1)
    return EventDay(first, int((until - first).total_seconds() // STEP_S), starts_at, zone, holidays)


def called_days(rows: Mapping[int, set[date]], keys: Sequence[int]) -> list[frozenset[date]]:
    return [frozenset(rows.get(key, ())) for key in keys]
