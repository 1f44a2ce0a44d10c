"""Fits against an optimum found otherwise, closed formulas and what the data were drawn from."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import nbinom

from gridops.engine.reliability.hazard.ages import fit_weibull
from gridops.engine.reliability.hazard.counts import at_least_one, fit_counts
from gridops.engine.reliability.hazard.fragility import fit_fragility
from gridops.engine.reliability.hazard.logistic import fit_logistic


def draws(rows: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    features, region = rng.normal(size=(rows, 3)), rng.integers(0, 6, rows)
    level = np.linspace(-1, 1, 6)
    return features, rng.random(rows) < expit(-0.5 + features @ [1.0, -0.5, 0.0] + level[region]), region


def test_the_penalised_optimum_is_that_of_a_general_minimiser() -> None:
    features, happened, region = draws()
    fit = fit_logistic(features, happened, region=region, regions=6, ridge=2.0, region_ridge=3.0)
    z = (features - features.mean(0)) / features.std(0)

    def negative(at: np.ndarray) -> float:
        score = at[0] + z @ at[1:4] + at[4:][region]
        penalty = 0.5 * (2.0 * at[1:4] @ at[1:4] + 3.0 * at[4:] @ at[4:])
        return float(np.sum(np.logaddexp(0, score) - happened * score) + penalty)

    other = minimize(negative, np.zeros(10), method="BFGS", options={"gtol": 1e-8}).x
    assert np.concatenate([[fit.level], fit.slopes, fit.region_level]) == pytest.approx(other, abs=1e-4)


def test_without_regions_the_mean_forecast_is_the_share_that_happened() -> None:
    features, happened, _ = draws()
    fit = fit_logistic(features, happened)
    assert fit.probability(features).mean() == pytest.approx(happened.mean(), abs=1e-9)


def test_a_region_with_few_records_is_held_to_all_others() -> None:
    features, happened, _ = draws()
    region = np.zeros(400, np.int64)
    region[:2], happened[:2] = 1, True
    fit = fit_logistic(features, happened, region=region, regions=2, region_ridge=20.0)
    assert 0 < fit.region_level[1] < 0.2


def test_an_unknown_feature_and_an_unseen_region_give_the_common_level() -> None:
    features, happened, region = draws()
    fit = fit_logistic(features, happened, region=region, regions=6)
    unknown = fit.probability(np.full((1, 3), np.nan), np.array([99]))
    assert unknown == pytest.approx(expit(fit.level))


def test_too_few_events_are_told_and_not_fitted() -> None:
    fit = fit_logistic(np.zeros((50, 1)), np.arange(50) < 5)
    assert not fit.is_fitted
    assert fit.reason == "5 rows of the rarer outcome, 20 are needed"


def test_counts_recover_slope_level_and_dispersion() -> None:
    rng = np.random.default_rng(11)
    x, exposure = rng.normal(size=(6000, 1)), rng.uniform(0.5, 2.0, 6000)
    mean = exposure * np.exp(-0.7 + 0.8 * x[:, 0])
    counts = rng.negative_binomial(1 / 1.5, 1 / (1 + 1.5 * mean)).astype(float)
    fit = fit_counts(x, counts, exposure, ridge=0.0)
    assert fit.slopes[0] / fit.scale[0] == pytest.approx(0.8, abs=0.06)
    assert fit.dispersion == pytest.approx(1.5, abs=0.2)
    assert fit.rate(np.zeros((1, 1)))[0] == pytest.approx(np.exp(-0.7), rel=0.08)
    drawn = fit.rates(np.zeros((1, 1)), rng, 400)
    assert drawn.std() == pytest.approx(np.sqrt(fit.covariance[0, 0]) * np.exp(-0.7), rel=0.4)


def test_of_the_negative_binomial_the_chance_of_one_is_that_of_scipy() -> None:
    mean, dispersion = np.array([0.1, 2.0]), 1.96
    expected = 1 - nbinom.pmf(0, 1 / dispersion, 1 / (1 + dispersion * mean))
    assert at_least_one(mean, dispersion) == pytest.approx(expected)
    assert at_least_one(mean, 0.0) == pytest.approx(1 - np.exp(-mean))


def test_few_records_give_no_counts_but_a_reason() -> None:
    fit = fit_counts(np.zeros((100, 1)), np.eye(1, 100).ravel(), np.ones(100))
    assert fit.reason == "1 records, 30 are needed"


def test_the_fragility_finds_the_gust_at_which_half_fail() -> None:
    rng = np.random.default_rng(5)
    gust = rng.uniform(5, 60, 4000)
    failed = rng.random(4000) < 1 / (1 + (gust / 31.0) ** -4.0)
    fit = fit_fragility(gust, failed)
    assert fit.median_m_s == pytest.approx(31.0, rel=0.05)
    assert fit.steepness == pytest.approx(4.0, rel=0.1)
    assert fit.probability(np.array([0.0, fit.median_m_s])) == pytest.approx([0.0, 0.5])


def test_where_wind_does_not_matter_there_is_no_fragility() -> None:
    gust = np.linspace(5, 40, 400)
    failed = np.random.default_rng(2).random(400) < np.where(gust < 15, 0.6, 0.3)
    assert "do not rise" in fit_fragility(gust, failed).reason


def test_ages_are_recovered_only_with_those_that_were_old_at_the_begin() -> None:
    """As the records of 10,000 transformers, shape 3.2, ages 0 to 45 at the begin, eight years of records."""
    rng = np.random.default_rng(9)
    born, life = rng.uniform(0, 45, 40_000), 38.0 * rng.weibull(3.2, 40_000)
    there = life > born
    entry, life = born[there], life[there]
    leave, failed = np.minimum(life, entry + 8), life < entry + 8
    right = fit_weibull(entry, leave, failed)
    naive = fit_weibull(np.zeros_like(entry), leave, failed)
    assert right.shape == pytest.approx(3.2, abs=0.15)
    assert right.risk(entry, 8.0).mean() == pytest.approx(failed.mean(), rel=0.02)
    assert naive.risk(entry, 8.0).mean() < 0.8 * failed.mean()
    assert naive.shape > 4.0


def test_the_hazard_is_the_slope_of_the_risk() -> None:
    fit = fit_weibull(np.zeros(30), np.linspace(5, 60, 30), np.ones(30, bool))
    ages = np.array([10.0, 30.0])
    assert fit.risk(ages, 1e-5) / 1e-5 == pytest.approx(fit.hazard_per_year(ages), rel=1e-3)
    assert fit_weibull(np.zeros(5), np.ones(5), np.ones(5, bool)).reason.startswith("5 failures")
