"""Forecasts that cost nothing: what the day before, the week before or the last seven days were.

Each is (D, S) by the clock, nan where the days it needs are not on record. Of the day before, only the slots before
`known_slots` were known at the decision; the others are taken from a day earlier. A market that clears a day ahead has
published the whole of it.
"""

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.trading.days import MarketDays

WEEK = 7
_OF_LAST_WEEK = (0, 5, 6)  # Monday, Saturday and Sunday are not like the day before


def known_before(days: MarketDays, back: int, known_slots: int) -> FloatArray:
    """Prices of `back` days earlier, as far as they were known at the decision of the day before."""
    found = _taken(days, back)
    if back == 1 and known_slots < days.slots:
        found[:, known_slots:] = _taken(days, 2)[:, known_slots:]
    return found


def day_before(days: MarketDays, known_slots: int) -> FloatArray:
    """The day before again."""
    return known_before(days, 1, known_slots)


def similar_day(days: MarketDays, known_slots: int) -> FloatArray:
    """Monday, Saturday and Sunday as a week before, other days as the day before.

    Source: J. Lago et al., Forecasting day-ahead electricity prices, Applied Energy 293 (2021) 116983, section 4.
    """
    weekly = np.isin(days.weekday, _OF_LAST_WEEK)[:, None]
    return np.where(weekly, _taken(days, WEEK), day_before(days, known_slots))


def week_mean(days: MarketDays, known_slots: int) -> FloatArray:
    """The mean of the last seven days at the same hour."""
    past = [known_before(days, back, known_slots) for back in range(1, WEEK + 1)]
    return np.asarray(np.mean(past, axis=0))


def _taken(days: MarketDays, back: int) -> FloatArray:
    place = days.before(back)
    return np.where((place >= 0)[:, None], days.by_slot[place], np.nan)
