"""A regular grid of instants and the local clock that people, and so their loads, live by."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
DAY_S = 86_400
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Clock:
    """`size` steps of `step_s` seconds from `start_s` (Unix seconds). `holidays`: local days with a name or without."""

    start_s: int
    step_s: int
    size: int
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if DAY_S % self.step_s:
            raise ValueError(f"a step of {self.step_s} s does not divide a day")

    @property
    def day(self) -> int:
        """Steps of 24 hours."""
        return DAY_S // self.step_s

    def index(self, at_s: int) -> int:
        """The first step at or after an instant."""
        return -((self.start_s - at_s) // self.step_s)

    @cached_property
    def offset_s(self) -> IntArray:
        """What the local clock is ahead of UTC, per step."""
        at = self.start_s + np.arange(self.size) * self.step_s
        hours = np.unique(at // 3600)
        shift = [self._shift(int(hour) * 3600) for hour in hours]
        return np.asarray(shift, np.int64)[np.searchsorted(hours, at // 3600)]

    def _shift(self, at_s: int) -> int:
        offset = (datetime.fromtimestamp(at_s, UTC)).astimezone(self.zone).utcoffset() or timedelta()
        return int(offset.total_seconds())

    @cached_property
    def local_s(self) -> IntArray:
        """Seconds of the local clock since 1970-01-01 00:00 local."""
        return np.asarray(self.start_s + np.arange(self.size) * self.step_s + self.offset_s)

    @cached_property
    def local_day(self) -> IntArray:
        return np.asarray(self.local_s // DAY_S)

    @cached_property
    def second_of_day(self) -> IntArray:
        return np.asarray(self.local_s % DAY_S)

    @cached_property
    def weekday(self) -> IntArray:
        """Monday is 0."""
        return np.asarray((self.local_day + 3) % 7)

    @cached_property
    def is_holiday(self) -> npt.NDArray[np.bool_]:
        days = np.array([(day - _EPOCH).days for day in self.holidays], np.int64)
        return np.isin(self.local_day, days)

    @cached_property
    def day_of_year(self) -> FloatArray:
        """Part of the year that has passed, 0 to 1."""
        days = self.local_day.astype("datetime64[D]")
        begun = days.astype("datetime64[Y]").astype("datetime64[D]")
        return np.asarray((days - begun).astype(float) / 365.25)

    @cached_property
    def weeks_before(self) -> IntArray:
        """Four rows: per step, the one of the same local clock one, two, three and four weeks before."""
        step = np.arange(self.size)
        return np.stack([self.before(step, 7 * week) for week in (1, 2, 3, 4)])

    def before(self, index: IntArray, days: IntArray | int) -> IntArray:
        """The steps that so many days earlier stood at the same local clock; they may lie before the grid."""
        back = index - days * self.day
        inside = np.clip(back, 0, self.size - 1)
        ahead = self.offset_s[np.clip(index, 0, self.size - 1)] - self.offset_s[inside]
        return np.asarray(back + np.rint(ahead / self.step_s).astype(np.int64))
