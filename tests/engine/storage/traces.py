"""Plain traces for tests of storage."""

import numpy as np

from gridops.engine.storage.ageing.stress import Trace
from gridops.engine.storage.arrays import FloatArray


def daily(low: float, high: float, *, days: int = 1, temperature_c: float = 25.0, batteries: int = 1) -> Trace:
    """One triangle a day from `low` up in 4 h, a rest of 8 h, down in 4 h, a rest of 8 h; hourly."""
    up = np.linspace(low, high, 5)
    day = np.r_[up[1:], np.full(8, high), up[::-1][1:], np.full(8, low)]
    soc = np.r_[low, np.tile(day, days)]
    return Trace(np.tile(soc, (batteries, 1)), np.full((batteries, len(soc) - 1), temperature_c), 3600.0)


def resting(soc: float, *, days: int, temperature_c: float) -> Trace:
    return Trace(np.full((1, days + 1), soc), np.full((1, days), temperature_c), 86_400.0)


def soc_for(voltage_v: float, curve_v: FloatArray) -> float:
    """Where an even curve from 0 to 1 has this voltage."""
    return float(np.interp(voltage_v, curve_v, np.linspace(0, 1, len(curve_v))))
