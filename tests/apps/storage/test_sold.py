"""Batteries keep to what was sold of them: the books say what that is, and plans follow."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from apps.dispatch.models import Course
from apps.markets.choices import BidStatus, Source, Venue
from apps.markets.models import Bid, IntradayOrder, Trade, TradingPortfolio
from apps.markets.selectors.sold_storage import sold_storage
from apps.storage.adapters.packed import unpacked
from apps.storage.choices import Horizon, PlanMethod, PlanOutcome
from apps.storage.models import StorageFleet, StoragePlant, StorageSchedule
from apps.storage.services.offering import tell_market
from apps.storage.services.planning import plan_day_ahead, plan_plant
from tests.factories.market_files import DAY
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db
CLEARED = NOON + timedelta(minutes=2)
LATER = NOON + timedelta(minutes=4)
STEPS = 96


def plants(count: int = 1, **more: object) -> list[StoragePlant]:
    zone = priced_zone()
    made = [make_plant(zone=zone, name=f"Mill {number}", **more) for number in range(count)]
    for plant in made:
        charged(plant, 0.5, NOON)
    TradingPortfolio.objects.create(
        name="City", zone=zone, folder="x", takes_all_plants=True, assumed_spread=25.0, assumed_spread_source="tests"
    )
    assert tell_market(as_of=NOON) == count
    return made


def course(*parts: tuple[int, int, float]) -> np.ndarray:
    kw = np.zeros(STEPS)
    for begin, end, value in parts:
        kw[begin:end] = value
    return kw


# Not what the prices ask for: bought at noon, sold before midnight; what is lost between is bought as well.
ODD = course((48, 56, -200.0), (84, 92, 180.5))


def clear(kw: np.ndarray, *, stores: dict[StoragePlant, np.ndarray] | None = None, at: datetime = CLEARED) -> Bid:
    """A bid of which so much storage was sold; the curve of each battery is one step at any price."""
    portfolio = TradingPortfolio.objects.get()
    bid = Bid.objects.create(
        portfolio=portfolio,
        delivery_day=DAY.date(),
        starts_at=DAY,
        steps=STEPS,
        status=BidStatus.CLEARED,
        currency="EUR",
        risk_weight=0.2,
        risk_level=0.9,
        scenario_count=10,
        seed=1,
        expected_profit=1.0,
        worst_profit=0.0,
        curve={},
        stores=[
            {"mrid": str(plant.mrid), "price": [[-500.0]] * STEPS, "kw": [[float(one)] for one in own]}
            for plant, own in (stores or {}).items()
        ],
        drafted_at=NOON,
        ended_at=at,
    )
    Trade.objects.bulk_create(
        Trade(
            portfolio=portfolio,
            bid=bid,
            venue=Venue.DAY_AHEAD,
            delivery_at=DAY + n * timedelta(minutes=15),
            quantity_kw=float(one),
            storage_kw=float(one),
            price=50.0,
            known_at=at,
        )
        for n, one in enumerate(kw)
    )
    return bid


def given(row: StorageSchedule) -> np.ndarray:
    return -unpacked(row.power_kw)


def test_what_was_sold_is_told_by_battery_from_its_own_curve_and_the_rest_by_powers() -> None:
    first, second = plants(2)
    own = {first: course((40, 44, 60.0)), second: course((60, 64, -80.0))}
    bid = clear(own[first] + own[second] + course((90, 92, 10.0)), stores=own)
    asked = {"starts_at": DAY, "steps": STEPS}
    mrids = [first.mrid, second.mrid]
    assert sold_storage(mrids, **asked, as_of=CLEARED - timedelta(seconds=1)) == {}
    found = sold_storage(mrids, **asked, as_of=CLEARED)
    for plant in (first, second):
        assert found[plant.mrid].kw == pytest.approx(own[plant] + course((90, 92, 5.0)))
        assert found[plant.mrid].is_bid.all()
    order = IntradayOrder.objects.create(
        portfolio=bid.portfolio, source=Source.STORAGE, delivery_at=DAY, quantity_kw=30.0, price_limit=1.0,
        reason="for tests", proposed_at=NOON,
    )  # fmt: skip
    Trade.objects.create(
        portfolio=bid.portfolio, order=order, venue=Venue.INTRADAY, delivery_at=DAY, quantity_kw=30.0, storage_kw=30.0,
        price=50.0, known_at=LATER,
    )  # fmt: skip
    assert sold_storage(mrids, **asked, as_of=LATER)[first.mrid].kw[0] == pytest.approx(15.0)
    before = sold_storage(mrids, starts_at=DAY - timedelta(hours=1), steps=8, as_of=LATER)[first.mrid]
    assert before.is_bid.tolist() == [False] * 4 + [True] * 4


def test_after_clearing_the_day_is_planned_again_and_keeps_to_what_was_sold_whatever_the_prices_say() -> None:
    (plant,) = plants()
    (free,) = plan_day_ahead(as_of=NOON)
    assert not free.inputs["follows_sold"]
    clear(ODD, stores={plant: ODD})
    (row,) = plan_day_ahead(as_of=LATER)
    assert row.outcome == PlanOutcome.PLANNED
    assert np.abs(given(row) - ODD).max() < 1e-3
    assert row.inputs["follows_sold"]
    assert any("It sold 361 kWh and bought 400 kWh" in word for word in row.words), row.words
    assert list(plan_day_ahead(as_of=LATER + timedelta(minutes=15))) == []
    assert row.cost > free.cost  # told at the prices of the market, which ask for something else


def test_what_one_cannot_give_another_of_the_portfolio_gives() -> None:
    able, weak = plants(2)
    sold = course((40, 48, -100.0), (72, 80, 90.25))
    clear(2 * sold, stores={able: sold, weak: sold})
    weak.charge_kw = weak.discharge_kw = 20.0
    weak.save()
    rows = {row.plant_id: row for row in plan_day_ahead(as_of=LATER)}
    assert {row.method for row in rows.values()} == {PlanMethod.EXACT}
    together = given(rows[able.pk]) + given(rows[weak.pk])
    assert np.abs(together - 2 * sold).max() < 1e-3
    assert np.abs(given(rows[weak.pk])).max() <= 20.0 / 0.95 + 1e-3  # twenty in the cells
    assert any("It and 1 other batteries sold" in word and "keeps to that" in word for word in rows[able.pk].words)


def test_a_fleet_that_shares_a_limit_counts_what_its_meters_read() -> None:
    first, second = plants(2)
    sold = course((40, 48, -100.0), (72, 80, 90.25))
    clear(2 * sold, stores={first: sold, second: sold})
    StorageFleet.objects.update(import_kw=250.0, export_kw=250.0, limit_source="Contract of 2026")
    rows = list(plan_day_ahead(as_of=LATER))
    assert np.abs(sum(given(row) for row in rows) - 2 * sold).max() < 1e-3
    StorageSchedule.objects.all().delete()
    StorageFleet.objects.update(import_kw=150.0)
    rows = list(plan_day_ahead(as_of=LATER))
    assert sum(given(row) for row in rows).min() >= -150.0 - 1e-2


def test_the_rolling_plan_follows_into_the_day_that_was_sold_and_is_free_before_it() -> None:
    (plant,) = plants()
    clear(ODD, stores={plant: ODD})
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=LATER)
    first = round((DAY - row.starts_at) / timedelta(minutes=15))
    held = given(row)[first:]
    assert np.abs(held[:56] - ODD[: min(len(held), 56)]).max() < 1e-3
    assert not Course.objects.exists()


def test_a_battery_that_is_in_no_portfolio_is_free() -> None:
    (plant,) = plants()
    clear(ODD, stores={plant: ODD})
    TradingPortfolio.objects.update(is_traded=False)
    (row,) = plan_day_ahead(as_of=LATER)
    assert not row.inputs["follows_sold"]
    assert np.abs(given(row) - ODD).max() > 100


def test_what_no_battery_can_follow_is_told() -> None:
    (plant,) = plants()
    much = course((40, 48, 400.0))  # eight hundred kWh of five hundred, and nothing bought
    clear(much, stores={plant: much})
    (row,) = plan_day_ahead(as_of=LATER)
    assert row.outcome == PlanOutcome.PLANNED
    assert any("The plan is off by" in word for word in row.words), row.words
