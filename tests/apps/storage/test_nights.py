"""Health of racks, warranties and earnings of a day that has ended."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.storage.adapters.packed import packed
from apps.storage.choices import Horizon
from apps.storage.models import ChargeDay, Earning, HealthState, WarrantyCounter
from apps.storage.services.earning import settle_day
from apps.storage.services.nights import count_warranties, estimate_health
from apps.storage.services.planning import plan_plant
from apps.telemetry.services.rollup import roll_up
from gridops.engine.storage.cells import LFP
from tests.factories.market_files import DAY
from tests.factories.storage import NOON, charged, heard, make_plant, metered, priced_zone

pytestmark = pytest.mark.django_db
EVERY = timedelta(seconds=10)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
TRUE_CAPACITY, TRUE_DROP_V = 0.92, 0.036


def test_capacity_and_resistance_are_estimated_from_a_day_of_operation_once() -> None:
    plant = make_plant()
    gateway = metered(plant)
    hours = np.arange(0, 10, 10 / 3600)
    rate = np.select(
        [hours < 1, hours < 4.05, hours < 6, hours < 9.05], [0, 0.25, 0, -0.25], 0.0
    )  # 95 to 12 % and back
    soc = 0.95 - np.cumsum(rate) * 10 / 3600 / TRUE_CAPACITY
    volts = LFP.at(soc) - rate * TRUE_DROP_V
    at = [MIDNIGHT + n * EVERY for n in range(len(hours))]
    heard(gateway, at, dc_current=rate * 500_000 / 768, cell_voltage_avg=volts)
    end = MIDNIGHT + timedelta(days=1, minutes=27)
    assert estimate_health(as_of=end) == 2
    assert estimate_health(as_of=end + timedelta(hours=1)) == 0
    row = HealthState.objects.first()
    assert row.capacity == pytest.approx(TRUE_CAPACITY, abs=max(2 * row.capacity_sigma, 0.01))
    assert row.capacity_sigma < 0.05
    assert row.resistance == pytest.approx(TRUE_DROP_V / 0.03, rel=0.05)
    assert (row.pairs, row.steps) == (2, 4)


def kept(plant, day, soc, temperature=25.0):  # type: ignore[no-untyped-def]
    values = {"soc": packed(soc), "temperature_c": packed(np.broadcast_to(temperature, 96))}
    return ChargeDay.objects.create(plant=plant, day=day, sigma=packed(soc), power_kw=packed(soc), **values)


def test_a_warranty_counts_each_day_once_and_says_what_was_not_known() -> None:
    plant = make_plant(in_service_on=(MIDNIGHT - timedelta(days=365)).date())
    soc = np.r_[np.full(24, 0.97), np.linspace(0.97, 0.47, 24), np.full(48, 0.47)]
    warm = np.where(np.arange(96) < 8, 40.0, 25.0)
    kept(plant, MIDNIGHT.date(), soc, warm)
    assert count_warranties(as_of=MIDNIGHT + timedelta(hours=30)) == 1
    assert count_warranties(as_of=MIDNIGHT + timedelta(hours=31)) == 0
    row = WarrantyCounter.objects.get()
    assert row.equivalent_cycles == pytest.approx(0.5, abs=1e-6)
    assert row.throughput_kwh == pytest.approx(500, abs=1e-3)
    assert row.hours_warm == pytest.approx(1.75)
    assert row.hours_full == pytest.approx(6.0)
    assert row.years == pytest.approx(366 / 365.25)
    assert row.hours_unknown == pytest.approx(0.25)  # the edge at midnight
    assert row.counted_until == MIDNIGHT + timedelta(days=1)


def test_a_day_is_settled_against_perfect_foresight_and_a_simple_rule() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    row = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    after = DAY + timedelta(days=1, hours=2)
    assert settle_day(as_of=after) == 1
    assert settle_day(as_of=after) == 0
    earning = Earning.objects.get()
    assert earning.day == DAY.date() + timedelta(days=1)
    assert earning.planned == pytest.approx(-row.parts["energy"], rel=1e-4)
    assert earning.perfect == pytest.approx(earning.planned, rel=0.03)  # the plan knew its prices
    assert earning.simple_rule == pytest.approx(earning.perfect, rel=0.02)  # every day has had the same
    assert earning.realised is None
    assert "Its meter was known for 0 %" in earning.reason.replace("0%", "0 %")


def test_what_was_realised_is_what_the_meter_says() -> None:
    plant = make_plant(zone=priced_zone())
    gateway = metered(plant)
    minute = np.arange(1440)
    at = [DAY + timedelta(minutes=1) * int(n) for n in minute]
    power = np.select([minute < 180, (minute >= 1020) & (minute < 1200)], [100.0, -80.0], 0.0)
    heard(gateway, at, active_power=power)
    roll_up(as_of=DAY + timedelta(days=1, hours=1))
    settle_day(as_of=DAY + timedelta(days=1, hours=2))
    earning = Earning.objects.get()
    assert earning.charged_kwh == pytest.approx(300, rel=0.02)
    assert earning.discharged_kwh == pytest.approx(240, rel=0.02)
    assert earning.realised == pytest.approx(240 * 0.12 - 300 * 0.02, rel=0.03)
    assert earning.wear == pytest.approx(2.4, rel=0.02)
    assert earning.planned is None
    assert earning.realised < earning.perfect
