"""The baselines that programs agree on, each by its published rules, and what they come to for one day.

Nexant, California ISO Baseline Accuracy Assessment, 2017 (10 in 10, adjustments, weather matching); PJM Manual 11
(high 4 of 5 with a symmetric additive adjustment, match day, 3 + 2 hours of the same day); NYISO (high 5 of 10).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from gridops.engine.flexibility.adjustment import Adjustment, adjusted
from gridops.engine.flexibility.days import LOOKBACK_DAYS, BoolArray, FloatArray, Loads, Window
from gridops.engine.flexibility.regression import DegreeDays, regressed
from gridops.engine.flexibility.selection import Choice, eligible, first_by, highest_days, mean_day

TEN_OF_TEN = Choice(10, 10, 5, 4, 4, 2)
FOUR_OF_FIVE = Choice(4, 5, 4, 2, 3, 2, low_share=0.25)
FIVE_OF_TEN = Choice(5, 10, 5, 2, 3, 2, low_share=0.25)
WITHIN_20 = Adjustment()
WITHIN_40 = Adjustment(lowest=1 / 1.4, highest=1.4)
BY_SUM = Adjustment(additive=True)
TWO_HOURS = Adjustment(from_h=4, to_h=2)
SIMILAR_DAYS = 4
MATCHED_DAYS = 3


@dataclass(frozen=True)
class Baseline:
    """kw: (M, S), NaN where no baseline can be made; days: (M,) how many past days it is made from."""

    kw: FloatArray
    days: np.ndarray


Method = Callable[[Loads, int, Window], Baseline]


def high_of(choice: Choice, by: Adjustment | None, loads: Loads, day: int, window: Window) -> Baseline:
    """Mean of the highest of the newest days."""
    days = eligible(loads, day, _needed(loads, window, by))
    return _moved(loads, day, window, highest_days(loads, day, window, choice, days), by)


def like_weather(count: int, by: Adjustment | None, loads: Loads, day: int, window: Window) -> Baseline:
    """Mean of the days whose temperatures, slot by slot, went most like those of the day."""
    days = eligible(loads, day, _needed(loads, window, by))
    known = ~np.isnan(loads.temperature) & ~np.isnan(loads.temperature[day])
    apart = np.where(known, np.abs(loads.temperature - loads.temperature[day]), 0).sum(axis=1)
    hours = known.sum(axis=1)
    apart = np.where(hours * 2 >= loads.slots, apart / np.maximum(hours, 1), np.inf)
    taken = _alike(days & np.isfinite(apart), np.broadcast_to(apart, days.shape), count)
    return _moved(loads, day, window, taken, by)


def like_load(count: int, loads: Loads, day: int, window: Window) -> Baseline:
    """Mean of the days most like it outside of the event and the hour on each side of it."""
    days = eligible(loads, day, window.slots)
    outside = np.ones(loads.slots, dtype=bool)
    outside[max(window.first - loads.per_hour, 0) : window.end + loads.per_hour] = False
    both = loads.known & loads.known[:, day : day + 1] & outside
    apart = np.where(both, np.abs(loads.filled - loads.filled[:, day : day + 1]), 0).sum(axis=2)
    slots = both.sum(axis=2)
    days = days & (slots * 2 >= outside.sum())
    return _moved(loads, day, window, _alike(days, apart / np.maximum(slots, 1), count), None)


def same_day(loads: Loads, day: int, window: Window) -> Baseline:
    """One level: the mean of three hours before, skipping one, and of two hours after, skipping one (PJM 3 + 2)."""
    hour = loads.per_hour
    slots = np.zeros(loads.slots, dtype=bool)
    slots[window.before(4 * hour, hour)] = True
    slots[window.end + hour : window.end + 3 * hour] = True
    weight = loads.hours[day] * slots
    whole = (loads.known[:, day] | ~(weight > 0)).all(axis=1) & (weight.sum() > 0)
    level = (loads.filled[:, day] * weight).sum(axis=1) / max(weight.sum(), 1e-9)
    kw = np.where(whole, level, np.nan)[:, None] * np.ones(loads.slots)
    return Baseline(kw, whole.astype(np.int64))


def by_degree_days(by: DegreeDays, loads: Loads, day: int, window: Window) -> Baseline:
    """Heat and cold of the day, over 45 days."""
    kw, used = regressed(loads, day, eligible(loads, day, window.slots, lookback=LOOKBACK_DAYS), by)
    return Baseline(kw, used.sum(axis=1))


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "caiso_10_10_plain": partial(high_of, TEN_OF_TEN, None),
        "caiso_10_10": partial(high_of, TEN_OF_TEN, WITHIN_20),
        "caiso_10_10_40": partial(high_of, TEN_OF_TEN, WITHIN_40),
        "pjm_4_5": partial(high_of, FOUR_OF_FIVE, BY_SUM),
        "nyiso_5_10": partial(high_of, FIVE_OF_TEN, TWO_HOURS),
        "match_day_3": partial(like_load, MATCHED_DAYS),
        "pjm_same_day": same_day,
        "weather_match": partial(like_weather, SIMILAR_DAYS, None),
        "weather": partial(by_degree_days, DegreeDays()),
    }
)


def _needed(loads: Loads, window: Window, by: Adjustment | None) -> slice:
    """The event and, of a day that is adjusted, the hours before."""
    return slice(by.slots(window, loads.per_hour).start if by else window.first, window.end)


def _alike(days: BoolArray, apart: FloatArray, count: int) -> BoolArray:
    """The `count` nearest days, none for a customer with fewer."""
    return first_by(apart, days & (days.sum(axis=1) >= count)[:, None], count)


def _moved(loads: Loads, day: int, window: Window, taken: BoolArray, by: Adjustment | None) -> Baseline:
    kw = mean_day(loads, taken)
    return Baseline(adjusted(kw, loads, day, window, by) if by else kw, taken.sum(axis=1))
