"""Quantiles of what members will draw or give, from what is stored of them: kW, positive, steps x levels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.microgrids.readiness_paths import ASSUMED, Dependence, fit_dependence

FloatArray = npt.NDArray[np.float64]

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
STEP_H = 0.25
STEPS_A_DAY = 96
LEAST_DAYS = 3
NEAR_STEPS = 2  # quarter hours before and after that count as alike
# Of a steady load about which nothing else is known: an assumption, told where it is used.
STEADY = np.array([0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.5])


@dataclass(frozen=True, slots=True)
class Said:
    """An issued forecast on our steps: nan where it does not reach."""

    kw: FloatArray  # (T, Q) at LEVELS


def at_levels(quantiles: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    """(T, Q) at LEVELS, by straight lines, outside the levels as at the last one."""
    if len(levels) == 0:
        return np.full((len(quantiles), len(LEVELS)), np.nan)
    own = np.asarray(levels)
    if len(own) == len(LEVELS) and np.allclose(own, LEVELS):
        return quantiles
    return np.stack([np.interp(LEVELS, own, row) for row in quantiles]) if len(quantiles) else quantiles


def usual_days(history_kw: FloatArray, *, first: int, steps: int) -> FloatArray | None:
    """By the time of day from past whole days (96 d,), nan where unknown; None with too few of them.

    first: the quarter hour of the day of the first step. Neighbouring quarter hours count as well.
    """
    days = history_kw.reshape(-1, STEPS_A_DAY)
    if np.isfinite(days).sum() < LEAST_DAYS * STEPS_A_DAY:
        return None
    near = np.concatenate([np.roll(days, -shift, axis=1) for shift in range(-NEAR_STEPS, NEAR_STEPS + 1)])
    if (np.isfinite(near).sum(axis=0) < LEAST_DAYS).any():
        return None
    table = np.nanquantile(near, LEVELS, axis=0).T
    return np.asarray(table[(first + np.arange(steps)) % STEPS_A_DAY])


def steady(now_kw: float, steps: int) -> FloatArray:
    return np.tile(now_kw * STEADY, (steps, 1))


def shaped(reference: FloatArray, now_kw: float) -> FloatArray | None:
    """As another series goes on from now; None where that has no level now."""
    level = float(reference[0, len(LEVELS) // 2])
    if not np.isfinite(reference).all() or level <= 1e-6:
        return None
    return np.maximum(reference / level * now_kw, 0.0)


def carried_on(kw: FloatArray) -> FloatArray | None:
    """Where a forecast ends the day before is taken again; None where there is not even a day."""
    known = np.isfinite(kw).all(axis=1)
    reach = int(np.argmin(known)) if not known.all() else len(kw)
    if reach < min(STEPS_A_DAY, len(kw)):
        return None
    found = kw.copy()
    for step in range(reach, len(kw)):
        found[step] = found[step - STEPS_A_DAY]
    return found


def how_long_errors_last(history_kw: FloatArray) -> Dependence:
    """Of the deviation from the usual course of the day; assumed where there is too little of it."""
    days = history_kw.reshape(-1, STEPS_A_DAY)
    if len(days) < LEAST_DAYS or (np.isfinite(days).sum(axis=0) < LEAST_DAYS).any():
        return ASSUMED
    mean, spread = np.nanmean(days, axis=0), np.nanstd(days, axis=0)
    scores = np.where(spread > 1e-6, (days - mean) / np.maximum(spread, 1e-6), np.nan)
    return fit_dependence(scores.ravel(), STEP_H)
