"""What meters usually read at a time of the day, and how they move together.

A reading is split into its habit (the median of its slot of the day), what all meters share on that day (a few factors,
as of weather), and the rest. The rest of a meter is taken without its own say: as if it had not been among those that
tell the factors, so that it cannot excuse itself.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.anomaly.arrays import FloatArray, IntArray

LEAST_SCALE_SHARE = 0.01  # of the meter's whole spread: no slot is believed to be quieter
ROBUST = 1.4826  # median absolute deviation of a normal distribution, to its standard deviation
MOST_LEVERAGE = 0.9
STANDS_OUT = 4.0  # times the edge of noise
CLIPPED_AT = 8.0  # spreads; what is further off must not turn the factors


@dataclass(frozen=True, slots=True)
class Habit:
    centre: FloatArray  # (slots, meters), nan where a slot was never seen
    scale: FloatArray  # (slots, meters), above 0


@dataclass(frozen=True, slots=True)
class Factors:
    loading: FloatArray  # (meters, factors), orthonormal columns
    leverage: FloatArray  # (meters,), share of its own say in what the factors tell of a meter


def fit_habit(values: FloatArray, slot: IntArray, slots: int) -> Habit:
    """Median and spread by slot.

    values: (T, M) in any unit, nan where unknown; slot: (T,) from 0 to `slots` - 1. A slot that was never seen takes
    the median of the whole. Errors: none; a meter never heard has nan everywhere.
    """
    whole, spread = _median(values), _spread(values)
    centre, scale = np.tile(whole, (slots, 1)), np.tile(spread, (slots, 1))
    for one in np.unique(slot).tolist():
        rows = values[slot == one]
        middle, width = _median(rows), _spread(rows)
        centre[one] = np.where(np.isfinite(middle), middle, whole)
        scale[one] = np.where(np.isfinite(width), width, spread)
    least = np.maximum(LEAST_SCALE_SHARE * spread, 1e-9)
    return Habit(centre, np.maximum(_smoothed(scale), least))


def deviation(habit: Habit, values: FloatArray, slot: IntArray) -> FloatArray:
    """How far from the habit, in spreads of the meter: (T, M), nan where unknown."""
    return np.asarray((values - habit.centre[slot]) / habit.scale[slot])


def fit_factors(deviations: FloatArray, most: int) -> Factors:
    """What the meters share: the leading directions of their deviations, as many as stand out of noise.

    deviations: (T, M). A direction stands out where its variance is above the edge of Marchenko and Pastur (1967) of
    pure noise of the median variance. Source of the split: principal component residuals as in Jackson and Mudholkar
    (Technometrics 21(3), 1979).
    """
    clean = np.clip(np.nan_to_num(deviations), -CLIPPED_AT, CLIPPED_AT)
    size, meters = clean.shape
    variance, direction = np.linalg.eigh(clean.T @ clean / max(size, 1))
    edge = np.median(variance) * (1 + np.sqrt(meters / max(size, 1))) ** 2
    count = int(min(most, (variance > STANDS_OUT * edge).sum(), max(meters - 1, 0)))
    loading = direction[:, ::-1][:, :count]
    return Factors(np.asarray(loading), np.asarray(np.minimum((loading**2).sum(axis=1), MOST_LEVERAGE)))


def unshared(factors: Factors, deviations: FloatArray) -> FloatArray:
    """What is left of each deviation once the others have told the factors: (T, M), nan where unknown."""
    known = np.clip(np.nan_to_num(deviations), -CLIPPED_AT, CLIPPED_AT)
    told = (known @ factors.loading) @ factors.loading.T
    own = known * factors.leverage
    return np.asarray(deviations - (told - own) / (1 - factors.leverage))


def _median(values: FloatArray) -> FloatArray:
    known = np.isfinite(values).any(axis=0)
    middle = np.full(values.shape[1], np.nan)
    if known.any():
        middle[known] = np.nanmedian(values[:, known], axis=0)
    return middle


def _spread(values: FloatArray) -> FloatArray:
    return np.asarray(ROBUST * _median(np.abs(values - _median(values))))


def _smoothed(scale: FloatArray) -> FloatArray:
    """A slot's spread rests on few days; its neighbours' count as well. Slots are in the order of the day."""
    around = [np.roll(scale, by, axis=0) ** 2 for by in range(-2, 3)]
    return np.asarray(np.sqrt(np.mean(around, axis=0)))
