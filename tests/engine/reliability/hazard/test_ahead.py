from itertools import product

import numpy as np
import pytest

from gridops.engine.reliability.hazard.ahead import (
    Fleet,
    KindRate,
    WeatherHours,
    customers_out,
    hour_features,
    look_ahead,
    own_history,
    rates_ahead,
    weather_factor,
)
from gridops.engine.reliability.hazard.counts import fit_counts
from gridops.engine.reliability.hazard.health import Known, duty_factor, failure_factor, health_of, hot_spot_factor
from gridops.engine.reliability.hazard.staging import response, stage_crews


def hours(gust: float, *, rain: float = 0.0, temperature: float = 15.0, count: int = 72) -> WeatherHours:
    return WeatherHours(*(np.full(count, one) for one in (gust, rain, temperature, 0.0)))


LINE = KindRate(0.065 / 8760, feels_wind=True, feels_heat=False)
CABLE = KindRate(0.04 / 8760, feels_wind=False, feels_heat=True)


def test_in_fair_weather_the_class_rate_is_all() -> None:
    fleet = Fleet(np.array([0, 1]), np.zeros(2, np.int64), np.array([2.0, 5.0]), np.array([1.0, 3.0]))
    found = look_ahead([LINE, CABLE], [hours(5.0)], fleet, np.random.default_rng(1))
    expected = 1 - np.exp(-72 / 8760 * np.array([0.065 * 2, 0.04 * 5 * 3]))
    assert found.p == pytest.approx(expected)
    assert np.all(found.p_low < found.p)
    assert np.all(found.p < found.p_high)


def test_gusts_raise_lines_by_the_measured_exponent_and_leave_cables() -> None:
    assert weather_factor(hours(30.0, count=1), feels_wind=True, feels_heat=True)[0] == pytest.approx(2**3.4)
    assert weather_factor(hours(30.0, count=1), feels_wind=False, feels_heat=True)[0] == 1.0
    assert weather_factor(hours(5.0, temperature=40.0, count=1), feels_wind=True, feels_heat=True)[0] == 2.0
    assert weather_factor(hours(5.0, rain=2.0, temperature=-1.0, count=1), feels_wind=True, feels_heat=False)[0] == 5.0


def test_unknown_weather_is_fair_and_said_to_be_unknown() -> None:
    unknown = WeatherHours(*(np.full(72, np.nan) for _ in range(4)))
    fleet = Fleet(np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1), np.ones(1))
    found = look_ahead([LINE], [unknown], fleet, np.random.default_rng(1))
    assert found.p == pytest.approx([1 - np.exp(-72 * 0.065 / 8760)])
    assert not found.known.any()


def test_a_fitted_kind_uses_its_records_and_not_the_class() -> None:
    rng = np.random.default_rng(4)
    gust = rng.uniform(0, 35, 4000)
    features = hour_features(WeatherHours(gust, np.zeros(4000), np.full(4000, 15.0), np.zeros(4000)))
    counts = rng.poisson(0.01 * np.exp(0.1 * gust)).astype(float)
    model = fit_counts(features, counts, np.ones(4000))
    kind = KindRate(1e-9, feels_wind=True, feels_heat=False, model=model)
    assert rates_ahead(kind, hours(20.0, count=1))[0] == pytest.approx(0.01 * np.exp(2.0), rel=0.2)


def test_nobody_is_counted_twice() -> None:
    loses = np.array([[True, True, False], [False, True, True]])
    found = customers_out(np.ones((5, 2)), loses, np.array([10.0, 20.0, 30.0]), np.random.default_rng(1))
    assert found.tolist() == [60.0] * 5
    assert customers_out(np.zeros((5, 2)), loses, np.ones(3), np.random.default_rng(1)).sum() == 0


def test_own_history_counts_more_as_there_is_more_of_it() -> None:
    factor = own_history(np.array([0.0, 4.0, 40.0]), np.array([0.1, 2.0, 20.0]))
    assert factor[0] == pytest.approx(2 / 2.1)
    assert 1 < factor[1] < factor[2] < 2


def test_crews_stand_where_an_exhaustive_search_puts_them() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        place = rng.random((4, 2))
        travel = np.linalg.norm(place[:, None] - place, axis=2) + 0.1
        failures = rng.gamma(1.0, 2.0, 4)
        found = stage_crews(failures, travel, 4, repair_h=4.0, hours=72.0)
        weight = failures / failures.sum()
        best = min(
            response(np.array(one), weight, travel, found.busy) for one in product(range(5), repeat=4) if sum(one) == 4
        )
        assert found.crews.sum() == 4
        assert found.response_h <= 1.02 * best
        assert found.response_h <= found.even_response_h + 1e-12


def test_without_crews_or_failures_there_is_a_reason() -> None:
    assert stage_crews(np.ones(2), np.ones((2, 2)), 0, repair_h=4, hours=72).reason == "There is no crew to place."
    assert stage_crews(np.zeros(2), np.ones((2, 2)), 3, repair_h=4, hours=72).reason.startswith("No failure")


def test_at_its_expected_life_an_asset_scores_five_and_a_half() -> None:
    assert health_of(Known(0.0, 60.0)).score == pytest.approx(0.5)
    assert health_of(Known(60.0, 60.0)).score == pytest.approx(5.5)
    assert health_of(Known(300.0, 60.0)).score == 10.0
    loaded = health_of(Known(60.0, 60.0, highest_loading=0.4))
    assert loaded.score == pytest.approx(0.5 * 11**0.9)
    assert "highest loading 40 %" in loaded.rests_on
    assert loaded.missing == ("operations", "hot-spot")


def test_without_an_age_there_is_no_score() -> None:
    found = health_of(Known(highest_loading=0.8))
    assert found.score is None
    assert found.failure_factor == 1.0
    assert "age" in found.missing


def test_the_failure_curve_is_flat_for_sound_assets_and_steep_for_worn_ones() -> None:
    assert failure_factor(2.0) == failure_factor(4.0) == 1.0
    x, y = 1.087 * 8, 1.087 * 4
    assert failure_factor(8.0) == pytest.approx((1 + x + x**2 / 2 + x**3 / 6) / (1 + y + y**2 / 2 + y**3 / 6))
    assert duty_factor(0.6) == 0.95
    assert hot_spot_factor(104.0) == pytest.approx(2.0)
    assert hot_spot_factor(60.0) == 1.0
    assert health_of(Known(10.0, 60.0, operations_share=1.5)).score == pytest.approx(8.25)
