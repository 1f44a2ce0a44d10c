from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.markets.choices import FileFormat, Product
from apps.markets.selectors import Emissions, emissions
from tests.factories.market_files import DAY, NOW, ZONE, stamp
from tests.factories.markets import make_feed, make_zone, take

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def take_factors(average: list[int], marginal: list[int]) -> None:
    """By the hour from DAY on."""
    feed = make_feed(file_format=FileFormat.CSV, zone=make_zone(), product=Product.EMISSION_AVERAGE)
    told = (("emission_average", average), ("emission_marginal", marginal))
    rows = [f"{stamp(DAY + n * HOUR)},{kind},{one}" for kind, column in told for n, one in enumerate(column)]
    take(feed, "\n".join(["time,product,value", *rows, ""]).encode())


def told(energy_kwh: list[float], step: timedelta = HOUR) -> Emissions:
    return emissions(energy_kwh, DAY, step, ZONE, NOW)


def test_each_hours_energy_counts_with_its_own_factors() -> None:
    take_factors([100, 300], [800, 0])
    found = told([10, 20])
    assert (found.average_kg, found.marginal_kg) == (pytest.approx(1 + 6), pytest.approx(8))
    assert (found.covered_share, found.marginal_covered_share, found.missing) == (1, 1, "")


def test_quarter_hours_take_the_factor_of_their_hour_and_energy_given_back_counts_against() -> None:
    take_factors([100, 300], [800, 0])
    found = told([4, 0, 0, 0, -2, 0, 0, 0], timedelta(minutes=15))
    assert found.average_kg == pytest.approx((4 * 100 - 2 * 300) / 1000)


def test_energy_without_a_factor_is_left_out_and_told() -> None:
    take_factors([100, 300, 500], [800, 0])
    found = told([10, 10, 20])
    assert found.average_kg == pytest.approx(1 + 3 + 10)
    assert (found.covered_share, found.marginal_covered_share) == (1, pytest.approx(0.5))
    assert found.missing == "50% of the energy has no marginal factor"


def test_without_any_factor_nothing_is_said() -> None:
    found = told([1, 2])
    assert (found.average_kg, found.marginal_kg, found.covered_share) == (None, None, 0)
    assert "100% of the energy has no average factor" in found.missing


def test_factors_that_came_later_are_not_read() -> None:
    take_factors([100, 300], [800, 0])
    assert emissions([1, 1], DAY, HOUR, ZONE, NOW - HOUR).average_kg is None


@pytest.mark.parametrize(("energy", "step", "named"), [([float("nan")], HOUR, "energy_kwh"), ([1], -HOUR, "step")])
def test_bad_input_is_told_by_its_name(energy: list[float], step: timedelta, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        emissions(energy, DAY, step, ZONE, NOW)


def test_a_year_costs_as_many_queries_as_an_hour(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    take_factors([100, 100], [800, 800])
    with django_assert_num_queries(4):
        told([1.0] * 8760)
    assert told([]).average_kg == 0
