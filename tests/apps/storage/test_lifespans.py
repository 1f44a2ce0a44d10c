"""Lifespans of plants from what is stored: their course, their tests, and gentler ways to run them."""

from datetime import date, timedelta

import numpy as np
import pytest

from apps.storage.choices import Horizon, LifespanOutcome
from apps.storage.models import BatteryCost, CapacityTest, LifespanRun, StoragePlant
from apps.storage.services.lifespans import forget_lifespans, work_out, work_out_due
from apps.storage.services.planning import plan_plant
from tests.factories.orders import person
from tests.factories.storage import NOON, charged, cycled, make_plant, priced_zone

pytestmark = pytest.mark.django_db
IN_SERVICE = date(2023, 3, 10)


@pytest.fixture
def plant(db: None) -> StoragePlant:
    plant = make_plant(zone=priced_zone(), in_service_on=IN_SERVICE)
    cycled(plant, NOON, days=30)
    return plant


def measured(plant: StoragePlant, *capacities: float) -> None:
    by = person("tess").user
    for n, capacity in enumerate(capacities):
        CapacityTest.objects.create(
            plant=plant,
            tested_at=NOON - timedelta(days=200 * (len(capacities) - n)),
            energy_kwh=capacity * plant.energy_kwh,
            sigma_kwh=8.0,
            source="Report of the maker",
            entered_by=by,
            entered_at=NOON,
        )


def test_years_come_with_a_band_causes_and_what_they_stand_on(plant: StoragePlant) -> None:
    charged(plant, 0.5, NOON)
    plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    row = work_out(plant=plant, as_of=NOON)
    assert row.outcome == LifespanOutcome.KNOWN
    assert 0 < row.low < row.years < row.high
    assert row.years == row.untested_years
    assert row.capacity_now < 1
    assert row.inputs["planned_h"] == pytest.approx(35, abs=1)
    assert row.inputs["executed_h"] == pytest.approx(28 * 24 + 13, abs=1)
    assert row.inputs["surroundings_c"] == 24.0
    gains = [cause["years"] for cause in row.causes]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0
    middle = row.fan["years"].index(0.0)
    assert row.fan["median"][middle] == pytest.approx(row.capacity_now, abs=1e-4)
    end = float(np.interp(row.years, row.fan["years"], row.fan["median"]))
    assert end == pytest.approx(0.8, abs=0.005)
    assert row.engine_version


def test_a_gentler_policy_never_shortens_the_life_on_the_same_days(plant: StoragePlant) -> None:
    row = work_out(plant=plant, as_of=NOON)
    now, *gentler = row.policies
    assert [one["name"] for one in row.policies] == ["now", "window", "rate", "cycles", "wear", "all"]
    assert row.inputs["policy_days"] == 5
    assert (now["years_gained"], now["lost_a_year"]) == (0.0, 0.0)
    for one in gentler:
        assert one["years_gained"] >= -1e-6, one["words"]
        assert one["lost_a_year"] >= -1e-6, one["words"]
        assert one["cycles_a_year"] <= now["cycles_a_year"] + 1e-6
    assert gentler[-1]["years_gained"] > max(one["years_gained"] for one in gentler[:-1]) - 1e-6
    assert now["worth_a_year"] is None


def test_a_year_of_life_is_worth_something_once_batteries_have_a_cost(plant: StoragePlant) -> None:
    BatteryCost.objects.create(
        plant=plant,
        per_kwh=200.0,
        currency="EUR",
        discount_rate=0.07,
        source="Offer of the maker",
        entered_by=person("tess").user,
        entered_at=NOON,
    )
    row = work_out(plant=plant, as_of=NOON)
    for one in row.policies:
        assert one["worth_a_year"] == pytest.approx(one["saved_a_year"] - one["lost_a_year"])
    assert row.policies[-1]["saved_a_year"] > 0
    assert 0 < row.wear_per_kwh < 0.2
    assert row.inputs["cost"]["source"] == "Offer of the maker"
    BatteryCost.objects.update(currency="SEK")
    plant.battery_cost.refresh_from_db()
    row = work_out(plant=plant, as_of=NOON)
    assert row.policies[-1]["worth_a_year"] is None
    assert row.inputs["money"] == "New batteries are priced in SEK and energy in EUR: enter their cost in EUR."


def test_capacity_tests_move_the_life_towards_them_and_narrow_its_band(plant: StoragePlant) -> None:
    before = work_out(plant=plant, as_of=NOON)
    poor = [0.93, 0.91, 0.89]
    measured(plant, *poor)
    row = work_out(plant=plant, as_of=NOON)
    assert row.test_count == 3
    assert row.years < row.untested_years == before.years
    assert row.high - row.low < before.high - before.low
    for one in row.tests:
        assert abs(one["fitted"] - one["capacity"]) < abs(one["untested"] - one["capacity"])
    assert row.tests[0]["source"] == "Report of the maker"


def test_a_test_of_later_does_not_count(plant: StoragePlant) -> None:
    measured(plant, 0.9)
    assert work_out(plant=plant, as_of=NOON - timedelta(days=201)).test_count == 0


def test_without_a_course_or_prices_the_row_says_so() -> None:
    poor = make_plant(name="Pond battery")
    row = work_out(plant=poor, as_of=NOON)
    assert row.outcome == LifespanOutcome.NO_COURSE
    assert "told" not in row.reason
    assert "whole day" in row.reason
    cycled(poor, NOON, days=3)
    row = work_out(plant=poor, as_of=NOON)
    assert row.outcome == LifespanOutcome.KNOWN
    assert row.policies == []
    assert "neither a tariff nor a price zone" in row.inputs["policies"]
    assert row.inputs["is_service_told"] is False


def test_each_day_a_plant_is_worked_out_once_and_old_runs_are_forgotten(plant: StoragePlant) -> None:
    assert work_out_due(as_of=NOON) == 1
    assert work_out_due(as_of=NOON + timedelta(hours=2)) == 0
    assert work_out_due(as_of=NOON + timedelta(hours=12)) == 1
    assert forget_lifespans(as_of=NOON + timedelta(days=399)) == 0
    assert forget_lifespans(as_of=NOON + timedelta(days=402)) == 2


def test_a_plant_of_which_nothing_was_known_is_asked_again_and_keeps_one_row_of_that() -> None:
    make_plant()
    assert work_out_due(as_of=NOON) == 1
    assert work_out_due(as_of=NOON + timedelta(minutes=5)) == 0
    assert work_out_due(as_of=NOON + timedelta(minutes=12)) == 1
    assert LifespanRun.objects.get().as_of == NOON + timedelta(minutes=12)


def test_a_day_that_is_only_planned_is_a_course() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    row = work_out(plant=plant, as_of=NOON)
    assert (row.outcome, row.inputs["executed_h"], row.inputs["planned_h"]) == (LifespanOutcome.KNOWN, 0.0, 24.0)
    assert row.inputs["is_temperature_known"] is False
