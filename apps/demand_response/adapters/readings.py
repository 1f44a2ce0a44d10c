"""Interval readings of meters before any row exists, and how they fall into days of the site's clock."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.demand_response.adapters.faults import Fault

FloatArray = npt.NDArray[np.float64]
STEPS_S = (60, 300, 600, 900, 1800, 3600)
MOST_KWH = 1_000_000.0  # in an interval
_DAY = timedelta(days=1)
_Key = tuple[str, date, int]


@dataclass(slots=True)
class PointReadings:
    """Of one usage point in one step; `lines` say where each stands in the file. What is fed in is negative."""

    usage_point: str
    step_s: int
    starts: list[int] = field(default_factory=list)  # unix seconds
    kwh: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    has_estimates: bool = False
    is_fed_in: bool = False

    def add(self, start: int, kwh: float, line: int) -> None:
        self.starts.append(start)
        self.kwh.append(kwh)
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class DayReadings:
    usage_point: str
    day: date
    starts_at: datetime
    step_s: int
    kwh: FloatArray  # NaN where nothing is known
    has_estimates: bool


@dataclass(slots=True)
class Readings:
    points: list[PointReadings]
    faults: list[Fault]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def steps_in(day: date, zone: ZoneInfo, step_s: int) -> int:
    return int((midnight(day + _DAY, zone) - midnight(day, zone)).total_seconds()) // step_s


def days_of(readings: Readings, zone: ZoneInfo) -> list[DayReadings]:
    """What is fed in is taken off what is drawn in the same interval. Readings off the grid of their day, a second one
    of an interval, and what is fed in where nothing is drawn, become faults of the readings."""
    drawn: dict[_Key, DayReadings] = {}
    fed_in: dict[_Key, DayReadings] = {}
    for one in readings.points:
        for found in _days(one, zone, readings.faults):
            (fed_in if one.is_fed_in else drawn)[found.usage_point, found.day, found.step_s] = found
    for key in fed_in.keys() - drawn.keys():
        told = f"usage point {key[0]} has only what was fed in on {key[1]}; add what was drawn from the grid"
        readings.faults.append(Fault(0, "flowDirection", told))
    whole = [replace(one, kwh=one.kwh + fed_in[key].kwh) if key in fed_in else one for key, one in drawn.items()]
    return _finest(whole, readings.faults)


def _finest(days: list[DayReadings], faults: list[Fault]) -> list[DayReadings]:
    found: dict[tuple[str, date], DayReadings] = {}
    for one in sorted(days, key=lambda one: one.step_s):
        key = one.usage_point, one.day
        if key in found:
            told = (
                f"usage point {key[0]} has readings of {found[key].step_s // 60} minutes too on {key[1]}; those count"
            )
            faults.append(Fault(0, "minutes", told))
        else:
            found[key] = one
    return list(found.values())


def _days(one: PointReadings, zone: ZoneInfo, faults: list[Fault]) -> Iterator[DayReadings]:
    starts, kwh, lines = np.array(one.starts, dtype=np.int64), np.array(one.kwh), np.array(one.lines)
    if not len(starts):
        return
    midnights = _midnights(int(starts.min()), int(starts.max()), zone)
    edges = np.array([int(at.timestamp()) for _, at in midnights], dtype=np.int64)
    place = np.searchsorted(edges, starts, side="right") - 1
    offset = starts - edges[place]
    is_even = offset % one.step_s == 0
    told = f"it does not begin on a full {one.step_s // 60} minutes of its day; correct its time"
    faults.extend(Fault(int(line), "start", told) for line in lines[~is_even])
    for index in np.unique(place[is_even]):
        inside = np.flatnonzero((place == index) & is_even)
        slots, first = np.unique(offset[inside] // one.step_s, return_index=True)
        faults.extend(_doubled(one, lines[np.delete(inside, first)]))
        day, at = midnights[index]
        values = np.full(steps_in(day, zone, one.step_s), np.nan)
        values[slots] = kwh[inside[first]]
        yield DayReadings(one.usage_point, day, at, one.step_s, values, one.has_estimates)


def _doubled(one: PointReadings, lines: npt.NDArray[np.int64]) -> Iterator[Fault]:
    """Of two readings of one interval the first counts."""
    told = f"usage point {one.usage_point} has a reading of this interval further up; leave one of them out"
    return (Fault(int(line), "start", told) for line in lines)


def _midnights(first: int, last: int, zone: ZoneInfo) -> list[tuple[date, datetime]]:
    day, end = (datetime.fromtimestamp(at, zone).date() for at in (first, last))
    found = []
    while day <= end:
        found.append((day, midnight(day, zone)))
        day += _DAY
    return found
