"""What the fleet desk and the page of a plant are told: totals, plans against meters, the day so far, conditions."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course
from apps.storage.adapters.packed import packed, unpacked
from apps.storage.choices import DESK, Horizon, SafetyLevel
from apps.storage.models import (
    ChargeDay,
    DaySoFar,
    Earning,
    HealthState,
    LimitSetting,
    SafetyState,
    StorageFleet,
    StoragePlant,
    StorageSchedule,
    WarrantyCounter,
)
from apps.storage.selectors.desk import desk_document
from apps.storage.selectors.desk_rows import plan_states
from apps.storage.selectors.outlook import BACK, STEPS, outlook_document
from apps.storage.services.following import follow
from apps.storage.services.planning import plan_plant
from apps.storage.services.today import tell_day
from apps.telemetry.models import Gateway, MeasurementPoint
from apps.telemetry.services.rollup import roll_up
from tests.factories.market_files import DAY
from tests.factories.orders import person
from tests.factories.storage import NOON, charged, heard, make_plant, metered, priced_zone

pytestmark = pytest.mark.django_db
API = "/api/v1/storage"
MINUTE = timedelta(minutes=1)


def viewer() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("vic", role=Role.VIEWER))
    return client


def judged(plant: StoragePlant, level: SafetyLevel = SafetyLevel.NORMAL, **more: object) -> None:
    usual = {"charge_kw": 400.0, "discharge_kw": 500.0, "charge_by": "rated power", "discharge_by": "rated power"}
    SafetyState.objects.create(plant=plant, as_of=NOON, level=level, **{**usual, **more})


def test_totals_count_what_is_known_and_the_gravest_plant_is_first() -> None:
    well, sick, silent = (make_plant(name=name) for name in ("A well", "B sick", "C silent"))
    for plant in (well, sick):
        charged(plant, 0.5, NOON, sigma=0.03)
    judged(well)
    judged(sick, SafetyLevel.STOP, charge_kw=0.0, discharge_kw=0.0, reasons=[{"text": "Rack 1 is too warm."}])
    told = desk_document(fleet=None, offset=0, limit=10, as_of=NOON)
    totals = told["totals"]
    assert (totals["plants"], totals["available"], totals["known"], totals["not_judged"]) == (3, 1, 2, 1)
    assert (totals["stored_kwh"], totals["known_kwh"], totals["energy_kwh"]) == (1000.0, 2000.0, 3000.0)
    assert totals["stored_sigma_kwh"] == pytest.approx(30 * 2**0.5)
    assert totals["levels"] == {"normal": 1, "warn": 0, "derate": 0, "stop": 1, "trip": 0}
    assert totals["plans"] == {"none": 3}
    assert [one["name"] for one in told["plants"]] == ["B sick", "C silent", "A well"]
    assert told["plants"][0]["reasons"] == ["Rack 1 is too warm."]
    assert [one["is_available"] for one in told["plants"]] == [False, False, True]
    assert silent.name in [one["name"] for one in desk_document(fleet=None, offset=1, limit=1, as_of=NOON)["plants"]]


def test_rows_tell_health_narrowing_earnings_and_cycles_of_the_warranty() -> None:
    plant = make_plant(warranty_cycles=6000.0)
    for rack, capacity in zip(plant.racks.order_by("name"), (0.98, 0.94), strict=True):
        HealthState.objects.create(rack=rack, as_of=NOON, capacity=capacity, capacity_sigma=0.01)
    LimitSetting.objects.create(
        plant=plant, name="charge_kw", value=300.0, reason="A fan is out.", set_by=person("olga").user, set_at=NOON
    )
    WarrantyCounter.objects.create(plant=plant, counted_until=NOON, equivalent_cycles=120.0)
    for back, realised in ((1, 30.0), (2, 20.0), (9, 500.0)):
        day = timezone.localtime(NOON).date() - timedelta(days=back)
        Earning.objects.create(
            plant=plant, day=day, currency="EUR", realised=realised, perfect=40.0, simple_rule=25.0, worked_out_at=NOON
        )
    told = desk_document(fleet=plant.fleet_id, offset=0, limit=10, as_of=NOON)
    (row,) = told["plants"]
    assert row["health"]["capacity"] == pytest.approx(0.96)
    assert row["narrowed"][0] == {
        "name": "charge_kw", "rung": "", "value": 300.0, "set_by": "olga", "reason": "A fan is out."
    }  # fmt: skip
    assert row["week"] == {"currency": "EUR", "earned": 50.0, "days": 2}
    assert row["warranty_cycles"] == {"limit": 6000.0, "counted": 120.0}
    (yesterday,) = told["totals"]["yesterday"]
    assert (yesterday["earned"], yesterday["share_of_perfect"], yesterday["more_than_rule"]) == (30.0, 0.75, 5.0)


def test_a_schedule_is_told_by_how_far_its_course_has_come() -> None:
    plant, now = make_plant(zone=priced_zone()), NOON + MINUTE
    charged(plant, 0.5, NOON)
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)

    def told() -> tuple[str, str, str]:
        plan = plan_states([plant], as_of=now)[plant.pk]
        return plan["state"], plan["state_label"], plan["reason"]

    assert told() == ("planned", "Planned, not proposed", "")
    row.course = Course.objects.create(
        desk=DESK, kind=row.horizon, title="Mill battery", device_mrid=plant.mrid, device_name=plant.name,
        quantity=StepQuantity.ACTIVE_POWER, unit="kW", steps=[], starts_at=NOON + 15 * MINUTE,
        ends_at=NOON + 60 * MINUTE, rest=0.0, created_at=NOON,
    )  # fmt: skip
    row.save()
    assert told()[0] == "proposed"
    Course.objects.update(status=CourseStatus.RUNNING)
    assert told()[0] == "approved"
    Course.objects.update(starts_at=NOON)
    assert told()[0] == "running"
    Course.objects.update(status=CourseStatus.STOPPED, reason="Olga stopped it.")
    assert told() == ("ended", "Stopped", "Olga stopped it.")
    StoragePlant.objects.update(price_zone=None)
    plant.refresh_from_db()
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=now)
    assert told()[:2] == ("failed", "No schedule")
    assert "neither a tariff nor a price zone" in told()[2]


def test_the_desk_asks_as_often_for_many_plants_as_for_few() -> None:
    def asked(name: str) -> int:
        charged(make_plant(name=name), 0.5, NOON)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk_document(fleet=None, offset=0, limit=100, as_of=NOON)
            outlook_document(list(StoragePlant.objects.select_related("price_zone")), as_of=NOON)
        return len(queries)

    few = asked("One")
    assert [asked(f"More {n}") for n in range(3)] == [few] * 3
    assert few < 40


def test_what_stood_planned_is_kept_and_the_day_so_far_is_told_against_it() -> None:
    plant = make_plant(zone=priced_zone(), racks=1)
    charged(plant, 0.5, NOON)
    plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    gateway = metered(plant)
    begin, last = DAY, DAY + timedelta(hours=2)
    at = [begin + n * MINUTE / 2 for n in range(240)]
    heard(gateway, at, active_power=np.full(240, 100.0), state_of_charge=np.full(240, 50.0))
    for quarter in range(8):
        charged(plant, 0.5, begin + quarter * 15 * MINUTE)
        follow(as_of=begin + quarter * 15 * MINUTE + MINUTE)
    roll_up(as_of=last + MINUTE)
    assert tell_day(as_of=last + MINUTE) == 1
    (row,) = DaySoFar.objects.all()
    schedule = StorageSchedule.objects.get()
    planned = unpacked(schedule.power_kw)[:8]
    assert (row.until, row.currency) == (last, "EUR")
    assert row.charged_kwh == pytest.approx(200.0, rel=0.02)
    assert row.earned == pytest.approx(-0.2 * 20.0, rel=0.02)  # 200 kWh at 20 EUR/MWh
    assert row.planned_share == pytest.approx(1.0)
    assert row.planned_charged_kwh == pytest.approx(planned.clip(0).sum() / 4, rel=1e-4)
    assert tell_day(as_of=last + 2 * MINUTE) == 1
    told = outlook_document([plant], as_of=last + MINUTE)
    assert told["power_kw"][BACK - 8 : BACK] == pytest.approx([100.0] * 8)
    assert told["planned_kw"][BACK] == pytest.approx(unpacked(schedule.power_kw)[8], abs=1e-3)
    assert told["planned_kw"][BACK - 8 : BACK] == pytest.approx(list(planned), abs=1e-3)
    assert len(told["price"]) == STEPS
    assert (told["currency"], told["plants"], told["planned"]) == ("EUR", 1, 1)


def test_a_sum_of_many_is_told_only_where_nine_tenths_of_their_energy_are_known() -> None:
    plants = [make_plant(name=f"Plant {n}") for n in range(2)]
    day = NOON.date()
    whole, half = np.full(96, 0.5), np.where(np.arange(96) < 48, 0.3, np.nan)
    for plant, soc in zip(plants, (whole, half), strict=True):
        flat = packed(np.full(96, 0.02))
        ChargeDay.objects.create(plant=plant, day=day, soc=packed(soc), sigma=flat, temperature_c=flat, power_kw=flat)
    told = outlook_document(plants, as_of=NOON)
    assert told["soc"][BACK - 8] == pytest.approx(0.4)  # 11:00 UTC
    assert told["soc_sigma"][BACK - 8] == pytest.approx(0.02 / 2**0.5, abs=1e-5)
    assert told["soc"][BACK - 2] is None
    assert (told["known"], told["planned"], told["price"]) == (2, 0, [])
    assert "neither a tariff nor a price zone" in told["price_basis"]


def test_condition_health_and_earnings_are_served_and_exported() -> None:
    plant = make_plant(racks=2)
    now = timezone.now()
    charged(plant, 0.5, now, sigma=0.02)
    hot = {"name": "charge temperature high", "level": "warn", "text": "Warm."}
    judged(plant, SafetyLevel.WARN, tripped_at=now, reasons=[hot])
    gateway = metered(plant)
    Gateway.objects.update(silence_limit_s=3600.0)  # heard once, it stays known however slow the machine is
    MeasurementPoint.objects.update(max_silence_s=3600.0)
    heard(
        gateway, [now], temperature_max=[41.0], temperature_min=[30.0], cell_voltage_max=[3.4], cell_voltage_min=[3.3]
    )
    client, path = viewer(), f"{API}/plants/{plant.mrid}"
    told = client.get(f"{path}/condition").json()
    assert [rack["temperature_max_c"] for rack in told["racks"]] == [41.0, 41.0]
    assert told["racks"][0]["voltage_spread_v"] == pytest.approx(0.1)
    rules = {one["name"]: one for one in told["rules"]}
    assert rules["state of charge high"]["value"] == pytest.approx(0.52)
    assert rules["state of charge low"]["value"] == pytest.approx(0.48)
    assert (rules["charge temperature high"]["level"], rules["hydrogen"]["missing"]) == ("warn", 2)
    assert told["latch"]["tripped_at"] is not None
    HealthState.objects.create(rack=plant.racks.first(), as_of=NOON, capacity=0.97, capacity_sigma=0.01)
    (rack,) = client.get(f"{path}/health").json()["racks"]
    assert [night["capacity"] for night in rack["nights"]] == [0.97]
    Earning.objects.create(plant=plant, day=NOON.date(), currency="EUR", realised=12.5, worked_out_at=NOON)
    lines = b"".join(client.get(f"{path}/earnings.csv")).decode().splitlines()
    assert lines[0].startswith("day,currency,planned,realised")
    assert lines[1].startswith(f"{NOON.date()},EUR,,12.5,")


def test_a_fleet_or_plant_that_is_not_there_is_told_and_bad_queries_name_their_field() -> None:
    client = viewer()
    empty = client.get(f"{API}/desk").json()
    assert (empty["totals"]["plants"], empty["plants"], empty["totals"]["stored_kwh"]) == (0, [], None)
    assert client.get(f"{API}/outlook").json()["soc"] == [None] * STEPS
    absent = client.get(f"{API}/desk?fleet=99")
    assert (absent.status_code, absent.json()) == (400, {"fleet": ["There is no storage fleet of this key."]})
    bad = client.get(f"{API}/desk?limit=many")
    assert (bad.status_code, list(bad.json())) == (400, ["limit"])
    assert client.get(f"{API}/outlook?plant=no").status_code == 400
    fleet = StorageFleet.objects.create(name="Empty")
    assert client.get(f"{API}/outlook?fleet={fleet.pk}").json()["plants"] == 0
