"""What a forecast would have earned: each day planned on it, and settled at the prices that came."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.arbitrage import DailyTrader, Day
from gridops.engine.optimization.trading.days import Index, MarketDays


@dataclass(frozen=True, slots=True)
class Past:
    """Arrays by day that was traded."""

    numbers: Index  # of the days
    profit: FloatArray  # currency
    perfect: FloatArray  # with the prices known
    cycles: FloatArray

    @property
    def share(self) -> float:
        """Of what perfect foresight earns; nan if that is nothing."""
        ceiling = float(self.perfect.sum())
        return float(self.profit.sum()) / ceiling if ceiling else float("nan")


@dataclass(frozen=True, slots=True)
class Plans:
    """Of days by their number."""

    numbers: Index
    days: tuple[Day, ...]


def planned(days: MarketDays, forecast: FloatArray, trader: DailyTrader) -> Plans:
    """forecast: (D, S) by the clock, currency per kWh; days where it has a nan are not planned."""
    numbers = np.flatnonzero(np.isfinite(forecast).all(axis=1))
    return Plans(numbers, tuple(trader.planned(days.of_steps(forecast[each], int(each))) for each in numbers))


def foresight(days: MarketDays, numbers: Index, trader: DailyTrader) -> Plans:
    """The same with the prices known."""
    return Plans(numbers, tuple(trader.planned(days.price[days.steps(int(each))]) for each in numbers))


def settled(days: MarketDays, plans: Plans, perfect: Plans, trader: DailyTrader) -> Past:
    """At the prices that came."""
    price = [days.price[days.steps(int(each))] for each in plans.numbers]
    return Past(
        plans.numbers,
        np.array([trader.profit(day, at) for day, at in zip(plans.days, price, strict=True)]),
        np.array([trader.profit(day, at) for day, at in zip(perfect.days, price, strict=True)]),
        np.array([trader.cycles(day) for day in plans.days]),
    )
