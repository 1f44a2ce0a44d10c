"""Temperatures of cells where none was measured: the surroundings as they were at rest, and what current adds."""

import numpy as np

from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H
from apps.storage.choices import STEP
from gridops.engine.storage.warmth import cell_temperature
from gridops.engine.storage.warranty import STILL_C

ASSUMED_C = 25.0  # where no temperature was ever heard
RISE_C, TIME_CONSTANT_S = 8.0, 7200.0  # at 1 C, of a cooled rack of large cells: an assumption, told with every run


def rates(soc: FloatArray) -> FloatArray:
    """In C, of quarter hours (T,) between edges (T + 1,)."""
    return np.diff(soc) / STEP_H


def surroundings(soc: FloatArray, temperature_c: FloatArray) -> float | None:
    """Median of what was measured while the battery rested, or at all; None where nothing was."""
    known = np.isfinite(temperature_c)
    still = known & (np.abs(rates(soc)) <= STILL_C)
    chosen = still if still.any() else known
    return float(np.median(temperature_c[chosen])) if chosen.any() else None


def filled(soc: FloatArray, temperature_c: FloatArray, around_c: float) -> FloatArray:
    """What was measured, and the law of warmth where nothing was."""
    at = np.full((1, len(temperature_c)), around_c)
    worked_out = cell_temperature(
        at,
        rates(soc)[None, :],
        rise_c=RISE_C,
        time_constant_s=TIME_CONSTANT_S,
        step_s=STEP.total_seconds(),
    )[0]
    return np.where(np.isfinite(temperature_c), temperature_c, worked_out)
