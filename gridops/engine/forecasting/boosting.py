"""Gradient-boosted quantiles (LightGBM): one booster a level over one binning of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import Rows

try:
    import lightgbm
except (ImportError, OSError):  # without the system's OpenMP library: the linear models go on alone
    lgb: Any = None
else:
    lgb = lightgbm

FloatArray = npt.NDArray[np.float64]
_MOST_LEVELS = 13


@dataclass(frozen=True, slots=True)
class Recipe:
    """`is_relative`: what is learned is the distance from the recent past, so that a drifting level is followed.

    `is_random`: splits at random places instead of the best (extremely randomised trees, Geurts 2006), which hear less
    noise where much is known of few days.
    """

    is_relative: bool
    trees: int = 200
    leaves: int = 24
    learning_rate: float = 0.05
    least_rows: int = 24
    threads: int = 1
    seed: int = 1
    is_random: bool = False

    def parameters(self, level: float) -> dict[str, object]:
        return {
            "objective": "quantile",
            "alpha": level,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_rows,
            "feature_fraction": 0.7 if self.is_random else 0.5,
            "extra_trees": self.is_random,
            "bagging_fraction": 0.6,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "max_bin": 127,
            "num_threads": self.threads,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class Boosted:
    """Fitted boosters, one a learned level; `between`: learned levels x levels."""

    recipe: Recipe
    between: FloatArray
    boosters: Sequence[Any]  # of lightgbm

    def forecast(self, rows: Rows) -> FloatArray:
        """Rows x levels, in the unit of the target; levels may cross."""
        values = _inputs(self.recipe, rows)
        found = np.zeros((len(values), self.between.shape[1]))
        for booster, share in zip(self.boosters, self.between, strict=True):
            found += booster.predict(values, num_threads=self.recipe.threads)[:, None] * share
        return found + rows.base[:, None] if self.recipe.is_relative else found


def fit_boosted(rows: Rows, target: FloatArray, levels: FloatArray, recipe: Recipe) -> Boosted:
    """Rows with a known target; the same rows, levels and recipe give the same boosters.

    Of many levels only some are learned, and the others lie on the straight line between them.
    """
    goal = target - rows.base if recipe.is_relative else target
    data = lgb.Dataset(_inputs(recipe, rows), goal, free_raw_data=False, params={"max_bin": 127, "verbosity": -1})
    learned = levels[np.unique(np.rint(np.linspace(0, len(levels) - 1, _MOST_LEVELS)).astype(np.int64))]
    between = np.array([np.interp(levels, learned, one) for one in np.eye(len(learned))])
    boosters = [lgb.train(recipe.parameters(float(level)), data, recipe.trees) for level in learned]
    return Boosted(recipe, between, boosters)


def _inputs(recipe: Recipe, rows: Rows) -> FloatArray:
    if not recipe.is_relative:
        return rows.values
    return rows.values - np.where(rows.moves, rows.base[:, None], 0.0)
