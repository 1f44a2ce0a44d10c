"""What a person wants of the grid moves the plans of batteries in the direction that is meant."""

from datetime import timedelta

import numpy as np
import pytest

from apps.markets.choices import FileFormat, Product
from apps.storage.adapters.packed import unpacked
from apps.storage.choices import Horizon
from apps.storage.models import StoragePlant, StorageSchedule
from apps.storage.services.planning import plan_plant
from tests.factories.market_files import DAY
from tests.factories.markets import make_feed, take
from tests.factories.objectives import wanted
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db
DIRTY_NIGHT = [900.0] * 6 + [100.0] * 18


@pytest.fixture
def plant() -> StoragePlant:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    return plant


def emits(plant: StoragePlant, factors: list[float]) -> None:
    assert plant.price_zone is not None
    feed = make_feed("emissions", file_format=FileFormat.CSV, zone=plant.price_zone, product=Product.EMISSION_MARGINAL)
    lines = [f"{(DAY + timedelta(hours=n)).isoformat()},{value}" for n, value in enumerate(factors)]
    take(feed, "\n".join(["start,value", *lines, ""]).encode())


def planned(plant: StoragePlant, horizon: Horizon = Horizon.DAY_AHEAD) -> StorageSchedule:
    return plan_plant(plant=plant, horizon=horizon, as_of=NOON)


def moved_kwh(row: StorageSchedule) -> float:
    return float(np.abs(unpacked(row.power_kw)).sum() / 4)


def test_wear_that_weighs_more_moves_less_and_says_so(plant: StoragePlant) -> None:
    usual = planned(plant)
    version = wanted(weight_wear=10.0)
    careful = planned(plant)
    assert moved_kwh(careful) < moved_kwh(usual)
    assert (usual.inputs["objectives"], careful.inputs["objectives"]) == (0, version.version)
    assert careful.inputs["wear_per_kwh"] == pytest.approx(10 * usual.inputs["wear_per_kwh"])


def test_a_price_of_emissions_charges_less_in_hours_that_emit_most(plant: StoragePlant) -> None:
    emits(plant, DIRTY_NIGHT)
    usual = planned(plant)
    wanted(co2_eur_per_t=150.0)
    clean = planned(plant)
    night = slice(0, 24)
    assert unpacked(usual.power_kw)[night].clip(0).sum() > 100.0
    assert unpacked(clean.power_kw)[night].clip(0).sum() < 0.2 * unpacked(usual.power_kw)[night].clip(0).sum()
    assert "150 a tonne" in clean.inputs["prices"]
    wanted(weight_emissions=0.1)
    assert unpacked(planned(plant).power_kw)[night].clip(0).sum() > unpacked(clean.power_kw)[night].clip(0).sum()


def test_what_the_grid_emits_is_not_made_up_where_nobody_knows_it(plant: StoragePlant) -> None:
    usual = planned(plant)
    wanted(co2_eur_per_t=150.0)
    unknown = planned(plant)
    assert np.array_equal(unpacked(unknown.power_kw), unpacked(usual.power_kw))
    assert "known for 0% of the steps" in unknown.inputs["prices"]


def test_the_rolling_plan_looks_as_far_as_is_wanted(plant: StoragePlant) -> None:
    assert planned(plant, Horizon.INTRADAY).steps == 96
    wanted(horizon_h=12)
    assert planned(plant, Horizon.INTRADAY).steps == 48
