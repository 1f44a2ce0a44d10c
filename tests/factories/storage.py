"""A plant with racks whose charge is known, and prices that make a battery worth its while."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np

from apps.markets.models import BiddingZone
from apps.storage.adapters.limits import typical_rows
from apps.storage.adapters.packed import packed
from apps.storage.choices import AgeingLaw, ChargeSource, Chemistry
from apps.storage.models import ChargeDay, ChargeState, Rack, SafetyLimit, StorageFleet, StoragePlant
from apps.telemetry.adapters import SampleBatch
from apps.telemetry.choices import Protocol
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint
from apps.telemetry.services.ingest import ingest
from tests.factories.market_files import DAY, NOW
from tests.factories.markets import make_feed, make_zone, take_day

NOON = DAY - timedelta(hours=10)  # 13:00 UTC of the day before the priced one
CHEAP_NIGHT = [20.0] * 6 + [80.0] * 4 + [40.0] * 7 + [120.0] * 4 + [60.0] * 3


def make_plant(
    *,
    zone: BiddingZone | None = None,
    racks: int = 2,
    mrid: UUID | None = None,
    watched: Sequence[str] = ("soc",),
    **more: object,
) -> StoragePlant:
    fleet, _ = StorageFleet.objects.get_or_create(name="Town")
    usual = {
        "name": "Mill battery",
        "fleet": fleet,
        "chemistry": Chemistry.LFP,
        "ageing_law": AgeingLaw.LFP_LARGE,
        "datasheet": "Sheet of the maker, revision 3",
        "charge_kw": 500.0,
        "discharge_kw": 500.0,
        "current_a": 800.0,
        "energy_kwh": 1000.0,
        "nominal_dc_v": 768.0,
        "cells_in_series": 240,
        "charge_efficiency": 0.95,
        "discharge_efficiency": 0.95,
        "price_zone": zone,
        "wear_per_kwh": 0.01,
    }
    plant = StoragePlant.objects.create(mrid=mrid or uuid4(), **{**usual, **more})
    for number in range(racks):
        Rack.objects.create(
            plant=plant, mrid=uuid4(), name=f"Rack {number + 1}", energy_kwh=plant.energy_kwh / max(racks, 1)
        )
    SafetyLimit.objects.bulk_create(typical_rows(plant, watched=frozenset(watched)))
    return plant


def charged(plant: StoragePlant, soc: float, at: datetime, *, sigma: float = 0.01) -> None:
    for rack in plant.racks.all():
        ChargeState.objects.update_or_create(
            rack=rack, defaults={"as_of": at, "source": ChargeSource.TOLD, "soc": soc, "sigma": sigma}
        )


def priced_zone(prices: Sequence[float] = CHEAP_NIGHT, *, days: int = 5) -> BiddingZone:
    """Prices of the local 11th of March, and the same of the days before it."""
    zone, feed = make_zone(), make_feed()
    for back in range(days):
        take_day(feed, prices, begin=DAY - timedelta(days=back), at=NOW - timedelta(days=back))
    return zone


def metered(plant: StoragePlant, more: Sequence[tuple[str, str]] = ()) -> Gateway:
    """Points of its racks and its meter, behind a gateway that has heard nothing yet. more: quantities of racks."""
    gateway = Gateway.objects.create(name=f"batteries-{plant.pk}", protocol=Protocol.MODBUS)
    LatestBlock.objects.create(gateway=gateway)
    wanted = [(plant.mrid, "active_power", "kW")]
    wanted += [(rack.mrid, quantity, unit) for rack in plant.racks.all() for quantity, unit in (*OF_RACK, *more)]
    for slot, (mrid, quantity, unit) in enumerate(wanted):
        MeasurementPoint.objects.create(
            gateway=gateway,
            slot=slot,
            name=f"{plant.name} {quantity} {slot}",
            equipment_mrid=mrid,
            quantity=quantity,
            unit=unit,
            address=f"1/holding/{slot}",
            max_silence_s=120.0,
        )
    return gateway


OF_RACK = (
    ("state_of_charge", "%"),
    ("dc_current", "A"),
    ("cell_voltage_avg", "V"),
    ("cell_voltage_max", "V"),
    ("cell_voltage_min", "V"),
    ("temperature_max", "°C"),
    ("temperature_min", "°C"),
)


def heard(
    gateway: Gateway, at: Sequence[datetime], *, only: Collection[str] | None = None, **values: Sequence[float]
) -> None:
    """What every point of a quantity says at these instants. only: of equipment with these mRIDs."""
    wanted = [point for point in gateway.points.all() if point.quantity in values]
    points = [point for point in wanted if only is None or str(point.equipment_mrid) in only]
    slot = np.repeat([point.slot for point in points], len(at))
    told = np.concatenate([np.broadcast_to(values[point.quantity], len(at)) for point in points])
    at_us = np.tile([int(moment.timestamp() * 1e6) for moment in at], len(points))
    order = np.argsort(at_us, kind="stable")
    batch = SampleBatch(slot[order], at_us[order], told[order].astype(np.float64), np.zeros(len(told), np.int64))
    ingest(gateway_id=gateway.pk, batch=batch, received_at=at[-1])


def cycled(plant: StoragePlant, until: datetime, *, days: int, temperature_c: float = 24.0) -> None:
    """Kept days of a cycle each, between a tenth and nine tenths, up to this instant."""
    quarter = np.arange(96)
    soc = np.interp(quarter, [0, 16, 60, 76, 96], [0.1, 0.9, 0.9, 0.1, 0.1])
    warm = np.full(96, temperature_c)
    for back in range(days + 1):
        day = until - timedelta(days=back)
        known = quarter <= (day.hour * 4 + day.minute // 15 if back == 0 else 95)
        ChargeDay.objects.create(
            plant=plant,
            day=day.date(),
            soc=packed(np.where(known, soc, np.nan)),
            sigma=packed(np.full(96, 0.01)),
            temperature_c=packed(np.where(known, warm, np.nan)),
            power_kw=packed(np.zeros(96)),
        )
