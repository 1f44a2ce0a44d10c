"""What was learned of series of one family: boosted quantiles for all of them, and a linear forecast for each group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.boosting import Recipe, lgb
from gridops.engine.forecasting.many import Effort, Progress
from gridops.engine.forecasting.panel_linear import PanelLinear, fit_panel_linear
from gridops.engine.forecasting.panel_rows import PanelRows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MEMBERS = ("boosted", "linear")
_ALL = -1
_LEAST_ROWS = 4_000  # of a group, for a linear forecast of its own
_MOST_LINEAR_ROWS = 120_000


@dataclass(frozen=True)
class Boosters:
    """One a level, over distances from the base in units."""

    models: tuple[Any, ...]  # of lightgbm, which has no types

    def forecast(self, rows: PanelRows) -> FloatArray:
        """Rows x levels, in units from the base; levels may cross."""
        return np.column_stack([model.predict(rows.values, num_threads=1) for model in self.models])

    def texts(self) -> list[str]:
        return [model.model_to_string() for model in self.models]


@dataclass(frozen=True)
class Family:
    """`boosted` is None where LightGBM cannot be loaded. `linear`: by group; -1 serves the others."""

    boosted: Boosters | None
    linear: dict[int, PanelLinear]

    def forecast(self, rows: PanelRows) -> FloatArray:
        """Members x rows x levels, in units from the base. The linear one stands in for boosters that are missing."""
        linear = self._linear(rows)
        boosted = linear if self.boosted is None else self.boosted.forecast(rows)
        return np.stack([boosted, linear])

    def _linear(self, rows: PanelRows) -> FloatArray:
        found = np.empty((len(rows.unit), self.linear[_ALL].errors.shape[-1]))
        for model, chosen in self.linear_of(rows):
            found[chosen] = model.forecast(rows if chosen.all() else rows.chosen(chosen))
        return found

    def linear_of(self, rows: PanelRows) -> Iterator[tuple[PanelLinear, npt.NDArray[np.bool_]]]:
        """The linear forecasts, each with the rows that it serves."""
        served = np.where(np.isin(rows.group, list(self.linear)), rows.group, _ALL)
        for number in np.unique(served):
            yield self.linear[int(number)], served == number

    def document(self) -> dict[str, Any]:
        return {
            "boosted": None if self.boosted is None else self.boosted.texts(),
            "linear": {str(group): model.document() for group, model in self.linear.items()},
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Family":
        texts = document["boosted"]
        boosted = None
        if texts is not None and lgb is not None:
            boosted = Boosters(tuple(lgb.Booster(model_str=text) for text in texts))
        linear = {int(group): PanelLinear.from_document(one) for group, one in document["linear"].items()}
        return cls(boosted, linear)


def fit_family(
    rows: PanelRows, goal: FloatArray, fold: IntArray, levels: FloatArray, *, effort: Effort, progress: Progress
) -> Family:
    """`goal`: distance from the base in units. `fold`: see `fit_panel_linear`."""
    linear = dict(_linear(rows, goal, fold, levels))
    if lgb is None:
        return Family(None, linear)
    recipe = Recipe(
        is_relative=True,
        trees=effort.trees,
        leaves=effort.leaves,
        learning_rate=float(np.clip(10.0 / effort.trees, 0.05, 0.2)),
        least_rows=int(np.clip(len(goal) // 1000, 10, 100)),
        seed=effort.seed,
    )
    categories = [rows.names.index("group")]
    data = lgb.Dataset(rows.values, goal, categorical_feature=categories, params={"max_bin": 127, "verbosity": -1})
    models = []
    for number, level in enumerate(levels):
        progress("learning quantiles", number, len(levels))
        models.append(lgb.train(recipe.parameters(float(level)), data, recipe.trees))
    progress("learning quantiles", len(levels), len(levels))
    return Family(Boosters(tuple(models)), linear)


def _linear(rows: PanelRows, goal: FloatArray, fold: IntArray, levels: FloatArray) -> Iterator[tuple[int, PanelLinear]]:
    yield _ALL, _thinned(rows, goal, fold, levels, np.ones(len(goal), np.bool_))
    groups, counts = np.unique(rows.group, return_counts=True)
    if len(groups) == 1:
        return
    for group in groups[counts >= _LEAST_ROWS]:
        yield int(group), _thinned(rows, goal, fold, levels, rows.group == group)


def _thinned(
    rows: PanelRows, goal: FloatArray, fold: IntArray, levels: FloatArray, chosen: npt.NDArray[np.bool_]
) -> PanelLinear:
    index = np.flatnonzero(chosen)
    index = index[:: -(-len(index) // _MOST_LINEAR_ROWS)]
    return fit_panel_linear(rows.chosen(index), goal[index], fold[index], levels)
