import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.stats import t as student

from gridops.engine.efficiency.savings import Span, verify_daily, verify_hourly
from gridops.engine.efficiency.savings_daily import BALANCE_C, DailyModel, fit_daily
from gridops.engine.efficiency.savings_hourly import EDGES_C, bins, fit_edges
from gridops.engine.efficiency.savings_meter import MeterDays, MeterHours, sufficiency, to_days
from gridops.engine.efficiency.savings_uncertainty import Residuals, band, residuals

YEAR = 365


def weather(days: int = 2 * YEAR, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3, days)
    return 12 - 12 * np.cos(2 * np.pi * np.arange(days) / YEAR) + noise


def home(saved: float = 0.0, seed: int = 1, noise: float = 0.0) -> MeterDays:
    """20 kWh a day, 2 a kelvin below 60 degF, 3 a kelvin above 70 degF; from the second year on a share less."""
    at = weather(seed=seed)
    heat, cool = BALANCE_C[30], BALANCE_C[40]
    kwh = 20 + 2 * np.maximum(heat - at, 0) + 3 * np.maximum(at - cool, 0)
    kwh = kwh + np.random.default_rng(seed + 100).normal(0, noise, len(at)) if noise else kwh
    kwh[YEAR:] *= 1 - saved
    return MeterDays(kwh, at, np.arange(2 * YEAR))


def test_a_home_made_of_degree_days_is_found_again() -> None:
    found = fit_daily(home().within(0, YEAR))
    assert isinstance(found, DailyModel)
    assert found.kind == "heating and cooling"
    assert (found.heating_balance_c, found.cooling_balance_c) == (BALANCE_C[30], BALANCE_C[40])
    assert (found.base_kwh, found.heating_kwh_per_k, found.cooling_kwh_per_k) == pytest.approx((20, 2, 3))


def test_no_pair_of_balance_points_fits_better_by_another_solver() -> None:
    days = home(noise=4.0, seed=5).within(0, YEAR)
    found = fit_daily(days)
    assert isinstance(found, DailyModel)
    ours = float(((found.predict(days.temperature_c) - days.kwh) ** 2).sum())
    for heating in range(20, 45, 3):
        for cooling in range(heating, 50, 3):
            x = np.column_stack((np.ones(YEAR), np.maximum(BALANCE_C[heating] - days.temperature_c, 0),
                                 np.maximum(days.temperature_c - BALANCE_C[cooling], 0)))  # fmt: skip
            free = lsq_linear(x, days.kwh, bounds=(0, np.inf))
            assert 2 * free.cost >= ours * (1 - 1e-9)


def test_a_home_that_heeds_no_weather_has_a_base_load_alone_or_near_it() -> None:
    days = MeterDays(np.full(YEAR, 9.0), weather(YEAR), np.arange(YEAR))
    found = fit_daily(days)
    assert isinstance(found, DailyModel)
    assert found.predict(days.temperature_c) == pytest.approx(np.full(YEAR, 9.0))


def test_a_planted_saving_is_found_within_its_band() -> None:
    inside = 0
    for seed in range(20):
        found = verify_daily(home(0.1, seed, noise=3.0), Span(0, YEAR), Span(YEAR, 2 * YEAR))
        assert not isinstance(found, str)
        truth = verify_daily(home(0.1, seed), Span(0, YEAR), Span(YEAR, 2 * YEAR))
        assert not isinstance(truth, str)
        assert found.is_beyond_doubt
        inside += abs(found.saved_kwh - truth.saved_kwh) <= (found.band.fsu_kwh or 0.0)
    assert inside >= 16  # of 20, at 90 %


def test_the_band_is_that_of_guideline_14_where_days_are_independent() -> None:
    of = Residuals(days=365, parameters=0, rmse_kwh=2.0, mean_kwh=10.0, variance_kwh2=9.0, autocorrelation=0.0)
    found = band(of, 3650.0, 3300.0, 365)
    month = 365 / 30
    growth = -0.00024 * month**2 + 0.03535 * month + 1.00286
    assert found.fsu_kwh == pytest.approx(
        student.ppf(0.95, 365) * growth * 0.2 * np.sqrt((1 + 2 / 365) / 365) * 3650, rel=1e-9
    )


