"""Survivability: how likely the critical load is served for h hours, if the outage begins at any hour of a year.

The store's energy at each hour is that of its actual dispatch, not an assumed one. Every begin is a scenario of
`outage_trial.stand_alone`; the year is taken as a ring, so that each begin sees as many hours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.microgrids.outage_trial import CLASSES, Courses, Island, stand_alone

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BEGINS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Survival:
    """hours, is_beyond (N, 3) by begin; of class 1, of 1 and 2, of all."""

    hours: FloatArray
    is_beyond: BoolArray
    horizon_h: float

    def curve(self, hours: FloatArray, classes: int = 1) -> FloatArray:
        """Probability for each of the hours, which lie within the horizon."""
        own = np.where(self.is_beyond[:, classes - 1], np.inf, self.hours[:, classes - 1])
        return np.asarray((own[:, None] >= np.asarray(hours) - 1e-9).mean(axis=0))

    def percentile(self, level: float, classes: int = 1) -> float:
        """Hours that all but `level` of the begins reach: 0.05 is the figure to plan by, not the mean."""
        return float(np.quantile(self.hours[:, classes - 1], level, method="inverted_cdf"))


def survivability(
    island: Island,
    *,
    load_kw: FloatArray,
    renewable_kw: FloatArray,
    energy_kwh: FloatArray,
    step_h: float,
    horizon_h: float,
) -> Survival:
    """load_kw (N, 3), renewable_kw (N,), energy_kwh (N,) as they were, nan nowhere; the outage begins at each step.

    Raises ValueError where their lengths differ or something is not known.
    """
    size, steps = len(load_kw), max(round(horizon_h / step_h), 1)
    if load_kw.shape != (size, CLASSES) or renewable_kw.shape != (size,) or energy_kwh.shape != (size,):
        raise ValueError("load_kw is (N, 3) and renewable_kw, energy_kwh are (N,), of the same N.")
    if not all(np.isfinite(one).all() for one in (load_kw, renewable_kw, energy_kwh)):
        raise ValueError("load_kw, renewable_kw and energy_kwh have to be known at each step; fill or leave out.")
    hours, beyond = np.empty((size, CLASSES)), np.empty((size, CLASSES), np.bool_)
    for first in range(0, size, BEGINS_AT_ONCE):
        begin = np.arange(first, min(first + BEGINS_AT_ONCE, size))
        place = (begin[None, :] + np.arange(steps)[:, None]) % size
        courses = Courses(load_kw[place], renewable_kw[place], step_h)
        trial = stand_alone(island, courses, energy_kwh[begin])
        hours[begin], beyond[begin] = trial.hours, trial.is_beyond
    return Survival(hours, beyond, steps * step_h)
