"""Every set-point of a battery is held against its limits, whoever orders it, and every course as a whole."""

from datetime import timedelta

import numpy as np
import pytest

from apps.dispatch.checks import SetPoint, course_objections, order_objections
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import LimitSetting, SafetyState
from apps.storage.selectors.limits import limits_of
from apps.storage.services.checks import plant_bounds
from apps.storage.services.planning import plan_plant
from tests.factories.orders import person
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


def objection(plant, value, quantity="active_power"):  # type: ignore[no-untyped-def]
    return " ".join(order_objections(SetPoint(plant.mrid, quantity, value), as_of=NOON))


def test_a_set_point_within_the_limits_passes_and_one_beyond_is_refused_by_name() -> None:
    plant = make_plant()
    charged(plant, 0.5, NOON)
    assert objection(plant, 500 / 0.95) == ""
    assert objection(plant, -500 * 0.95) == ""
    assert "526.3 kW that the limit 'rated power' allows" in objection(plant, 530.0)
    assert "475.0 kW that the limit 'rated power' allows" in objection(plant, -480.0)
    assert objection(plant, float("nan")) != ""
    assert objection(make_plant(name="Other", racks=0, watched=()), 100.0) == ""


def test_the_charge_is_judged_by_its_worse_end() -> None:
    plant = make_plant()
    charged(plant, 0.93, NOON, sigma=0.01)
    assert objection(plant, 500.0) == ""
    charged(plant, 0.93, NOON, sigma=0.05)
    assert "'state of charge high'" in objection(plant, 500.0)
    assert objection(plant, -400.0) == ""
    charged(plant, 0.12, NOON, sigma=0.05)
    assert "'state of charge low'" in objection(plant, -400.0)


def test_nothing_moves_on_a_charge_that_is_not_known_but_rest_is_always_allowed() -> None:
    plant = make_plant()
    assert "is not known" in objection(plant, 10.0)
    charged(plant, 0.5, NOON - timedelta(minutes=6))
    assert "is not known" in objection(plant, -10.0)
    assert objection(plant, 0.0) == ""
    assert objection(plant, None) == ""


def test_the_most_restrained_rack_speaks_for_the_plant() -> None:
    plant = make_plant()
    charged(plant, 0.5, NOON)
    plant.racks.first().charge.__class__.objects.filter(rack=plant.racks.first()).update(soc=0.965)
    bounds = plant_bounds(plant, as_of=NOON)
    assert bounds.charge_kw == pytest.approx(500 * (1 - 0.975) / 0.05, rel=1e-6)
    assert bounds.discharge_kw == pytest.approx(500)
    assert bounds.reasons[0]["rack"] == "Rack 1"


def test_what_was_narrowed_and_what_tripped_holds_for_orders_too() -> None:
    plant = make_plant()
    charged(plant, 0.5, NOON)
    LimitSetting.objects.create(
        plant=plant, name="charge_kw", value=100.0, reason="Fan.", set_by=person("eve").user, set_at=NOON
    )
    assert "105.3 kW that the limit 'rated power' allows" in objection(plant, 200.0)
    SafetyState.objects.create(plant=plant, as_of=NOON, charge_kw=0, discharge_kw=0, tripped_at=NOON)
    assert "'trip'" in objection(plant, 50.0)
    assert objection(plant, 0.0) == ""


def test_a_planned_course_passes_as_a_whole_and_one_that_would_empty_it_does_not() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    assert row.outcome == PlanOutcome.PLANNED
    told = {"ends_at": NOON + 8 * QUARTER, "as_of": NOON}
    steps = [(NOON + n * QUARTER, -400.0) for n in range(8)]
    (found,) = course_objections(plant.mrid, "active_power", steps, **told)
    assert "'state of charge low'" in found
    assert course_objections(plant.mrid, "active_power", steps[:3], ends_at=NOON + 3 * QUARTER, as_of=NOON) == []


def test_of_ten_thousand_random_set_points_none_gets_through_and_none_that_is_legal_is_refused() -> None:
    """Against the limits worked out here by hand: rating, and the ramps of the charge."""
    plant, generator = make_plant(), np.random.default_rng(5)
    for soc in (0.02, 0.06, 0.3, 0.93, 0.97, 1.0):
        charged(plant, soc, NOON, sigma=1e-9)
        bounds = plant_bounds(plant, as_of=NOON)
        values = generator.uniform(-700, 700, 2000)
        cells = np.where(values > 0, values * 0.95, -values / 0.95)
        room = np.where(values > 0, 500 * np.clip((1 - soc) / 0.05, 0, 1), 500 * np.clip((soc - 0.05) / 0.05, 0, 1))
        legal = cells <= room
        allowed = np.array([bounds.objection(plant, value) == "" for value in values])
        unsure = np.abs(cells - room) < 1e-3
        assert ((allowed == legal) | unsure).all()
    assert limits_of(plant).rules
