"""A forecast for every series, whatever is missing: the ladder from the full model down to a plain refusal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.ladder import Ladder, Rung
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.nearby import followed
from gridops.engine.forecasting.panel import PanelModel
from gridops.engine.forecasting.sampling import chunks
from gridops.engine.forecasting.standing import Standing, standings

__all__ = ["Issue", "Rung", "Standing", "issue", "standings"]

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Issue:
    """`quantiles`: series x horizon x levels, kW, never crossing, within limits; nan only where refused. `rung` and
    `reason`: per series; the reason is a plain sentence, empty where the full model had all it needs."""

    quantiles: Float32Array
    rung: list[str]
    reason: list[str]


def issue(
    panel: Panel,
    model: PanelModel | None,
    standings: Sequence[Standing | None],
    *,
    at: int,
    horizon: int,
    levels: Sequence[float] | FloatArray,
) -> Issue:
    """What is known of the target before the step `at`, and nothing after it, makes the forecast of the steps from `at`
    on. `standings`: per series, None where it has none yet. Raises ValueError where the clock has no room."""
    levels = np.asarray(levels, np.float64)
    if at + horizon > panel.clock.size or at < 0:
        raise ValueError(f"a forecast of steps {at} to {at + horizon} does not fit on {panel.clock.size} steps")
    ladder = Ladder(panel, at, horizon, levels)
    if model is not None and at > 0:
        ladder.by_model(model, standings)
    ladder.by_borrowing()
    if model is not None and at > 0:
        ladder.by_short_past(model)
    ladder.by_repetition()
    ladder.by_alike()
    for chunk in chunks(len(panel)):
        given = panel.target[chunk], ladder.quantiles[chunk]
        ladder.quantiles[chunk] = followed(*given, at=at, levels=levels, day=panel.clock.day)
    ladder.by_standing_still()
    ladder.keep_limits()
    return Issue(ladder.quantiles, ladder.rung, ladder.reason)
