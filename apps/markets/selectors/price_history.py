"""What a forecast of prices stands on: prices, and what was published of load, wind and sun, as they were known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db.models import Max

from apps.markets import rules
from apps.markets.adapters.price_forecasting import Known
from apps.markets.choices import FUNDAMENTALS, DayState, Product
from apps.markets.models import BiddingZone, MarketBlock, MarketSeries
from apps.markets.selectors.days import delivery_day
from apps.markets.selectors.known import prices
from gridops.public_days import public_holidays

IntArray = npt.NDArray[np.int64]
DAYS_LEARNED = 400
LEAST_STEP_S, MOST_STEP_S = 900, 3600
_RECENT = timedelta(days=14)
_INPUTS = (Product.DAY_AHEAD, *FUNDAMENTALS)


@dataclass(frozen=True, slots=True)
class History:
    known: Known
    unit: str
    newest_at: datetime | None  # when the newest of the prices came to be known


def days_not_out(*, zone: BiddingZone, as_of: datetime, most: int = 2) -> list[date]:
    """From today on, by the zone's clock: those whose prices are not all known."""
    today = as_of.astimezone(rules.clock_of(zone)).date()
    for first in (today, today + rules.DAY):
        if delivery_day(zone=zone, day=first, as_of=as_of).state is not DayState.KNOWN:
            break
    else:
        first += rules.DAY
    return [first + n * rules.DAY for n in range(most)]


def history(*, zone: BiddingZone, wanted: date, as_of: datetime) -> History:
    begin, end = rules.midnight(zone, wanted - DAYS_LEARNED * rules.DAY), rules.midnight(zone, wanted + rules.DAY)
    step_s = _step_s(zone, as_of)
    steps = int((end - begin).total_seconds()) // step_s
    told = {
        product: prices(zone=zone.code, starts_at=begin, steps=steps, step_s=step_s, as_of=as_of, product=product)
        for product in _INPUTS
    }
    found = told[Product.DAY_AHEAD]
    known = Known(
        start_s=int(begin.timestamp()),
        step_s=step_s,
        price=found.values,
        columns={product.value: told[product].values for product in FUNDAMENTALS if told[product].series},
        clock=rules.clock_of(zone),
        holidays=frozenset(public_holidays(settings.COUNTRY, range(begin.year, end.year + 1))),
        wanted=wanted,
    )
    return History(known, found.unit, found.known_at)


def _step_s(zone: BiddingZone, as_of: datetime) -> int:
    """The finest in which prices came lately."""
    recent = MarketSeries.objects.filter(
        zone=zone, product=Product.DAY_AHEAD, blocks__ends_at__gt=as_of - _RECENT, blocks__known_at__lte=as_of
    )
    finest = min(recent.values_list("step_s", flat=True).distinct(), default=MOST_STEP_S)
    return LEAST_STEP_S if finest < MOST_STEP_S else MOST_STEP_S


def news_at(*, zone: BiddingZone, as_of: datetime) -> datetime | None:
    """When the newest of what forecasts stand on came to be known."""
    blocks = MarketBlock.objects.filter(series__zone=zone, series__product__in=_INPUTS, known_at__lte=as_of)
    found: datetime | None = blocks.aggregate(newest=Max("known_at"))["newest"]
    return found


def days_as_known_then(*, zone: BiddingZone, days: Sequence[date], as_of: datetime) -> set[date]:
    """Those at whose gate everything was known that is known now of prices before and of columns up to them: a forecast
    made now from that much is the one that could have been made then."""
    first = rules.midnight(zone, min(days) - DAYS_LEARNED * rules.DAY)
    blocks = MarketBlock.objects.filter(
        series__zone=zone, series__product__in=_INPUTS, known_at__lte=as_of, ends_at__gt=first
    )
    rows = list(blocks.values_list("series__product", "starts_at", "known_at"))
    begins = np.array([start.timestamp() for _, start, _ in rows])
    known = np.array([at.timestamp() for _, _, at in rows])
    is_price = np.array([product == Product.DAY_AHEAD for product, _, _ in rows], bool)
    found = set()
    for day in days:
        before = rules.midnight(zone, day).timestamp()
        after = rules.midnight(zone, day + rules.DAY).timestamp()
        counts = np.where(is_price, begins < before, begins < after)
        if counts.any() and known[counts].max() <= rules.gate_closes(zone, day).timestamp():
            found.add(day)
    return found
