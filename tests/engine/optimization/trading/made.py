"""Days of a market that was never there: a week's rhythm, a level that wanders, spikes and prices below zero."""

import numpy as np

from gridops.engine.optimization.trading.days import MarketDays

MONDAY = 18_267  # 2020-01-06, in days since 1970


def market(count: int, *, slots: int = 24, seed: int = 1) -> MarketDays:
    chance = np.random.default_rng(seed)
    hour = np.arange(slots) * 24 / slots
    shape = 10 * np.sin((hour - 10) / 24 * 4 * np.pi) + 8 * np.exp(-((hour - 19) ** 2) / 5)
    level = 40 + np.cumsum(chance.normal(0, 2, count))
    free = (np.arange(count) % 7 >= 5) * 12.0
    windy = chance.random(count) < 0.15
    price = level[:, None] - free[:, None] + shape * chance.uniform(0.7, 1.3, (count, 1)) - 25 * windy[:, None]
    return of_matrix((price + chance.normal(0, 2, price.shape)) / 1000)


def of_matrix(price: np.ndarray, holidays: tuple[int, ...] = ()) -> MarketDays:
    count, slots = price.shape
    return MarketDays(
        price=price.ravel(),
        first=np.arange(count + 1) * slots,
        slot=np.tile(np.arange(slots), count),
        slots=slots,
        day=MONDAY + np.arange(count),
        is_holiday=np.isin(np.arange(count), holidays),
    )
