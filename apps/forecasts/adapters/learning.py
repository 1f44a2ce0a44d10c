"""One model for all series: made, tried on weeks that it has not seen, and where each series stands with it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from apps.forecasts.adapters.arrays import Float32Array, FloatArray, IntArray
from apps.forecasts.adapters.panels import LEVEL_ARRAY, Effort, Panel
from apps.forecasts.models import STEPS_A_DAY, ModelVersion
from gridops.engine.forecasting.issuing import Standing, standings
from gridops.engine.forecasting.ladder import combine
from gridops.engine.forecasting.panel import PanelModel, fit_panel

__all__ = ["PanelModel", "Standing"]

Progress = Callable[[str, int, int], None]
GATE_STEP = STEPS_A_DAY // 4  # of the UTC day: the issue of 06:00 is the one that is scored
SAID_STEPS = 2 * STEPS_A_DAY
LEARNED_STEPS = 7 * STEPS_A_DAY
_ROWS_AT_MOST = 3_000_000  # that are forecast to judge a model
_LEAST_GATES = 6  # of sixteen days every third: on fewer than five no model is promoted


@dataclass(frozen=True)
class Trial:
    """What a model said at the gates of days that it had not seen: as issued then, series x steps x levels each."""

    gates: list[int]
    said: list[Float32Array]
    issued: list[Float32Array]


def learned(panel: Panel, *, until: int, effort: Effort, progress: Progress) -> PanelModel:
    return fit_panel(panel, until=until, horizon=LEARNED_STEPS, levels=LEVEL_ARRAY, effort=effort, progress=progress)


def gates(panel: Panel, *, first: int, at: int) -> list[int]:
    """Every day's, and of very many series only those of some days, the newest one always."""
    begin = (first - GATE_STEP + STEPS_A_DAY - 1) // STEPS_A_DAY * STEPS_A_DAY + GATE_STEP
    whole = list(range(begin, at - STEPS_A_DAY + 1, STEPS_A_DAY))
    most = max(_ROWS_AT_MOST // (max(len(panel), 1) * SAID_STEPS), _LEAST_GATES)
    return whole[:: -max(-(-len(whole) // most), 1)][::-1]


def tried(model: PanelModel, panel: Panel, chosen: Sequence[int], progress: Progress) -> Trial:
    """Every issue is weighed and corrected by what had been seen of the ones before it."""
    said: list[Float32Array] = []
    issued: list[Float32Array] = []
    for number, gate in enumerate(chosen):
        progress("forecasting days that it has not seen", number, len(chosen))
        known = standings(panel, list(zip(chosen, said, strict=False)), now=gate, levels=LEVEL_ARRAY) if said else None
        said.append(model.say(panel, gate, SAID_STEPS))
        issued.append(limited(combine(said[-1], known or [None] * len(panel), LEVEL_ARRAY), panel.rated))
    return Trial(list(chosen), said, issued)


def limited(quantiles: Float32Array, rated_kw: FloatArray) -> Float32Array:
    """Plants give nothing less than nothing and no more than all they have."""
    is_plant = np.isfinite(rated_kw)
    quantiles[is_plant] = np.clip(quantiles[is_plant], 0.0, rated_kw[is_plant, None, None])
    return quantiles


def stand(panel: Panel, trial: Trial, *, at: int) -> list[Standing]:
    return standings(panel, list(zip(trial.gates, trial.said, strict=True)), now=at, levels=LEVEL_ARRAY)


def stored_standing(one: Standing) -> dict[str, Any]:
    return asdict(one)


def standing_of(state: dict[str, Any]) -> Standing | None:
    """None for what another release stored."""
    try:
        return Standing(**state)
    except TypeError:
        return None


@lru_cache(maxsize=2)
def _opened(key: int, trained_at: str) -> PanelModel:
    return PanelModel.from_bytes(bytes(ModelVersion.objects.values_list("content", flat=True).get(pk=key)))


def opened(version: ModelVersion) -> PanelModel:
    """Raises ValueError for what this release cannot read."""
    return _opened(version.pk, version.trained_at.isoformat())


def data_hash(panel: Panel, until: int) -> str:
    found = hashlib.sha256()
    for row in panel.target:
        found.update(np.ascontiguousarray(row[:until], np.float32).tobytes())
    found.update(np.ascontiguousarray(panel.ahead, np.float32).tobytes())
    return found.hexdigest()


def local_day_steps(panel: Panel, gate: int) -> IntArray:
    """The steps of the local day after the gate's, as far as its forecast goes."""
    clock = panel.clock
    steps = np.arange(gate, min(gate + SAID_STEPS, clock.size))
    return np.asarray(steps[clock.local_day[steps] == clock.local_day[gate] + 1], np.int64)
