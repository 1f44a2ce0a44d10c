"""What a plan stands on: the steps of its time, and prices."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.conf import settings

from apps.markets import selectors as markets
from apps.markets.selectors.tariffs import NoTariff, tariff_course
from apps.storage.choices import STEP
from apps.storage.models import StoragePlant

FloatArray = npt.NDArray[np.float64]
STEP_S = int(STEP.total_seconds())
KWH_A_MWH = 1000.0


class NoPrices(Exception):
    """Some step of the plan has no price, not even an expected one; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PricesAhead:
    """Money per kWh bought and sold."""

    buy: FloatArray
    sell: FloatArray
    is_known: npt.NDArray[np.bool_]
    currency: str
    basis: str


def prices_ahead(plant: StoragePlant, *, starts_at: datetime, steps: int, as_of: datetime) -> PricesAhead:
    """Raises NoPrices."""
    return complete(price_course(plant, starts_at=starts_at, steps=steps, as_of=as_of), starts_at)


def complete(found: PricesAhead, starts_at: datetime) -> PricesAhead:
    """The same where every step has a price. Raises NoPrices."""
    missing = ~(np.isfinite(found.buy) & np.isfinite(found.sell))
    if missing.any():
        at = starts_at + int(missing.argmax()) * STEP
        raise NoPrices(
            f"{int(missing.sum())} of {len(missing)} steps have no price, the first at {at:%Y-%m-%d %H:%M} UTC, and "
            "the days before say too little to expect one. Import prices of at least three days."
        )
    return found


def price_course(plant: StoragePlant, *, starts_at: datetime, steps: int, as_of: datetime) -> PricesAhead:
    """nan where there is neither a price nor one to expect. Raises NoPrices for a plant that has no prices at all."""
    if not plant.tariff and plant.price_zone is None:
        raise NoPrices(f"{plant} has neither a tariff nor a price zone; an engineer gives it one.")
    return _of_tariff(plant, starts_at, steps, as_of) if plant.tariff else _of_zone(plant, starts_at, steps, as_of)


def _of_tariff(plant: StoragePlant, starts_at: datetime, steps: int, as_of: datetime) -> PricesAhead:
    try:
        told = tariff_course(name=plant.tariff, starts_at=starts_at, steps=steps, step_s=STEP_S, as_of=as_of)
    except NoTariff as fault:
        raise NoPrices(str(fault)) from fault
    return PricesAhead(told.buy, told.sell, told.is_known, told.currency, f"tariff {plant.tariff}")


def _of_zone(plant: StoragePlant, starts_at: datetime, steps: int, as_of: datetime) -> PricesAhead:
    zone = plant.price_zone
    code = zone.code if zone else ""
    told = markets.expected(zone=code, starts_at=starts_at, steps=steps, step_s=STEP_S, as_of=as_of)
    price = told.values / KWH_A_MWH
    currency = told.known.unit.partition("/")[0]
    basis = f"day-ahead prices of {zone}" + (f"; where they are not out, {told.basis}" if told.basis else "")
    return PricesAhead(price, price, told.is_known, currency, basis)


def next_step(at: datetime) -> datetime:
    return datetime.fromtimestamp(-(-at.timestamp() // STEP_S) * STEP_S, UTC)


def market_day(plant: StoragePlant, at: datetime, *, after: int = 0) -> tuple[datetime, int]:
    """Begin of a day by the clock of the plant's market, so many days after that of `at`, and its quarter hours."""
    clock = ZoneInfo(plant.price_zone.time_zone if plant.price_zone else settings.TIME_ZONE)
    day = at.astimezone(clock).date() + timedelta(days=after)
    begin, end = (
        datetime(one.year, one.month, one.day, tzinfo=clock).astimezone(UTC) for one in (day, day + timedelta(days=1))
    )
    return begin, int((end - begin).total_seconds()) // STEP_S
