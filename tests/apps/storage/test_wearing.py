"""Wear is priced from a law of ageing and the cost of new batteries, and dearer batteries are moved less."""

from datetime import timedelta

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.storage.models import BatteryCost, StoragePlant, WearPrice
from apps.storage.services.planning import plan_day_ahead
from apps.storage.services.wearing import price_wear
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db


def somebody() -> User:
    return User.objects.get_or_create(username="eve", role=Role.ENGINEER)[0]


def costing(plant: StoragePlant, per_kwh: float) -> None:
    told = {"per_kwh": per_kwh, "currency": "EUR", "discount_rate": 0.06, "source": "Offer of a maker"}
    by = somebody()
    BatteryCost.objects.update_or_create(plant=plant, defaults=told | {"entered_by": by, "entered_at": NOON})


def test_plants_with_a_cost_get_a_price_once_a_day_and_when_the_cost_is_new() -> None:
    plant, _ = make_plant(), make_plant(name="Without")
    costing(plant, 150.0)
    assert price_wear(as_of=NOON) == 1
    assert price_wear(as_of=NOON + timedelta(hours=1)) == 0
    assert price_wear(as_of=NOON + timedelta(hours=21)) == 1
    row = WearPrice.objects.filter(plant=plant).last()
    assert row is not None
    assert sum(row.depth_share) == pytest.approx(1.0)
    assert row.depth_per_kwh == sorted(row.depth_per_kwh)
    assert 0 < row.depth_per_kwh[0] < row.per_kwh < row.depth_per_kwh[-1]
    assert "150 EUR a kWh (Offer of a maker)" in row.basis
    BatteryCost.objects.update(entered_at=NOON + timedelta(hours=22))
    assert price_wear(as_of=NOON + timedelta(hours=23)) == 1


def test_the_dearer_the_batteries_the_less_they_are_moved() -> None:
    plant = make_plant(zone=priced_zone(), wear_per_kwh=0.0)
    charged(plant, 0.5, NOON)
    cycles = []
    for number, per_kwh in enumerate((1.0, 150.0, 3000.0)):
        costing(plant, per_kwh)
        WearPrice.objects.all().delete()
        price_wear(as_of=NOON)
        (row,) = plan_day_ahead(as_of=NOON)
        cycles.append(row.cycles)
        assert number == 0 or f"{per_kwh:g} EUR a kWh" in " ".join(row.words)
        row.delete()
    assert cycles[0] > cycles[1] > cycles[2]
    assert cycles[2] == pytest.approx(0.0, abs=1e-6)
