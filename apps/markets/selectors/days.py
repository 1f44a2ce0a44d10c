"""Whether the day-ahead prices of a day of delivery are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from apps.markets import rules
from apps.markets.choices import DayState
from apps.markets.models import BiddingZone, MarketSeries
from apps.markets.selectors.known import Prices, prices

STEP_S = 900


@dataclass(frozen=True, slots=True)
class DeliveryDay:
    zone: BiddingZone
    day: date
    state: DayState
    prices: Prices  # by quarter hours of the local day: 92, 96 or 100 of them

    @property
    def missing(self) -> int:
        return int(np.isnan(self.prices.values).sum())


def delivery_day(*, zone: BiddingZone, day: date, as_of: datetime) -> DeliveryDay:
    begin, end = rules.midnight(zone, day), rules.midnight(zone, day + rules.DAY)
    steps = int(end.timestamp() - begin.timestamp()) // STEP_S
    found = prices(zone=zone.code, starts_at=begin, steps=steps, step_s=STEP_S, as_of=as_of)
    return DeliveryDay(zone, day, _state(found, zone, day, as_of), found)


def _state(found: Prices, zone: BiddingZone, day: date, as_of: datetime) -> DayState:
    is_known = np.isfinite(found.values)
    if is_known.all():
        return DayState.KNOWN
    if day <= rules.due_day(zone, as_of):
        return DayState.LATE
    return DayState.PARTLY if is_known.any() else DayState.AWAITED


@dataclass(frozen=True, slots=True)
class ZoneDays:
    zone: BiddingZone
    series: Sequence[MarketSeries]
    days: Sequence[DeliveryDay]  # today and tomorrow, by the zone's clock


def zones_with_days(*, as_of: datetime) -> Sequence[ZoneDays]:
    found = []
    for zone in BiddingZone.objects.order_by("-is_watched", "code").prefetch_related("series"):
        today = as_of.astimezone(rules.clock_of(zone)).date()
        days = [delivery_day(zone=zone, day=day, as_of=as_of) for day in (today, today + rules.DAY)]
        found.append(ZoneDays(zone, list(zone.series.all()), days))
    return found
