"""What an offer costs is a row that the administration keeps."""

import pytest

from apps.dispatch.choices.ahead import OfferKind
from apps.optimization.choices import ASSUMED_RATES
from apps.optimization.models import CostRate
from apps.optimization.selectors.rates import cost_rates

pytestmark = pytest.mark.django_db


def test_what_has_been_entered_counts_and_the_rest_is_as_assumed() -> None:
    entered = {"eur_per_kwh": 0.07, "kg_co2_per_kwh": 0.01, "source": "tender"}
    CostRate.objects.update_or_create(kind=OfferKind.BATTERY, defaults=entered)
    CostRate.objects.filter(kind=OfferKind.SHED).delete()
    found = cost_rates()
    assert (found.eur_per_kwh[OfferKind.BATTERY], found.kg_per_kwh[OfferKind.BATTERY]) == (0.07, 0.01)
    assert found.eur_per_kwh[OfferKind.SHED] == ASSUMED_RATES[OfferKind.SHED][0]
