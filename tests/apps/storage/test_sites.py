"""Batteries behind a meter: tariff, demand charge, sun; what they save is stored beside what having none would cost."""

from datetime import timedelta

import numpy as np
import pytest

from apps.storage.adapters.packed import unpacked
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import SitePlan, StoragePlant
from apps.storage.services.planning import plan_intraday, plan_plant
from tests.factories.storage import NOON, charged, make_plant
from tests.factories.storage_plans import make_site, make_tariff

pytestmark = pytest.mark.django_db
WORKS = [200.0] * 7 + [400.0] * 2 + [900.0] * 2 + [500.0] * 7 + [250.0] * 6
ROOF = [0.0] * 8 + [300.0, 600.0, 900.0, 1100.0, 1100.0, 900.0, 500.0, 200.0] + [0.0] * 8


def at_site(*, sun: list[float] | None = None, demand: float = 0.0, **more: object) -> StoragePlant:
    make_tariff(demand=demand)
    plant = make_plant(site=make_site(NOON, load=WORKS, sun=sun, **more), wear_per_kwh=0.01)
    charged(plant, 0.5, NOON)
    return plant


def planned(plant: StoragePlant) -> SitePlan:
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    assert row.outcome == PlanOutcome.PLANNED, row.reason
    return SitePlan.objects.get()


def test_the_tariff_is_used_and_the_saving_stands_beside_none_and_a_simple_rule() -> None:
    plant = at_site()
    plan = planned(plant)
    assert plan.cost < plan.cost_by_rule
    assert plan.cost < plan.cost_without
    row = plant.schedules.get()
    assert row.cost == pytest.approx(plan.cost - plan.cost_without, abs=1e-3)
    assert "Saves the site" in " ".join(row.words)
    load, net = unpacked(plan.load_kw), unpacked(plan.net_kw)
    assert np.allclose(net, load + unpacked(row.power_kw), atol=1e-2)
    assert plan.currency == "EUR"


def test_a_demand_charge_cuts_the_peak() -> None:
    plan = planned(at_site(demand=12.0))
    assert plan.peak_without_kw == pytest.approx(900.0)
    assert plan.peak_kw < 700.0
    assert plan.peak_before_kw == 0.0


def test_surplus_sun_is_stored_instead_of_sold_for_little() -> None:
    plan = planned(at_site(sun=ROOF))
    assert plan.self_consumed > plan.self_consumed_without + 0.05
    assert not plan.rule_breaks
    assert unpacked(plan.sun_kw).max() == pytest.approx(1100.0)


def test_the_connection_is_kept_and_what_would_break_it_without_the_battery_is_told() -> None:
    plant = at_site(import_kw=700.0)
    plan = planned(plant)
    assert unpacked(plan.net_kw).max() <= 700 + 1e-2
    assert plan.cost_without is None
    assert "limit of the connection would be broken" in " ".join(plant.schedules.get().words)


def test_what_no_battery_can_keep_is_told_with_the_least_that_would_have_to_give() -> None:
    plant = at_site(import_kw=300.0)
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    assert row.outcome == PlanOutcome.INFEASIBLE
    assert any("higher import limit" in one for one in row.way_out)
    assert SitePlan.objects.get().outcome == PlanOutcome.INFEASIBLE


def test_without_a_forecast_of_its_load_there_is_no_plan_and_the_row_says_why() -> None:
    plant = at_site()
    charged(plant, 0.5, NOON + timedelta(days=3))
    (row,) = plan_intraday(as_of=NOON + timedelta(days=3))
    assert row.outcome == PlanOutcome.NO_FORECAST
    assert "reaches 2026-03-12" in row.reason
