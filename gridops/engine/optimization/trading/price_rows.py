"""What is known of a day's prices when it is planned, as rows of a design.

Everything is of days before, as far as their prices were known then; of the day itself only its place in the week and
the year, and columns that are known ahead.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.trading.days import Index, MarketDays
from gridops.engine.optimization.trading.repeating import WEEK, known_before

_SUNDAY, _SATURDAY = 6, 5
_ALIKE, _OF_LAST = 8, 28  # so many days of one kind, of the last four weeks
_HARMONICS = 2
_YEAR = 365.25


@dataclass(frozen=True)
class PriceRows:
    """D days, S slots, H hours a day. A row is usable where nothing of it is missing."""

    prices: FloatArray  # (D, P) columns in the unit of prices
    ahead: FloatArray  # (A, D, H) columns known ahead, by the hour
    calendar: FloatArray  # (D, C) ones and zeros, and the season
    yesterday: FloatArray  # (D, S) the last known prices
    mean: FloatArray  # (D, S) of the last seven days
    alike: FloatArray  # (D, S) of the last days of that kind
    kind: Index  # (D,) of the week; a holiday is a Sunday
    season: FloatArray  # (D,) angle of the year
    is_usable: BoolArray


def price_rows(days: MarketDays, known_slots: int, ahead: FloatArray) -> PriceRows:
    """ahead: (columns, D, S). known_slots: of the day before, that are known when a day is planned."""
    back = {number: known_before(days, number, known_slots) for number in range(1, WEEK + 1)}
    mean = np.mean(list(back.values()), axis=0)
    kind = np.where(days.is_holiday, _SUNDAY, days.weekday)
    alike = _alike(days, kind, known_slots, mean)
    last = back[1]
    levels = [last.min(axis=1), last.max(axis=1), last.mean(axis=1), last.std(axis=1)]
    levels += [back[number].mean(axis=1) for number in (2, 3, WEEK)]
    prices = np.column_stack([_hourly(last), _hourly(mean), _hourly(alike), *levels])
    season = np.asarray(2 * np.pi * (days.day % _YEAR) / _YEAR, np.float64)
    known_ahead = np.array([_hourly(column) for column in ahead]).reshape(len(ahead), days.count, min(days.slots, 24))
    usable = np.isfinite(prices).all(axis=1) & np.isfinite(known_ahead).all(axis=(0, 2))
    return PriceRows(prices, known_ahead, _calendar(days, kind, season), last, mean, alike, kind, season, usable)


def _hourly(values: FloatArray) -> FloatArray:
    """(D, S) to at most 24 columns."""
    slots = values.shape[1]
    hours = min(slots, 24)
    return np.asarray(values.reshape(len(values), hours, slots // hours).mean(axis=2))


def _alike(days: MarketDays, kind: Index, known_slots: int, mean: FloatArray) -> FloatArray:
    """(D, S) mean of the last working days, Saturdays or Sundays that are wholly known."""
    group = np.where(kind < _SATURDAY, 0, kind)
    newest = 1 if known_slots == days.slots else 2
    found = mean.copy()
    for number in range(days.count):
        first = np.searchsorted(days.day, days.day[number] - _OF_LAST)
        until = np.searchsorted(days.day, days.day[number] - newest, side="right")
        same = first + np.flatnonzero(group[first:until] == group[number])[-_ALIKE:]
        if len(same):
            found[number] = days.by_slot[same].mean(axis=0)
    return found


def _calendar(days: MarketDays, kind: Index, season: FloatArray) -> FloatArray:
    place = days.before(1)
    after_holiday = np.where(place >= 0, days.is_holiday[place], False)
    of_week = (kind[:, None] == np.arange(WEEK)).astype(np.float64)
    turns = [turn(number * season) for number in range(1, _HARMONICS + 1) for turn in (np.cos, np.sin)]
    return np.column_stack([of_week, days.is_holiday, after_holiday, *turns])
