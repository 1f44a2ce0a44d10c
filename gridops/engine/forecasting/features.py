"""What a forecast may know: calendar, the past up to its issue, and what is known ahead. Nothing else can be reached.

A row is an issue and a step to forecast, both as positions on the clock. The past of an issue ends before its own step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_WEEK = 7


@dataclass(frozen=True)
class Record:
    """One series. `target`: steps, nan where missing. `ahead`: steps x columns, known before the issue (events, weather
    forecasts); `observed`: steps x columns, known like the target only up to the issue. `reach`: how many steps from an
    issue on are known ahead then; 0: all."""

    clock: Clock
    target: FloatArray
    ahead: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    observed: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    ahead_names: Sequence[str] = ()
    observed_names: Sequence[str] = ()
    reach: int = 0


@dataclass(frozen=True)
class Rows:
    """`values`: rows x names. `base`: what the recent past at the same clock says, `scale`: how far it strays from it.

    `moves`: per name, whether the column stands at the level of the target and so moves with it.
    """

    values: FloatArray
    names: tuple[str, ...]
    moves: npt.NDArray[np.bool_]
    base: FloatArray
    scale: FloatArray
    issue: IntArray
    step: IntArray

    def some(self, kept: IntArray | npt.NDArray[np.bool_]) -> "Rows":
        return Rows(
            self.values[kept],
            self.names,
            self.moves,
            self.base[kept],
            self.scale[kept],
            self.issue[kept],
            self.step[kept],
        )


class Past:
    """A column that ends at each row's issue."""

    def __init__(self, values: FloatArray) -> None:
        self._values = values
        known = np.isfinite(values)
        self._sum = np.r_[0.0, np.cumsum(np.where(known, values, 0.0))]
        self._count = np.r_[0, np.cumsum(known)]

    def at(self, index: IntArray, issue: IntArray) -> FloatArray:
        """The values there; nan where they are not known at the issue."""
        usable = (index >= 0) & (index < np.minimum(issue, len(self._values)))
        return np.where(usable, self._values[np.where(usable, index, 0)], np.nan)

    def mean(self, issue: IntArray, steps: int, back: int = 0) -> FloatArray:
        """Mean of the last `steps` before the issue, or before `back` steps before it."""
        end = np.clip(issue - back, 0, len(self._values))
        begin = np.clip(end - steps, 0, None)
        count = self._count[end] - self._count[begin]
        return np.where(count > 0, (self._sum[end] - self._sum[begin]) / np.maximum(count, 1), np.nan)

    def last(self, issue: IntArray) -> FloatArray:
        """The newest known value before the issue."""
        known = np.maximum.accumulate(np.where(np.isfinite(self._values), np.arange(len(self._values)), -1))
        newest = np.where(issue > 0, known[np.clip(issue - 1, 0, len(self._values) - 1)], -1)
        return np.where(newest >= 0, self._values[np.maximum(newest, 0)], np.nan)


def sampled(size: int, most: int) -> IntArray:
    """Positions of all, or of `most` of them, ascending; the same for the same sizes."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(size).choice(size, most, replace=False))


def rows(record: Record, issue: IntArray, step: IntArray) -> Rows:
    """Features of forecasts: rows of (issue, step), step >= issue."""
    clock, past = record.clock, Past(record.target)
    nearest = np.maximum(-((issue - 1 - step) // clock.day), 1)
    same_clock = np.stack([past.at(clock.before(step, nearest + k), issue) for k in range(_WEEK)])
    weeks = -(-nearest // _WEEK)
    same_weekday = np.stack([past.at(clock.before(step, _WEEK * (weeks + k)), issue) for k in range(4)])
    base, scale = _recent(same_clock, same_weekday, past, issue, clock.day)
    level = {f"clock_{k + 1}": same_clock[k] for k in (0, 1, 2)}
    level |= {f"weekday_{k + 1}": same_weekday[k] for k in (0, 1)}
    level |= {"clock_mean": mean_known(same_clock), "weekday_mean": mean_known(same_weekday)}
    level |= {"last": past.last(issue), "day_level": past.mean(issue, clock.day)}
    columns = level | calendar(clock, step) | _drift(past, issue, clock)
    columns |= {"lead_steps": (step - issue).astype(float), "base": base, "clock_spread": scale}
    columns |= _known_ahead(record, issue, step, nearest) | _seen(record, issue, step, nearest)
    moves = np.arange(len(columns)) < len(level)
    return Rows(np.column_stack(list(columns.values())), tuple(columns), moves, base, scale, issue, step)


def mean_known(values: FloatArray) -> FloatArray:
    """Over the first axis, of what is known; nan where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _recent(
    same_clock: FloatArray, same_weekday: FloatArray, past: Past, issue: IntArray, day: int
) -> tuple[FloatArray, FloatArray]:
    candidates = np.stack([mean_known(same_clock), mean_known(same_weekday)])
    base = mean_known(candidates)
    base = np.where(np.isfinite(base), base, past.mean(issue, 28 * day))
    base = np.where(np.isfinite(base), base, past.last(issue))
    spread = np.sqrt(mean_known((same_clock - mean_known(same_clock)) ** 2))
    return base, spread


