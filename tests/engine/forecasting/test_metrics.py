import numpy as np
import pytest

from gridops.engine.forecasting.metrics import coverage, crps, interval_weights, pinball, relative_crps, scores

LEVELS = np.array([0.05, 0.1, 0.5, 0.9, 0.95])


def test_the_pinball_loss_of_a_level_weighs_misses_above_and_below_by_it() -> None:
    actual, forecast = np.array([10.0, 10.0]), np.array([[8.0], [12.0]])

    assert pinball(actual, forecast, np.array([0.9])) == pytest.approx([(0.9 * 2 + 0.1 * 2) / 2])


def test_weights_of_levels_share_the_whole_interval() -> None:
    assert interval_weights(np.array([0.1, 0.5, 0.9])) == pytest.approx([0.3, 0.4, 0.3])
    assert interval_weights(LEVELS).sum() == pytest.approx(1)


def test_the_crps_of_one_value_said_at_all_levels_is_its_absolute_error() -> None:
    levels = np.linspace(0.005, 0.995, 100)

    assert crps(np.array([3.0]), np.full((1, 100), 5.0), levels) == pytest.approx(2.0)


def test_the_crps_of_the_normal_distribution_is_the_published_one() -> None:
    """Gneiting & Raftery 2007, equation 21: sigma (2 phi(0) - 1/sqrt(pi)) at the mean."""
    from scipy.stats import norm

    levels = np.linspace(0.0005, 0.9995, 1000)

    assert crps(np.zeros(1), norm.ppf(levels)[None], levels) == pytest.approx(
        2 * norm.pdf(0) - 1 / np.sqrt(np.pi), rel=2e-3
    )


def test_the_relative_crps_does_not_change_with_the_unit() -> None:
    rng = np.random.default_rng(1)
    actual, forecast = rng.normal(50, 9, 400), np.sort(rng.normal(50, 9, (400, 5)), axis=1)

    assert relative_crps(1000 * actual, 1000 * forecast, LEVELS) == pytest.approx(
        relative_crps(actual, forecast, LEVELS)
    )
    assert np.isnan(relative_crps(np.ones(3), np.ones((3, 5)), LEVELS))


def test_coverage_counts_what_lies_between_its_two_levels() -> None:
    forecast = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], (4, 1))

    assert coverage(np.array([1.5, 2.5, 3.5, 4.5]), forecast, LEVELS, 0.8) == 0.5
    assert coverage(np.array([1.5, 2.5, 3.5, 4.5]), forecast, LEVELS, 0.9) == 1.0
    assert np.isnan(coverage(np.ones(1), np.ones((1, 1)), np.array([0.5]), 0.8))


def test_scores_leave_out_what_is_missing_and_zeros_only_where_they_divide() -> None:
    actual, forecast = np.array([0.0, 10.0, np.nan]), np.tile([9.0], (3, 1))

    found = scores(actual, forecast, np.array([0.5]), np.array([np.nan, 8.0, 8.0]))

    assert found.nmae == pytest.approx((9 + 1) / 2 / 5)
    assert found.mape == pytest.approx(0.1)
    assert found.rmae == pytest.approx(1 / 2)


def test_scores_of_nothing_are_not_known() -> None:
    found = scores(np.array([np.nan]), np.ones((1, 5)), LEVELS, np.ones(1))

    assert np.isnan(found.pinball)
