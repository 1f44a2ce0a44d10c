"""Savings of real homes beside the numbers of the reference implementation (docs/studies/savings.md)."""

import pytest

from apps.efficiency.adapters.saving_verify import DAILY, HOURLY
from tests.factories.shared_data import shared_file
from tests.studies.savings import HOMES, Home


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_the_daily_method_is_that_of_the_reference(home: Home) -> None:
    found = home.savings(shared_file("eemeter"), DAILY)
    assert found.counterfactual_kwh == pytest.approx(home.daily, rel=1e-6)
    assert found.observed_kwh == pytest.approx(home.observed, rel=1e-6)
    assert found.saved_kwh == pytest.approx(home.daily - home.observed, rel=0.01)
    assert found.band.ols_kwh == pytest.approx(home.ols_band, rel=1e-4)


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_the_hourly_method_is_that_of_the_reference(home: Home) -> None:
    found = home.savings(shared_file("eemeter"), HOURLY)
    assert found.counterfactual_kwh == pytest.approx(home.hourly, rel=1e-6)
    assert found.saved_kwh == pytest.approx(home.hourly - home.observed, rel=0.01)
