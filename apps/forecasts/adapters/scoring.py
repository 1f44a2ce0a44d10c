"""How far forecasts were off: of many series, on one local day."""

from dataclasses import dataclass

import numpy as np

from apps.forecasts.adapters.arrays import Float32Array, FloatArray, IntArray
from apps.forecasts.adapters.panels import LEVEL_ARRAY, Panel
from apps.forecasts.choices import Issuer
from apps.forecasts.models import STEPS_A_DAY

_MEDIAN = int(np.flatnonzero(np.isclose(LEVEL_ARRAY, 0.5))[0])
_BANDS = {"inside_80": (0.1, 0.9), "inside_90": (0.05, 0.95)}


@dataclass(frozen=True)
class DayScores:
    """Per series; nan and 0 steps where nothing is known."""

    steps: IntArray
    mae_kw: FloatArray
    mean_abs_kw: FloatArray
    pinball_kw: FloatArray
    inside_80: IntArray
    inside_90: IntArray


def scored(actual: FloatArray, quantiles: Float32Array) -> DayScores:
    """`actual`: series x steps; `quantiles`: series x steps x levels."""
    known = np.isfinite(actual) & np.isfinite(quantiles).all(axis=2)
    error = actual[..., None] - quantiles
    pinball = np.maximum(LEVEL_ARRAY * error, (LEVEL_ARRAY - 1) * error).mean(axis=2)
    inside = {name: _inside(actual, quantiles, known, *ends) for name, ends in _BANDS.items()}
    return DayScores(
        known.sum(axis=1),
        _mean(np.abs(actual - quantiles[..., _MEDIAN]), known),
        _mean(np.abs(actual), known),
        _mean(pinball, known),
        **inside,
    )


def scored_line(actual: FloatArray, line: FloatArray) -> DayScores:
    """Of a forecast without bands: nothing is inside."""
    known = np.isfinite(actual) & np.isfinite(line)
    nothing = np.zeros(len(actual), np.int64)
    error, size = _mean(np.abs(actual - line), known), _mean(np.abs(actual), known)
    return DayScores(known.sum(axis=1), error, size, np.full(len(actual), np.nan), nothing, nothing)


def _mean(values: FloatArray, known: np.ndarray) -> FloatArray:
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _inside(actual: FloatArray, quantiles: Float32Array, known: np.ndarray, low: float, high: float) -> IntArray:
    """In steps of the whole day, at the share of those whose band is open: that a solar plant gives nothing by night is
    no merit of its bands, and where all is closed nothing is tested."""
    first, last = (int(np.flatnonzero(np.isclose(LEVEL_ARRAY, level))[0]) for level in (low, high))
    is_open = known & ((quantiles[..., -1] > quantiles[..., 0]) | (actual != quantiles[..., 0]))
    held = (actual >= quantiles[..., first]) & (actual <= quantiles[..., last]) & is_open
    count = is_open.sum(axis=1)
    share = np.where(count > 0, held.sum(axis=1) / np.maximum(count, 1), high - low)
    return np.asarray(np.rint(share * known.sum(axis=1)), np.int64)


def repeated(panel: Panel, gate: int, steps: IntArray) -> dict[Issuer, FloatArray]:
    """What repeating the past would have said at the gate: series x steps."""
    clock, target = panel.clock, panel.target
    days = np.maximum(-((gate - 1 - steps) // STEPS_A_DAY), 1)
    weeks = np.maximum(-((gate - 1 - steps) // (7 * STEPS_A_DAY)), 1)

    def then(back: IntArray) -> FloatArray:
        at = clock.before(steps, back)
        usable = (at >= 0) & (at < min(gate, target.shape[1]))
        return np.where(usable, target[:, np.where(usable, at, 0)], np.nan).astype(np.float64)

    several = np.stack([then(7 * (weeks + number)) for number in range(4)])
    known = np.isfinite(several)
    count = known.sum(axis=0)
    mean = np.where(count > 0, np.where(known, several, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    return {Issuer.LAST_WEEK: then(7 * weeks), Issuer.LAST_DAY: then(days), Issuer.FOUR_WEEKS: mean}
