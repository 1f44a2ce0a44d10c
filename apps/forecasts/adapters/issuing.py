"""A forecast of every series, in the engine's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.forecasts.adapters.adding_up import added_up
from apps.forecasts.adapters.arrays import Float32Array
from apps.forecasts.adapters.learning import PanelModel, Standing
from apps.forecasts.adapters.panels import LEVEL_ARRAY, History, Panel
from gridops.engine.forecasting.issuing import issue


@dataclass(frozen=True)
class Said:
    """`quantiles`: series x steps x levels, kW; nan where refused."""

    quantiles: Float32Array
    rung: Sequence[str]
    reason: Sequence[str]


def said(
    history: History, panel: Panel, model: PanelModel | None, standings: Sequence[Standing | None], *, steps: int
) -> Said:
    """From the first step that is not known on."""
    found = issue(panel, model, standings, at=history.at, horizon=steps, levels=LEVEL_ARRAY)
    return Said(added_up(history, found.quantiles, panel.rated), found.rung, found.reason)
