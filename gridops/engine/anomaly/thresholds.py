"""Where to draw the line so that clean data crosses it no oftener than is allowed."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.anomaly.arrays import FloatArray
from gridops.engine.anomaly.courses import longest

TAIL_SHARE = 0.15  # of the stretches, whose maxima tell how the tail falls
LEAST_STRETCHES = 24


@dataclass(frozen=True, slots=True)
class Line:
    threshold: float
    tail: float  # so much more makes crossings e times rarer


def line_of(course: FloatArray, *, scans_per_day: float, stretch_scans: int, alarms_per_day: float) -> Line:
    """The value that clean data exceeds `alarms_per_day` times a day.

    course: (T,) of clean scans. Maxima of stretches beyond their upper quantile fall exponentially (the tail of
    Gumbel's law); excesses are peaks over a threshold (Coles, An Introduction to Statistical Modeling of Extreme
    Values, 2001, chapter 4). It is never drawn below the greatest clean value. Too short a course: infinite.
    """
    peaks = longest(course, stretch_scans)
    if len(peaks) < LEAST_STRETCHES:
        return Line(np.inf, np.nan)
    begin = float(np.quantile(peaks, 1 - TAIL_SHARE))
    excess = peaks[peaks > begin] - begin
    tail = float(np.median(excess) / np.log(2.0)) if len(excess) else 0.0
    per_day = TAIL_SHARE * scans_per_day / stretch_scans
    return Line(float(begin + tail * np.log(max(per_day / alarms_per_day, 1.0))), tail)
