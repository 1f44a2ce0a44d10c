import numpy as np
import pytest

from gridops.engine.forecasting.blend import fit_weights, mixed
from gridops.engine.forecasting.calibration import fit_correction
from gridops.engine.forecasting.metrics import coverage

LEVELS = np.array([0.05, 0.1, 0.5, 0.9, 0.95])


def test_bands_that_are_too_narrow_hold_their_share_after_correction() -> None:
    rng = np.random.default_rng(3)
    actual = rng.normal(0, 10, 4000)
    narrow = np.tile(np.quantile(rng.normal(0, 4, 10_000), LEVELS), (4000, 1))

    corrected = fit_correction(actual[:2000], narrow[:2000], LEVELS).apply(narrow[2000:])

    assert coverage(actual[2000:], narrow[2000:], LEVELS, 0.8) < 0.5
    assert coverage(actual[2000:], corrected, LEVELS, 0.8) == pytest.approx(0.8, abs=0.03)
    assert coverage(actual[2000:], corrected, LEVELS, 0.9) == pytest.approx(0.9, abs=0.03)


def test_quantiles_never_cross() -> None:
    rng = np.random.default_rng(4)
    crossed = rng.normal(0, 1, (500, 5))
    correction = fit_correction(rng.normal(0, 3, 500), crossed, LEVELS)

    assert (np.diff(correction.apply(crossed), axis=1) >= 0).all()
    assert (np.diff(mixed([crossed, -crossed], np.array([0.3, 0.7])), axis=1) >= 0).all()


def test_nothing_known_corrects_nothing() -> None:
    correction = fit_correction(np.full(3, np.nan), np.ones((3, 5)), LEVELS)

    assert correction.apply(np.tile(LEVELS, (1, 1))).tolist() == [LEVELS.tolist()]


def test_the_model_that_was_better_weighs_more() -> None:
    rng = np.random.default_rng(5)
    actual = rng.normal(100, 20, 600)
    spread = np.quantile(rng.normal(0, 2, 10_000), LEVELS)
    good, bad = actual[:, None] + spread, np.full((600, 5), 100.0) + 10 * spread

    weights = fit_weights(actual, [bad, good], LEVELS)

    assert weights[1] > 0.8
    assert weights.sum() == pytest.approx(1)
    assert fit_weights(np.full(2, np.nan), [bad[:2], good[:2]], LEVELS).tolist() == [0.5, 0.5]


def test_a_model_far_behind_weighs_nothing_and_the_good_share_what_is_shared() -> None:
    rng = np.random.default_rng(6)
    actual = rng.normal(100, 20, 600)
    spread = np.quantile(rng.normal(0, 2, 10_000), LEVELS)
    good, alike = (actual[:, None] + rng.normal(0, 1, (600, 1)) + spread for _ in range(2))
    bad = np.full((600, 5), 100.0) + 10 * spread

    weights = fit_weights(actual, [bad, good, alike], LEVELS, evenness=1.0)

    assert weights.tolist() == [0, 0.5, 0.5]
