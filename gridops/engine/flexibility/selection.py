"""Which of a customer's past days stand for the day of an event."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.flexibility.days import LOOKBACK_DAYS, BoolArray, FloatArray, Loads, Window


@dataclass(frozen=True)
class Choice:
    """`highest` of the `recent` newest eligible days, at least `least` of them; other figures on days without work.

    low_share: days whose load in the window is below this part of the mean of the eligible days are passed over.
    """

    highest: int
    recent: int
    least: int
    free_highest: int
    free_recent: int
    free_least: int
    low_share: float = 0.0

    def figures(self, *, working: bool) -> tuple[int, int, int]:
        if working:
            return self.highest, self.recent, self.least
        return self.free_highest, self.free_recent, self.free_least


def eligible(loads: Loads, day: int, slots: slice, *, lookback: int = LOOKBACK_DAYS) -> BoolArray:
    """(M, D): earlier days within `lookback`, of the same kind, without a call, with all loads of `slots` known."""
    number = np.arange(len(loads.ordinals))
    fitting = (number < day) & (number >= day - lookback) & (loads.working == loads.working[day])
    counted = loads.hours[:, slots] > 0
    whole = (loads.known[:, :, slots] | ~counted).all(axis=2)
    return np.asarray(fitting & whole & ~loads.called)


def newest(days: BoolArray, count: int) -> BoolArray:
    """(M, D): the last `count` of the days that are set, by customer."""
    back = np.cumsum(days[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(days & (back <= count))


def first_by(score: FloatArray, days: BoolArray, count: int) -> BoolArray:
    """(M, D): the `count` days of the lowest score among those that are set; of equals the newer."""
    order = np.argsort(np.where(days, score, np.inf)[:, ::-1], axis=1, kind="stable")[:, :count]
    taken = np.zeros_like(days)
    np.put_along_axis(taken, days.shape[1] - 1 - order, True, axis=1)
    return taken & days


def mean_of(loads: Loads, slots: slice) -> FloatArray:
    """(M, D) mean kW over the hours of `slots`; NaN where nothing is known."""
    weight = loads.known[:, :, slots] * loads.hours[:, slots]
    total = weight.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((loads.filled[:, :, slots] * weight).sum(axis=2) / np.where(total > 0, total, np.nan))


def highest_days(loads: Loads, day: int, window: Window, choice: Choice, days: BoolArray) -> BoolArray:
    """(M, D): the days of `choice` among the eligible `days`; none for a customer with fewer than the least."""
    highest, recent, least = choice.figures(working=bool(loads.working[day]))
    level = mean_of(loads, window.slots)
    if choice.low_share:
        days = _without_low(level, days, choice.low_share)
    among = newest(days, recent)
    taken = among if highest >= recent else first_by(-level, among, highest)
    return np.asarray(taken & (among.sum(axis=1) >= least)[:, None])


def _without_low(level: FloatArray, days: BoolArray, share: float) -> BoolArray:
    count = days.sum(axis=1)
    mean = np.where(days, np.nan_to_num(level), 0).sum(axis=1) / np.maximum(count, 1)
    return np.asarray(days & (level >= share * mean[:, None]))


def mean_day(loads: Loads, taken: BoolArray) -> FloatArray:
    """(M, S): mean of the days taken, slot by slot; NaN where none is known."""
    weight = taken[:, None, :].astype(float)
    total = (weight @ loads.filled)[:, 0]
    count = taken.sum(axis=1)[:, None] if loads.is_whole else (weight @ loads.weight)[:, 0]
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
