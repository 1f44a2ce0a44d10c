"""Integrals over a sampled series that may have gaps."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

HOUR_S = 3600.0


def integral_hours(time_s: FloatArray, value: FloatArray, *, longest_gap_s: float) -> float:
    """Trapezoidal integral of `value` (nan: unknown) over `time_s` (ascending), in units of the value times hours.

    A step longer than `longest_gap_s`, or with an unknown value at an end, is a gap and counts nothing.
    """
    step_s, mean = np.diff(time_s), (value[:-1] + value[1:]) / 2
    known = np.isfinite(mean) & (step_s <= longest_gap_s)
    return float((mean[known] * step_s[known]).sum() / HOUR_S)


def covered_hours(time_s: FloatArray, value: FloatArray, *, longest_gap_s: float) -> float:
    """How long the series is known, in hours."""
    return integral_hours(time_s, np.where(np.isfinite(value), 1.0, np.nan), longest_gap_s=longest_gap_s)
