"""A customer's load of each slot as a line of the heat and the cold of the day, by least squares over weeks."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.flexibility.days import BoolArray, FloatArray, Loads
from gridops.engine.flexibility.selection import mean_day
from gridops.engine.units import PERCENT

RIDGE = PERCENT  # of the mean square of a degree day; keeps a season without heat or cold solvable


@dataclass(frozen=True)
class DegreeDays:
    """load = a + b * degrees above `cooling_c` + c * degrees below `heating_c`, of the day's mean temperature.

    least: days without which nothing is fitted.
    """

    cooling_c: float = 18.3
    heating_c: float = 15.6
    least: int = 10


def degree_days(loads: Loads, by: DegreeDays) -> FloatArray:
    """(D, 3): one, degrees of cooling and of heating; NaN for a day of which less than half is known."""
    known = ~np.isnan(loads.temperature)
    enough = known.sum(axis=1) * 2 >= loads.slots
    mean = np.where(known, loads.temperature, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    mean = np.where(enough, mean, np.nan)
    columns = [np.ones(len(mean)), np.maximum(mean - by.cooling_c, 0), np.maximum(by.heating_c - mean, 0)]
    return np.stack(columns, axis=1)


def regressed(loads: Loads, day: int, days: BoolArray, by: DegreeDays) -> tuple[FloatArray, BoolArray]:
    """Baseline (M, S) of `day` from the eligible `days` (M, D), and the days that were used.

    NaN for a customer with fewer than the least days and for a day without temperature. Never below zero unless the
    customer's own past was. Weighted normal equations, one small system for each customer.
    """
    terms = degree_days(loads, by)
    used = days & ~np.isnan(terms).any(axis=1)
    used = used & (used.sum(axis=1) >= by.least)[:, None]
    if np.isnan(terms[day]).any() or not used.any():
        return np.full((len(loads.kw), loads.slots), np.nan), np.zeros_like(days)
    x = np.nan_to_num(terms)
    weighted = used[:, None, :] * x.T  # (M, 3, D)
    square = weighted @ x + RIDGE * np.diag(np.r_[0.0, np.maximum((x[:, 1:] ** 2).mean(axis=0), RIDGE)])
    square[:, 0, 0] = np.maximum(square[:, 0, 0], 1.0)
    mean = mean_day(loads, used)
    factors = np.linalg.solve(square, weighted @ _without_gaps(loads, mean))
    predicted = np.einsum("i,mis->ms", terms[day], factors)
    least = np.minimum(loads.filled.min(axis=1), 0.0)
    return np.where(np.isnan(mean), np.nan, np.maximum(predicted, least)), used


def _without_gaps(loads: Loads, mean: FloatArray) -> FloatArray:
    """An unknown slot of a day outside of what it was chosen for counts as the mean of the days used."""
    if loads.known.all():
        return loads.kw
    return np.asarray(np.where(loads.known, loads.kw, np.nan_to_num(mean)[:, None, :]))
