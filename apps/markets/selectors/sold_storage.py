"""What batteries have sold and bought: of the books, by battery, for the desk that plans them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from apps.markets.choices import BidStatus, Source
from apps.markets.models import Bid, PortfolioMember, StoreTerms, TradingPortfolio
from apps.markets.selectors.books import STEP, sold

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SoldStorage:
    """Of a battery, by quarter hours; given to the network positive, zero where nothing was bid. `spread`: what an
    imbalance is assumed to cost beside the price, per MWh."""

    portfolio: int
    kw: FloatArray
    is_bid: BoolArray  # its day was cleared
    spread: float


def sold_storage(mrids: Sequence[UUID], *, starts_at: datetime, steps: int, as_of: datetime) -> dict[UUID, SoldStorage]:
    """By mRID; those that trade nothing, or of whose span nothing was cleared, are missing. Each has what its own curve
    gave at the price that came; what is left, as of trades within the day, goes by powers. Four queries a portfolio."""
    rows = PortfolioMember.objects.filter(mrid__in=mrids, source=Source.STORAGE, portfolio__is_traded=True)
    portfolios = {one.portfolio_id: one.portfolio for one in rows.select_related("portfolio__zone")}
    found: dict[UUID, SoldStorage] = {}
    for portfolio in portfolios.values():
        found |= _of_portfolio(portfolio, starts_at, steps, as_of)
    return {mrid: one for mrid, one in found.items() if mrid in set(mrids)}


def cleared_at(starts_at: datetime) -> datetime | None:
    """When a bid of the day that begins then was cleared last."""
    rows = Bid.objects.filter(starts_at=starts_at, status=BidStatus.CLEARED)
    found: datetime | None = rows.aggregate(last=Max("ended_at"))["last"]
    return found


def _of_portfolio(
    portfolio: TradingPortfolio, starts_at: datetime, steps: int, as_of: datetime
) -> dict[UUID, SoldStorage]:
    bids = Bid.objects.filter(
        portfolio=portfolio,
        status=BidStatus.CLEARED,
        ended_at__lte=as_of,
        starts_at__lt=starts_at + steps * STEP,
        starts_at__gt=starts_at - timedelta(days=2),
    )
    terms = list(StoreTerms.objects.filter(member__portfolio=portfolio).select_related("member"))
    is_bid, own = np.zeros(steps, np.bool_), {one.member.mrid: np.zeros(steps) for one in terms}
    traded = sold(portfolio, starts_at=starts_at, steps=steps, as_of=as_of)
    for bid in bids:
        first = round((bid.starts_at - starts_at) / STEP)
        inside = range(max(first, 0), min(first + bid.steps, steps))
        is_bid[inside.start : inside.stop] = True
        for store in bid.stores:
            if (kw := own.get(UUID(store["mrid"]))) is not None:
                _add(kw, store, inside, first, traded.day_ahead_price)
    if not is_bid.any():
        return {}
    shared = _shared(traded.storage_kw - np.sum(list(own.values()), axis=0), terms)
    return {
        mrid: SoldStorage(portfolio.pk, np.where(is_bid, kw + shared[mrid], 0.0), is_bid, portfolio.assumed_spread)
        for mrid, kw in own.items()
    }


def _add(kw: FloatArray, store: Mapping[str, Any], inside: range, first: int, price: FloatArray) -> None:
    """What its curve gives at the prices that came."""
    for step in inside:
        if np.isfinite(price[step]):
            place = np.searchsorted(store["price"][step - first], price[step], side="right")
            kw[step] = store["kw"][step - first][max(int(place) - 1, 0)]


def _shared(left_kw: FloatArray, terms: Sequence[StoreTerms]) -> dict[UUID, FloatArray]:
    give, draw = (np.array([getattr(one, name) for one in terms]) for name in ("discharge_kw", "charge_kw"))
    part = [size / max(size.sum(), 1e-9) for size in (give, draw)]
    return {
        one.member.mrid: np.where(left_kw > 0, part[0][n] * left_kw, part[1][n] * left_kw)
        for n, one in enumerate(terms)
    }
