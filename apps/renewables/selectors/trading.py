"""What a bid of a day stands on, as it was known at an instant: prices and what they may be, imbalances, volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.forecasts.models import LEVELS
from apps.markets import selectors as markets
from apps.markets.choices import Product, Source
from apps.markets.models import BiddingZone, PriceForecast, StoreTerms, TradingPortfolio
from apps.markets.rules import DAY, delivery_span
from apps.markets.selectors.portfolios import Volume, volumes
from apps.markets.selectors.price_forecasts import price_forecast, quantiles_of, standing_before_gate
from apps.renewables.adapters.trading import APART, Together, together_of
from apps.renewables.models import RenewablePlant
from apps.renewables.selectors.errors import days_ahead

FloatArray = npt.NDArray[np.float64]
STEP_S, DAY_STEPS = 900, 96
PAST_DAYS = 97
KWH_A_MWH = 1000.0


class CannotBid(Exception):
    """Something is missing without which nothing can be bid; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Known:
    """Prices are money per kWh. Past days stand in rows, the newest last, each of as many steps as the day has; nan
    where nothing was known. `quantiles`: steps x levels of an issued forecast; None without one."""

    day: date
    starts_at: datetime
    steps: int
    past_price: FloatArray
    past_imbalance: FloatArray
    levels: FloatArray
    quantiles: FloatArray | None
    volumes: Sequence[Volume]
    stores: Sequence[StoreTerms]
    together: Together  # of the errors of prices and volumes in the past
    told: dict[str, Any]


def known_for(portfolio: TradingPortfolio, day: date, *, as_of: datetime) -> Known:
    """Raises CannotBid."""
    begin, steps = delivery_span(portfolio.zone, day)
    plants = volumes(portfolio, day, as_of=as_of, sources=[Source.RENEWABLE, Source.LOAD])
    whole = [one for one in plants if np.isfinite(one.quantiles_kw).all()]
    stores = list(StoreTerms.objects.filter(member__portfolio=portfolio).select_related("member"))
    if not whole and not stores:
        raise CannotBid(f"No forecast reaches {day}, and no battery has told its terms: there is nothing to offer yet.")
    levels, quantiles, words = _foretold(portfolio, begin, steps, as_of)
    together = errors_together(portfolio, as_of=as_of) if whole else APART
    return Known(
        day=day,
        starts_at=begin,
        steps=steps,
        past_price=past_prices(portfolio, Product.DAY_AHEAD, begin, steps, as_of),
        past_imbalance=past_prices(portfolio, Product.IMBALANCE, begin, steps, as_of),
        levels=levels,
        quantiles=quantiles,
        volumes=whole,
        stores=stores,
        together=together,
        told={
            "prices": words,
            "plants": len(whole),
            "plants_without_forecast": len(plants) - len(whole),
            "batteries": len(stores),
            "rank_correlation": round(together.rank, 3),
            "correlation_pairs": together.pairs,
            "volumes_as_of": max((one.as_of.isoformat() for one in whole), default=""),
        },
    )


def errors_together(portfolio: TradingPortfolio, *, as_of: datetime) -> Together:
    """How the errors of price and of volume went together on past days, both as they stood when gates closed."""
    zone = portfolio.zone
    mrids = [one.mrid for one in portfolio.members.all() if Source(one.source) is Source.RENEWABLE]
    keys = list(RenewablePlant.objects.filter(mrid__in=mrids).values_list("series", flat=True))
    past = days_ahead(keys, zone=zone, as_of=as_of)
    if not past.days or not keys:
        return APART
    stood = standing_before_gate(zone=zone, first=past.days[0], until=past.days[-1] + DAY, as_of=as_of)
    price = [
        _price_error(zone, begin, stood.get(day), as_of) for day, begin in zip(past.days, past.starts_at, strict=True)
    ]
    return together_of(np.array(price), past.came - past.said[..., LEVELS.index(0.5)])


def _price_error(zone: BiddingZone, begin: datetime, said: PriceForecast | None, as_of: datetime) -> FloatArray:
    """By quarter hours; nan where nothing was said."""
    if said is None:
        return np.full(DAY_STEPS, np.nan)
    came = markets.prices(zone=zone.code, starts_at=begin, steps=DAY_STEPS, step_s=STEP_S, as_of=as_of).values
    median = quantiles_of(said)[:, list(said.levels).index(0.5)]
    wide = np.repeat(median, max(said.step_s // STEP_S, 1))[:DAY_STEPS]
    return np.asarray(came - np.pad(wide, (0, DAY_STEPS - len(wide)), constant_values=np.nan))


def _foretold(
    portfolio: TradingPortfolio, begin: datetime, steps: int, as_of: datetime
) -> tuple[FloatArray, FloatArray | None, str]:
    found = price_forecast(zone=portfolio.zone.code, starts_at=begin, steps=steps, step_s=STEP_S, as_of=as_of)
    if len(found.levels) < 2 or not np.isfinite(found.quantiles).all():
        return np.zeros(0), None, f"{markets.FALLBACK}, with the errors of past days"
    issue = found.issued[-1]
    words = f"forecast {issue.model_version} of {issue.as_of:%Y-%m-%d %H:%M} UTC"
    return np.asarray(found.levels), np.sort(found.quantiles, axis=1) / KWH_A_MWH, words


def past_prices(
    portfolio: TradingPortfolio, product: Product, begin: datetime, steps: int, as_of: datetime
) -> FloatArray:
    """Days x steps: what was at the same times of the days before."""
    first = begin - timedelta(days=PAST_DAYS)
    count = PAST_DAYS * DAY_STEPS + max(steps - DAY_STEPS, 0)
    asked: dict[str, Any] = {
        "zone": portfolio.zone.code,
        "starts_at": first,
        "steps": count,
        "step_s": STEP_S,
        "as_of": as_of,
    }
    values = markets.prices(**asked, product=product).values / KWH_A_MWH
    place = DAY_STEPS * np.arange(PAST_DAYS)[:, None] + np.arange(steps)
    return np.asarray(values[place])