def calendar(clock: Clock, step: IntArray) -> dict[str, FloatArray]:
    """What people live by at those steps; of the shape of `step`."""
    step = np.clip(step, 0, clock.size - 1)
    hour, year = clock.second_of_day[step] / 3600, 2 * np.pi * clock.day_of_year[step]
    holiday = clock.is_holiday
    day = clock.day
    return {
        "hour": hour,
        "hour_sin": np.sin(hour * np.pi / 12),
        "hour_cos": np.cos(hour * np.pi / 12),
        "weekday": clock.weekday[step].astype(float),
        "weekend": (clock.weekday[step] >= 5).astype(float),
        "year_sin": np.sin(year),
        "year_cos": np.cos(year),
        "holiday": holiday[step].astype(float),
        "after_holiday": holiday[np.clip(step - day, 0, clock.size - 1)].astype(float),
        "before_holiday": holiday[np.clip(step + day, 0, clock.size - 1)].astype(float),
        "last_week_holiday": holiday[np.clip(step - 7 * day, 0, clock.size - 1)].astype(float),
    }


def _drift(past: Past, issue: IntArray, clock: Clock) -> dict[str, FloatArray]:
    day = clock.day
    recent = max(day // 8, 1)
    return {
        "last_against_week": past.last(issue) - past.at(clock.before(issue - 1, 7), issue),
        "hours_against_week": past.mean(issue, recent) - past.mean(issue, recent, 7 * day),
        "day_against_week": past.mean(issue, day) - past.mean(issue, day, 7 * day),
        "week_against_month": past.mean(issue, 7 * day) - past.mean(issue, 28 * day),
    }


def _known_ahead(record: Record, issue: IntArray, step: IntArray, nearest: IntArray) -> dict[str, FloatArray]:
    columns: dict[str, FloatArray] = {}
    clock = record.clock
    for number, name in enumerate(record.ahead_names):
        values = record.ahead[:, number]
        whole = Past(values)  # of all time: it is known ahead
        end = np.minimum(issue + (record.reach or len(values)), len(values))
        at = whole.at(step, end)
        columns[name] = at
        for shift in _around(clock.step_s):
            columns[f"{name}_{shift * clock.step_s // 3600:+d}h"] = whole.at(np.minimum(step + shift, end - 1), end)
        columns[f"{name}_day_mean"] = whole.mean(step + 1, clock.day)
        columns[f"{name}_3_days_mean"] = whole.mean(step + 1, 3 * clock.day)
        columns[f"{name}_against_clock"] = at - whole.at(clock.before(step, nearest), end)
    return columns


def _around(step_s: int) -> tuple[int, ...]:
    hour = max(3600 // step_s, 1)
    return (-3 * hour, -2 * hour, -hour, hour, 2 * hour, 3 * hour)


def _seen(record: Record, issue: IntArray, step: IntArray, nearest: IntArray) -> dict[str, FloatArray]:
    columns: dict[str, FloatArray] = {}
    for number, name in enumerate(record.observed_names):
        seen = Past(record.observed[:, number])
        columns[f"{name}_day"] = seen.mean(issue, record.clock.day)
        columns[f"{name}_week"] = seen.mean(issue, 7 * record.clock.day)
        columns[f"{name}_clock"] = seen.at(record.clock.before(step, nearest), issue)
    return columns
