"""What a person wants of the grid moves voltage plans and prices of congestion in the direction that is meant."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from apps.assets.models import Feeder, NetworkModel
from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters.goals import rates_by_goals
from apps.optimization.adapters.live_voltage import kept_within
from apps.optimization.adapters.rates import Rates, rates_of
from apps.optimization.services.hours_ahead import weighted_rates
from apps.optimization.services.voltage_desk import VoltageRegulation
from tests.factories.banks import bank_file
from tests.factories.networks import imported
from tests.factories.objectives import wanted
from tests.factories.scenes import base_of, live_of

pytestmark = pytest.mark.django_db
ASSUMED = rates_of([])


def priced(**values: float) -> Rates:
    return rates_by_goals(ASSUMED, ObjectiveVersion(version=1, **values))


def live_at(model: NetworkModel, source: float) -> Live:
    usual = base_of(model, heavy="A", factor=1.0)
    return live_of(model, replace(usual, source_voltage_pu=source * usual.source_voltage_pu), timezone.now())


def test_as_delivered_offers_cost_what_they_cost() -> None:
    assert priced() == ASSUMED


@pytest.mark.parametrize(
    ("weight", "kind"),
    [
        ("weight_renewable", OfferKind.CURTAIL),
        ("weight_comfort", OfferKind.LESS_LOAD),
        ("weight_reliability", OfferKind.SHED),
        ("weight_wear", OfferKind.BATTERY),
    ],
)
def test_a_goal_makes_what_hurts_it_dearer_and_nothing_else(weight: str, kind: OfferKind) -> None:
    found = priced(**{weight: 2.0}).eur_per_kwh
    assert found == ASSUMED.eur_per_kwh | {kind: 2 * ASSUMED.eur_per_kwh[kind]}


def test_lost_load_and_emissions_have_the_prices_that_were_set() -> None:
    assert priced(lost_load_eur_per_kwh=25.0).eur_per_kwh[OfferKind.SHED] == 25.0
    dearer = priced(co2_eur_per_t=100.0).eur_per_kwh[OfferKind.CURTAIL] - ASSUMED.eur_per_kwh[OfferKind.CURTAIL]
    assert dearer == pytest.approx(0.1 * ASSUMED.kg_per_kwh[OfferKind.CURTAIL])


def test_the_version_that_counts_prices_congestion() -> None:
    before = weighted_rates().eur_per_kwh[OfferKind.CURTAIL]
    wanted(weight_renewable=3.0)
    assert weighted_rates().eur_per_kwh[OfferKind.CURTAIL] == pytest.approx(3 * before)


def test_a_margin_draws_limits_in_by_a_quarter_of_the_band_at_most() -> None:
    low, high = kept_within(np.array([0.9, 0.99]), np.array([1.1, 1.01]), 0.02)
    assert low == pytest.approx([0.92, 0.995])
    assert high == pytest.approx([1.08, 1.005])


def test_a_wanted_margin_moves_taps_where_the_limits_alone_ask_for_nothing() -> None:
    model = imported(bank_file())
    feeder = Feeder.objects.get(model=model, name__endswith="F01")
    live = next(one for one in (live_at(model, 1.0 - n / 200) for n in range(20)) if lowest(one, feeder) < LOWEST_PU)
    usual = VoltageRegulation(live).planned(feeder.mrid).done
    assert usual is not None and usual.moves == ()
    wanted(voltage_margin_pu=0.03)
    careful = VoltageRegulation(live).planned(feeder.mrid).done
    assert careful is not None
    assert careful.moves
    assert careful.plan.solution.magnitude[0].min() > usual.plan.solution.magnitude[0].min()


LOWEST_PU = 0.925


def lowest(live: Live, feeder: Feeder) -> float:
    done = VoltageRegulation(live).planned(feeder.mrid).done
    assert done is not None
    return float(done.untouched.magnitude[0].min())
