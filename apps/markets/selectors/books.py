"""The books: what is sold of a span, at what, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.markets.choices import Venue
from apps.markets.models import Trade, TradingPortfolio
from apps.markets.rules import delivery_span
from apps.markets.selectors.portfolios import Volume, volumes

FloatArray = npt.NDArray[np.float64]
STEP_S = 900
STEP = timedelta(seconds=STEP_S)
NEAR = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Sold:
    """Per quarter hour; kW sold positive, money per MWh, nan without a day-ahead trade. `intraday_value`: money."""

    day_ahead_kw: FloatArray
    day_ahead_price: FloatArray
    intraday_kw: FloatArray
    intraday_value: FloatArray
    storage_kw: FloatArray  # the part of both that is storage

    @property
    def total_kw(self) -> FloatArray:
        return np.asarray(self.day_ahead_kw + self.intraday_kw)


@dataclass(frozen=True, slots=True)
class Position:
    """Of a day of delivery. `expected_kw`: quarter hours x NEAR, of all members; nan where one says nothing."""

    day: date
    starts_at: datetime
    steps: int
    sold: Sold
    expected_kw: FloatArray
    volumes: Sequence[Volume]

    @property
    def imbalance_kw(self) -> FloatArray:
        """Expected to be given beyond what is sold."""
        return np.asarray(self.expected_kw[:, 1] - self.sold.total_kw)


def sold(portfolio: TradingPortfolio, *, starts_at: datetime, steps: int, as_of: datetime) -> Sold:
    """By trades that were known then. One query."""
    rows = Trade.objects.filter(
        portfolio=portfolio, delivery_at__gte=starts_at, delivery_at__lt=starts_at + steps * STEP, known_at__lte=as_of
    )
    found = Sold(*(np.zeros(steps) for _ in range(5)))
    found.day_ahead_price[:] = np.nan
    for at, venue, quantity, storage, price in rows.values_list(
        "delivery_at", "venue", "quantity_kw", "storage_kw", "price"
    ):
        step = int((at - starts_at).total_seconds()) // STEP_S
        found.storage_kw[step] += storage
        if venue == Venue.DAY_AHEAD:
            found.day_ahead_kw[step] += quantity
            found.day_ahead_price[step] = price
        else:
            found.intraday_kw[step] += quantity
            found.intraday_value[step] += quantity * price * STEP_S / 3.6e6
    return found


def position(portfolio: TradingPortfolio, day: date, *, as_of: datetime) -> Position:
    begin, steps = delivery_span(portfolio.zone, day)
    told = volumes(portfolio, day, as_of=as_of)
    return Position(
        day, begin, steps, sold(portfolio, starts_at=begin, steps=steps, as_of=as_of), together(told, steps), told
    )


def together(told: Sequence[Volume], steps: int) -> FloatArray:
    """Quarter hours x NEAR of all: plants of one place share their weather, so their quantiles add up; storage is
    planned."""
    if not told:
        return np.full((steps, len(NEAR)), np.nan)
    return np.asarray(sum(np.column_stack([one.at_level(level) for level in NEAR]) for one in told))


PEOPLE = ("portfolio__zone", "drafted_by", "submitted_by", "decided_by", "withdrawn_by")
