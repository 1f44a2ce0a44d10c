"""Schedules of plants: the day ahead once its prices are out, and the hours ahead again and again.

Plants are taken in batches along feeders: what a batch needs of the database is asked once, and it is stored before the
next begins, so neither memory nor queries grow with the number of plants in a batch.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.dispatch.selectors.objectives import objectives_now
from apps.markets.selectors.sold_storage import cleared_at
from apps.storage.choices import INTRADAY_GOOD_FOR, KEPT_SCHEDULES, STEP, Horizon
from apps.storage.models import ChargeState, SitePlan, StoragePlant, StorageSchedule
from apps.storage.selectors.ahead import NoPrices, market_day, next_step
from apps.storage.selectors.charge import FRESH
from apps.storage.selectors.facts import batches
from apps.storage.selectors.sites import prices_at_meter
from apps.storage.services.plan_batch import plan_batch
from apps.storage.services.plan_rows import Span

MOST_UNPLANNED = 100  # in a minute


def plan_day_ahead(*, as_of: datetime) -> Iterator[StorageSchedule]:
    """Of every plant whose prices of tomorrow are all out and whose tomorrow is not planned yet, or not since bids of
    it were cleared."""
    for span, those in _tomorrows(as_of).items():
        there = StorageSchedule.objects.filter(
            plant=OuterRef("pk"), horizon=Horizon.DAY_AHEAD, starts_at=span.starts_at
        )
        if (cleared := cleared_at(span.starts_at)) is not None:
            there = there.filter(as_of__gte=cleared)
        yield from _planned(_plants().filter(those).filter(~Exists(there)), span, as_of)


def plan_intraday(*, as_of: datetime) -> Iterator[StorageSchedule]:
    yield from _planned(_plants(), _rolling(as_of), as_of)


def plan_unplanned(*, as_of: datetime) -> Iterator[StorageSchedule]:
    """Plants whose charge is known and whose newest rolling schedule is missing or too old to act by."""
    mine = {"plant": OuterRef("pk"), "horizon": Horizon.INTRADAY, "as_of__gt": as_of - INTRADAY_GOOD_FOR}
    known = ChargeState.objects.filter(rack__plant=OuterRef("pk"), as_of__gt=as_of - FRESH)
    rows = _plants().filter(~Exists(StorageSchedule.objects.filter(**mine)), Exists(known))
    if keys := list(rows.values_list("pk", flat=True)[:MOST_UNPLANNED]):
        yield from _planned(_plants().filter(pk__in=keys), _rolling(as_of), as_of)


def plan_plant(*, plant: StoragePlant, horizon: Horizon, as_of: datetime) -> StorageSchedule:
    """A run as a row, also where nothing came of it. What shares a meter with it is planned with it."""
    together = Q(site=plant.site, is_planned=True) | Q(pk=plant.pk) if plant.site else Q(pk=plant.pk)
    span = _rolling(as_of) if horizon is Horizon.INTRADAY else _tomorrow(plant, as_of)
    rows = list(_planned(StoragePlant.objects.filter(together), span, as_of))
    return next(row for row in rows if row.plant_id == plant.pk)


def forget_schedules(*, as_of: datetime) -> int:
    SitePlan.objects.filter(as_of__lt=as_of - KEPT_SCHEDULES).delete()
    return StorageSchedule.objects.filter(as_of__lt=as_of - KEPT_SCHEDULES).delete()[0]


def _plants() -> QuerySet[StoragePlant]:
    return StoragePlant.objects.filter(is_planned=True)


def _planned(rows: QuerySet[StoragePlant], span: Span, as_of: datetime) -> Iterator[StorageSchedule]:
    for batch in batches(rows, as_of=as_of):
        yield from plan_batch(batch, span, as_of=as_of)


def _rolling(as_of: datetime) -> Span:
    return Span(Horizon.INTRADAY, next_step(as_of), round(timedelta(hours=objectives_now().horizon_h) / STEP))


def _tomorrow(plant: StoragePlant, as_of: datetime) -> Span:
    return Span(Horizon.DAY_AHEAD, *market_day(plant, as_of, after=1))


def _tomorrows(as_of: datetime) -> dict[Span, Q]:
    """Days that can be planned, by the clocks of markets, and which plants: of each price one plant is asked."""
    basis = ("price_zone_id", "tariff", "site_id")
    some = _plants().order_by(*basis, "pk").distinct(*basis).select_related("price_zone", "site")
    found: dict[Span, Q] = {}
    for plant in some:
        span = _tomorrow(plant, as_of)
        if _is_out(plant, span, as_of):
            alike = Q(price_zone=plant.price_zone_id, tariff=plant.tariff, site=plant.site_id)
            found[span] = found.get(span, Q()) | alike
    return found


def _is_out(plant: StoragePlant, span: Span, as_of: datetime) -> bool:
    try:
        prices, _ = prices_at_meter(plant, starts_at=span.starts_at, steps=span.steps, as_of=as_of)
    except NoPrices:
        return False
    return bool(prices.is_known.all())
