from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting.boosting import Recipe, fit_boosted
from gridops.engine.forecasting.combined import pairs
from gridops.engine.forecasting.features import rows
from tests.engine.forecasting.series import load, mornings

LEVELS = np.array([0.1, 0.5, 0.9])
HORIZON = 24


@pytest.mark.parametrize("is_relative", [True, False])
@pytest.mark.parametrize("is_random", [True, False])
def test_the_same_rows_and_seed_give_the_same_forecast(*, is_relative: bool, is_random: bool) -> None:
    record = load(40)
    found = rows(record, *pairs(mornings(record, HORIZON)[7:], HORIZON))
    target = record.target[found.step]
    recipe = Recipe(is_relative=is_relative, is_random=is_random, trees=20)

    once, again = (fit_boosted(found, target, LEVELS, recipe).forecast(found) for _ in range(2))
    other = fit_boosted(found, target, LEVELS, replace(recipe, seed=2)).forecast(found)

    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
    assert np.abs(target - once[:, 1]).mean() < 0.5 * np.abs(target - target.mean()).mean()
