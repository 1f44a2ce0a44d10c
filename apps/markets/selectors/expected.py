"""What decisions stand on where a price is not out yet, or never came: never mixed up with a known one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.conf import settings

from apps.markets.choices import Product
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import Prices, Span, prices
from apps.markets.selectors.price_forecasts import price_forecast

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

DAYS, LEAST_DAYS, LOOKED_BACK = 7, 3, 14
FALLBACK = "mean of the same hour of the last seven known days"


@dataclass(frozen=True, slots=True)
class Expected:
    """`values`: known prices, where there is none the median of the newest forecast that was issued, and where that is
    silent the fallback; nan where the past says too little as well."""

    known: Prices
    values: FloatArray
    is_known: BoolArray
    basis: str  # of what is not known; empty where all is


def expected(
    *,
    zone: str,
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
    product: Product = Product.DAY_AHEAD,
) -> Expected:
    """Six queries at most, whatever the span."""
    known = prices(zone=zone, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of, product=product)
    is_known = np.isfinite(known.values)
    if is_known.all():
        return Expected(known, known.values, is_known, "")
    told = price_forecast(zone=zone, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of, product=product)
    values, bases = np.where(is_known, known.values, told.median), []
    if (~is_known & np.isfinite(told.median)).any():
        newest = max(told.issued, key=lambda one: one.as_of)
        bases.append(f"median of the price forecast of {newest.as_of:%Y-%m-%d %H:%M} UTC")
    if not np.isfinite(values).all():
        values = np.where(np.isfinite(values), values, _usual(known.span, zone, as_of, product))
        bases.append(FALLBACK)
    return Expected(known, values, is_known, "; beyond it ".join(bases))


def _usual(span: Span, zone: str, as_of: datetime, product: Product) -> FloatArray:
    """Mean of the newest DAYS days on which the same local time has a price."""
    back = timedelta(days=LOOKED_BACK)
    past = Span(span.starts_at - back, span.steps + int(back.total_seconds()) // span.step_s, span.step_s)
    values = prices(
        zone=zone, starts_at=past.starts_at, steps=past.steps, step_s=past.step_s, as_of=as_of, product=product
    ).values
    found = np.full((LOOKED_BACK, span.steps), np.nan)
    for day, places in enumerate(_places_of_days_before(span, past, _clock(zone))):
        is_inside = (places >= 0) & (places < past.steps)
        found[day, is_inside] = values[places[is_inside]]
    return _newest_mean(found)


def _clock(zone: str) -> ZoneInfo:
    told = BiddingZone.objects.filter(code=zone).values_list("time_zone", flat=True).first()
    return ZoneInfo(told or settings.TIME_ZONE)


def _places_of_days_before(span: Span, past: Span, clock: ZoneInfo) -> list[npt.NDArray[np.int64]]:
    """For each day back the steps of the past that stand at the same local times."""
    step = timedelta(seconds=span.step_s)
    local = [(span.starts_at + n * step).astimezone(clock).replace(tzinfo=None) for n in range(span.steps)]
    begin = past.starts_at.timestamp()
    return [
        np.array(
            [
                ((at - timedelta(days=day)).replace(tzinfo=clock).astimezone(UTC).timestamp() - begin) // span.step_s
                for at in local
            ]
        ).astype(np.int64)
        for day in range(1, LOOKED_BACK + 1)
    ]


def _newest_mean(found: FloatArray) -> FloatArray:
    """Days back x steps."""
    is_known = np.isfinite(found)
    is_taken = is_known & (np.cumsum(is_known, axis=0) <= DAYS)
    count = is_taken.sum(axis=0)
    total = np.where(is_taken, found, 0.0).sum(axis=0)
    return np.where(count >= LEAST_DAYS, total / np.maximum(count, 1), np.nan)
