"""Schedules of plants from what the database knows: prices, charge, limits, the network's envelope."""

from datetime import timedelta

import numpy as np
import pytest

from apps.storage.adapters.packed import unpacked
from apps.storage.adapters.planning import safety_objection
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import LimitSetting, SafetyLimit, SafetyState, StorageSchedule
from apps.storage.selectors.limits import limits_of
from apps.storage.services.planning import forget_schedules, plan_day_ahead, plan_intraday, plan_plant
from apps.storage.services.proposing import towards_zero
from tests.factories.market_files import DAY
from tests.factories.orders import person
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db


def test_tomorrow_is_planned_once_when_its_prices_are_out() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    assert list(plan_day_ahead(as_of=NOON - timedelta(hours=2))) == []
    (row,) = plan_day_ahead(as_of=NOON)
    assert (row.outcome, row.starts_at, row.steps, row.known_prices) == (PlanOutcome.PLANNED, DAY, 96, 1.0)
    assert list(plan_day_ahead(as_of=NOON)) == []
    power, soc = unpacked(row.power_kw), unpacked(row.soc)
    assert power[:24].sum() > 0 > power[68:84].sum()  # charges in the cheap night, gives in the dear evening
    assert soc[-1] == pytest.approx(plant.resting_soc, abs=1e-4)
    assert row.cost < 0
    assert row.currency == "EUR"


def test_a_schedule_keeps_energy_window_and_every_limit() -> None:
    plant = make_plant(zone=priced_zone(), most_cycles_a_day=1.0)
    charged(plant, 0.5, NOON)
    (row,) = plan_day_ahead(as_of=NOON)
    power, soc = unpacked(row.power_kw), unpacked(row.soc)
    stored = np.where(power > 0, power * 0.95, power / 0.95) / 4 / plant.energy_kwh
    assert np.allclose(soc, 0.5 + np.cumsum(stored), atol=1e-4)
    assert soc.min() >= plant.least_soc - 1e-5
    assert soc.max() <= plant.most_soc + 1e-5
    assert row.cycles <= 1.0 + 1e-6
    assert safety_objection(plant, limits_of(plant), 0.5, towards_zero(power)) == ""
    assert {one["name"] for one in row.drivers}
    assert len(unpacked(row.stored_value)) == 96


def test_the_rolling_plan_begins_with_the_charge_of_now_and_meets_the_day_ahead() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    list(plan_day_ahead(as_of=NOON))
    charged(plant, 0.3, NOON + timedelta(minutes=7))
    (row,) = plan_intraday(as_of=NOON + timedelta(minutes=7))
    assert row.outcome == PlanOutcome.PLANNED
    assert row.starts_at == NOON + timedelta(minutes=15)
    assert row.start_soc == pytest.approx(0.3)
    ahead = StorageSchedule.objects.get(horizon=Horizon.DAY_AHEAD)
    at = int((row.ends_at - ahead.starts_at) / timedelta(minutes=15)) - 1
    assert row.inputs["final_soc"] == pytest.approx(float(unpacked(ahead.soc)[at]), abs=1e-6)
    assert unpacked(row.soc)[-1] >= row.inputs["final_soc"] - 1e-4


def test_without_charge_or_prices_the_row_says_so() -> None:
    plant = make_plant(zone=priced_zone())
    assert plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON).outcome == PlanOutcome.NO_CHARGE
    charged(plant, 0.5, NOON - timedelta(minutes=10))  # too long ago
    assert plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON).outcome == PlanOutcome.NO_CHARGE
    poor = make_plant(name="Pond battery")
    charged(poor, 0.5, NOON)
    row = plan_plant(plant=poor, horizon=Horizon.INTRADAY, as_of=NOON)
    assert row.outcome == PlanOutcome.NO_PRICES
    assert "neither a tariff nor a price zone" in row.reason


def test_what_cannot_be_is_told_with_the_way_out() -> None:
    plant = make_plant(zone=priced_zone(), most_cycles_a_day=0.01, resting_soc=0.1)
    charged(plant, 0.95, NOON)
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    row = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    assert row.outcome == PlanOutcome.INFEASIBLE
    assert row.way_out
    assert row.cost is None


def test_what_a_person_narrowed_and_a_reading_that_derates_narrow_the_plan() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    LimitSetting.objects.create(
        plant=plant, name="discharge_kw", value=200.0, reason="A fan is out.", set_by=person("eve").user, set_at=NOON
    )
    row = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    assert -unpacked(row.power_kw).min() == pytest.approx(200 * 0.95, rel=1e-4)
    # A limit is watched whose reading is not known: nothing may flow, and the plan is to stay.
    SafetyLimit.objects.filter(plant=plant, name="charge temperature high").update(is_watched=True)
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    assert unpacked(row.power_kw).max() <= 1e-6
    assert row.inputs["charge_by"] == "charge temperature high"


def test_a_tripped_plant_is_planned_to_do_nothing() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    SafetyState.objects.create(plant=plant, as_of=NOON, charge_kw=0, discharge_kw=0, tripped_at=NOON)
    row = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    assert not unpacked(row.power_kw).any()


def test_old_schedules_are_forgotten() -> None:
    plant = make_plant(zone=priced_zone())
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    assert forget_schedules(as_of=NOON + timedelta(days=30)) == 0
    assert forget_schedules(as_of=NOON + timedelta(days=61)) == 1
