"""Experiments of conservation voltage reduction: which days are reduced, how many are needed, how deep it may go.

Voltage is changed by the day. Days of a kind that lie near each other, or are foreseen to be as warm as each other, are
paired, and a coin says which of the two is reduced: so the weather, the season and the kind of the day fall on both
sides alike, and the draw is known that an answer may be tested against (Fisher 1935; blocks: Box, Hunter, Hunter 2005).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

WINDOW_DAYS = 14  # days are paired within two weeks: ten of work and four of weekends are even numbers
LEAST_DAYS = 16
MOST_DAYS = 730


@dataclass(frozen=True, slots=True)
class Design:
    """Per day of the experiment, in its order. Days of one block are one pair, or a single one that had no other."""

    reduced: BoolArray
    block: IntArray


def randomised_days(weekend: BoolArray, temperature_c: FloatArray, generator: np.random.Generator) -> Design:
    """weekend, temperature_c: per day; the temperature that is foreseen, nan where nothing is (days (n,)).

    Raises ValueError for arrays of different length.
    """
    if len(weekend) != len(temperature_c):
        raise ValueError("There must be one temperature a day, nan where it is not foreseen.")
    block = np.full(len(weekend), -1, np.int32)
    count = 0
    for begin in range(0, len(weekend), WINDOW_DAYS):
        window = np.arange(begin, min(begin + WINDOW_DAYS, len(weekend)))
        for kind in (False, True):
            days = _alike(window[weekend[window] == kind], temperature_c)
            block[days] = count + np.arange(len(days)) // 2
            count += (len(days) + 1) // 2
    return Design(_drawn(block, 1, generator)[0], block)


def _alike(days: IntArray, temperature_c: FloatArray) -> IntArray:
    """Those with a forecast by their temperature, the others as they follow; neighbours are paired."""
    known = np.isfinite(temperature_c[days])
    foreseen = days[known]
    return np.concatenate([foreseen[np.argsort(temperature_c[foreseen], kind="stable")], days[~known]])


def redrawn(design: Design, draws: int, generator: np.random.Generator) -> BoolArray:
    """Other outcomes of the same coins: draws x days."""
    return _drawn(design.block, draws, generator)


def _drawn(block: IntArray, draws: int, generator: np.random.Generator) -> BoolArray:
    coins = generator.random((draws, int(block.max(initial=-1)) + 1)) < 0.5
    order = np.argsort(block, kind="stable")
    second = np.zeros(len(block), np.bool_)
    second[order[1:]] = block[order[1:]] == block[order[:-1]]
    return np.asarray(coins[:, block] ^ second, np.bool_)


def days_needed(day_sd: float, depth: float, half_width: float, *, confidence: float = 0.9) -> int:
    """Days in all, half of them reduced, until the factor's interval is that narrow.

    day_sd: standard deviation of a day's logarithm of energy that weather, calendar and other feeders do not explain;
    depth: reduction of the voltage as a share (0.03); half_width: of the interval of the factor. From the variance of
    a difference of two means; t quantile with n - 2 degrees. MOST_DAYS where that is not enough or depth is nothing.
    """
    change = abs(math.log1p(-depth)) if 0 < depth < 1 else 0.0
    if change <= 0 or half_width <= 0:
        return MOST_DAYS
    for days in range(LEAST_DAYS, MOST_DAYS, 2):
        if half_width_after(days, day_sd, change, confidence=confidence) <= half_width:
            return days
    return MOST_DAYS


def half_width_after(days: int, day_sd: float, change: float, *, confidence: float = 0.9) -> float:
    """Of the factor's interval after so many days; change: of the logarithm of the voltage."""
    t = float(stats.t.ppf(0.5 + confidence / 2, max(days - 2, 1)))
    return t * 2 * day_sd / (change * math.sqrt(days))


def steps_possible(lowest_pu: FloatArray, step_pu: float, least_pu: float, *, share: float = 0.01) -> int:
    """How many steps down keep the lowest voltage above `least_pu` but for a share of the time (0: not one).

    lowest_pu: of each interval of the past the lowest of the watched voltages; nan is left out.
    """
    known = lowest_pu[np.isfinite(lowest_pu)]
    if not len(known) or step_pu <= 0:
        return 0
    return max(math.floor((float(np.quantile(known, share)) - least_pu) / step_pu + 1e-9), 0)
