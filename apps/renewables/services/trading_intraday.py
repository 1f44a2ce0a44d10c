"""Within the day: orders that bring what is sold to what will be given, within limits, every quarter of an hour."""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.markets import selectors as markets
from apps.markets.choices import Product, Source
from apps.markets.models import StoreTerms, TradingLimits, TradingPortfolio
from apps.markets.rules import DAY, clock_of, delivery_span
from apps.markets.selectors.books import Sold, sold
from apps.markets.selectors.portfolios import limits_of, traded_portfolios, volumes
from apps.markets.services.ordering import Wanted, propose_orders
from apps.markets.services.refusal import By
from apps.renewables.adapters.trading_hours import Costs, costs_of, stores_kw, wanted_kw
from apps.renewables.selectors.trading import STEP_S, past_prices

log = logging.getLogger("gridops.renewables.trading")

FloatArray = npt.NDArray[np.float64]
STEP = timedelta(seconds=STEP_S)
TERMS_FRESH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hours:
    """Quarter hours of one day of delivery from the next that can be traded on; prices are money per MWh."""

    portfolio: TradingPortfolio
    limits: TradingLimits
    starts_at: datetime
    skipped: int  # of the day
    sold: Sold
    price: FloatArray  # intraday; nan where none is told
    day_ahead: FloatArray
    costs: Costs
    as_of: datetime

    @property
    def steps(self) -> int:
        return len(self.price)


@dataclass(frozen=True, slots=True)
class Change:
    """`less`: by how much less than the price told is taken when selling; `more`: more is paid when buying."""

    source: Source
    wanted_kw: FloatArray
    held_kw: FloatArray
    words: str
    less: float
    more: float


def reorder(*, as_of: datetime) -> int:
    """How many orders were proposed. Orders of portfolios without limits are none."""
    return sum(_reordered(one, as_of) for one in traded_portfolios())


def _reordered(portfolio: TradingPortfolio, as_of: datetime) -> int:
    limits = limits_of(portfolio)
    if limits is None:
        return 0
    today = as_of.astimezone(clock_of(portfolio.zone)).date()
    wanted = [one for day in (today, today + DAY) for one in _of_day(portfolio, limits, day, as_of)]
    return len(propose_orders(portfolio=portfolio, wanted=wanted, by=By(None), as_of=as_of))


def _of_day(portfolio: TradingPortfolio, limits: TradingLimits, day: date, as_of: datetime) -> list[Wanted]:
    hours = _hours(portfolio, limits, day, as_of)
    if hours is None or not np.isfinite(hours.price).any():
        return []
    return _for_plants(hours, day) + _for_stores(hours)


def _hours(portfolio: TradingPortfolio, limits: TradingLimits, day: date, as_of: datetime) -> Hours | None:
    """None of a day that is over, or of which nothing was bid: what nobody sold is no position."""
    begin, steps = delivery_span(portfolio.zone, day)
    first = max(begin, _next_open(as_of))
    skipped = int((first - begin).total_seconds()) // STEP_S
    left = steps - skipped
    if left < 1 or not portfolio.bids.cleared(day).exists():
        return None
    asked: dict[str, Any] = {
        "zone": portfolio.zone.code,
        "starts_at": first,
        "steps": left,
        "step_s": STEP_S,
        "as_of": as_of,
    }
    past = past_prices(portfolio, Product.DAY_AHEAD, begin, steps, as_of)
    imbalance = past_prices(portfolio, Product.IMBALANCE, begin, steps, as_of)
    return Hours(
        portfolio=portfolio,
        limits=limits,
        starts_at=first,
        skipped=skipped,
        sold=sold(portfolio, starts_at=first, steps=left, as_of=as_of),
        price=markets.prices(**asked, product=Product.INTRADAY).values,
        day_ahead=markets.prices(**asked).values,
        costs=costs_of(past, imbalance, portfolio.assumed_spread),
        as_of=as_of,
    )


def _next_open(as_of: datetime) -> datetime:
    """The quarter hour after the next: the next may be too near when an order is there."""
    return datetime.fromtimestamp((as_of.timestamp() // STEP_S + 2) * STEP_S, UTC)


def _for_plants(hours: Hours, day: date) -> list[Wanted]:
    told = volumes(hours.portfolio, day, as_of=hours.as_of, sources=[Source.RENEWABLE, Source.LOAD])
    if not told:
        return []
    whole = wanted_kw(told, hours.costs, len(told[0].quantiles_kw))[hours.skipped :]
    held = hours.sold.total_kw - hours.sold.storage_kw
    words = f"expected by the forecast of {max(one.as_of for one in told):%H:%M} UTC"
    return _orders(hours, Change(Source.RENEWABLE, whole, held, words, hours.costs.long, hours.costs.short))


def _for_stores(hours: Hours) -> list[Wanted]:
    """By the price that is told intraday, and after it that of the day ahead."""
    terms = list(StoreTerms.objects.filter(member__portfolio=hours.portfolio, told_at__gte=hours.as_of - TERMS_FRESH))
    price = np.where(np.isfinite(hours.price), hours.price, hours.day_ahead)
    if not terms or not np.isfinite(price).all():
        return []
    cost = hours.portfolio.intraday_cost
    planned, fault = stores_kw(terms, sold_kw=hours.sold.storage_kw, price=price, cost=cost)
    if fault:
        log.warning("storage of %s is not traded within the day: %s", hours.portfolio, fault)
        return []
    return _orders(
        hours, Change(Source.STORAGE, planned, hours.sold.storage_kw, "planned again for storage", cost, cost)
    )


def _orders(hours: Hours, change: Change) -> list[Wanted]:
    found = []
    for step in np.flatnonzero(np.isfinite(hours.price) & np.isfinite(change.wanted_kw)):
        wanted, held = float(change.wanted_kw[step]), float(change.held_kw[step])
        if abs(wanted - held) < hours.limits.least_order_kw:
            continue
        price = float(hours.price[step])
        found.append(
            Wanted(
                source=change.source,
                delivery_at=hours.starts_at + int(step) * STEP,
                quantity_kw=wanted - held,
                price_limit=price - change.less if wanted > held else price + change.more,
                reason=f"{wanted:.0f} kW {change.words}, {held:.0f} kW are sold.",
            )
        )
    return found