def test_days_that_hang_together_widen_the_band_until_it_says_nothing() -> None:
    def width(autocorrelation: float) -> float | None:
        return band(Residuals(365, 2, 2.0, 10.0, 9.0, autocorrelation), 3650.0, 3300.0, 365).fsu_kwh

    loose, tight = width(0.0), width(0.6)
    assert loose and tight and tight > 1.9 * loose
    assert width(0.99) is None


def test_the_autocorrelation_is_that_of_neighbouring_days() -> None:
    error = np.tile([1.0, -1.0], 50)
    assert residuals(np.full(100, 5.0), error, 1).autocorrelation == pytest.approx(-1.0)


def test_a_day_with_less_than_half_of_its_hours_is_unknown_and_one_with_more_is_filled_up() -> None:
    kwh = np.ones(48)
    kwh[:13], kwh[24:30] = np.nan, np.nan
    day = np.repeat([0, 1], 24)
    found = to_days(MeterHours(kwh, np.zeros(48), day, np.arange(48), np.ones(48, np.int64)))
    assert np.isnan(found.kwh[0])
    assert found.kwh[1] == pytest.approx(24)


def test_a_short_or_thin_or_negative_baseline_does_not_suffice() -> None:
    days = home().within(0, YEAR)
    assert sufficiency(days, 0, YEAR).passes
    assert "CalTRACK asks for the 12 months" in sufficiency(days.within(0, 300), 0, 300).failures[0]
    thin = MeterDays(np.where(np.arange(YEAR) % 5 == 0, np.nan, days.kwh), days.temperature_c, days.day)
    assert "292 of 365 days of the baseline have meter readings" in sufficiency(thin, 0, YEAR).failures[0]
    assert (
        "generation behind it" in sufficiency(MeterDays(-days.kwh, days.temperature_c, days.day), 0, YEAR).failures[0]
    )


def test_a_temperature_is_the_sum_of_its_bins() -> None:
    at = np.array([-20.0, 0.0, 10.0, 21.0, 40.0])
    assert bins(at, EDGES_C).sum(axis=1) == pytest.approx(at)
    assert (bins(at, EDGES_C)[:, 1:] >= 0).all()


def test_bins_hold_twenty_hours_or_are_joined_from_outside() -> None:
    assert fit_edges(np.array([])) == ()
    assert fit_edges(np.linspace(-10, 40, 2000)) == EDGES_C
    assert fit_edges(np.full(500, 20.0)) == ()
    assert fit_edges(np.repeat([5.0, 15.0], 50)) == (EDGES_C[1],)


def test_an_hourly_model_learns_the_week_and_the_weather() -> None:
    hour = np.arange(2 * YEAR * 24)
    day, slot = hour // 24, (hour // 24 % 7) * 24 + hour % 24
    month = (day.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12 + 1
    at = np.repeat(weather(), 24) + 4 * np.sin(2 * np.pi * (hour % 24) / 24)
    busy = (slot < 120) & (hour % 24 >= 8) & (hour % 24 < 18)
    kwh = 1 + 4.0 * busy + 0.1 * np.maximum(10 - at, 0)
    kwh[YEAR * 24 :] -= 0.2
    found = verify_hourly(MeterHours(kwh, at, day, slot, month), Span(0, YEAR), Span(YEAR, 2 * YEAR))
    assert not isinstance(found, str)
    assert found.saved_kwh == pytest.approx(0.2 * YEAR * 24, rel=0.03)
    assert found.band.fsu_kwh is not None


def test_nothing_to_learn_from_is_told_and_not_raised() -> None:
    days = MeterDays(np.full(YEAR, np.nan), weather(YEAR), np.arange(YEAR))
    assert "Only 0 days" in str(fit_daily(days))
    empty = verify_daily(home(), Span(0, YEAR), Span(3 * YEAR, 4 * YEAR))
    assert "nothing to compare" in str(empty)
