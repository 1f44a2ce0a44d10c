"""Readings made ready: gaps filled, meters that stand still or have stopped found by their own readings alone."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

STUCK_H = 48  # the very same figure for so long is no household
STOPPED_H = 14 * 24
NIGHT_FROM, NIGHT_UNTIL = 22, 6
WINTER = (1, 2, 3, 11, 12)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Per hour of the panel, of local time."""

    hour_of_day: IntArray
    month: IntArray  # 1 to 12
    day: IntArray  # counted from the first

    @property
    def is_night(self) -> BoolArray:
        return np.asarray((self.hour_of_day >= NIGHT_FROM) | (self.hour_of_day < NIGHT_UNTIL), np.bool_)

    @property
    def is_winter(self) -> BoolArray:
        return np.asarray(np.isin(self.month, WINTER), np.bool_)

    @property
    def bins(self) -> IntArray:
        """Month and hour of day: inside one of them all homes do alike."""
        return np.asarray(24 * (self.month - 1) + self.hour_of_day, np.int32)


@dataclass(frozen=True, slots=True)
class Stands:
    """Hours x meters."""

    stuck: BoolArray
    stopped: BoolArray


def standing_still(kwh: FloatArray) -> Stands:
    """Runs of the same reading, above zero for `STUCK_H`, of zero for `STOPPED_H`; a missing one breaks no run."""
    stuck, stopped = np.zeros(kwh.shape, np.bool_), np.zeros(kwh.shape, np.bool_)
    for meter in range(kwh.shape[1]):
        at = np.flatnonzero(np.isfinite(kwh[:, meter]))
        values = kwh[at, meter]
        ends = np.flatnonzero(np.diff(values) != 0)
        begins = np.concatenate([[0], ends + 1]) if len(values) else np.zeros(0, np.int64)
        until = np.concatenate([ends, [len(values) - 1]]) if len(values) else begins
        for first, last in zip(begins.tolist(), until.tolist(), strict=True):
            length, is_zero = at[last] - at[first] + 1, values[first] == 0
            if length >= (STOPPED_H if is_zero else STUCK_H):
                (stopped if is_zero else stuck)[at[first] : at[last] + 1, meter] = True
    return Stands(stuck, stopped)


def filled(kwh: FloatArray, calendar: Calendar) -> FloatArray:
    """Gaps (nan) take the meter's own mean at that hour of the day, as much more or less as its neighbours did then.

    A meter without any reading stays nan.
    """
    known = np.isfinite(kwh)
    usual = np.full((24, kwh.shape[1]), np.nan)
    whole = _mean(kwh, known)
    for hour in range(24):
        rows = calendar.hour_of_day == hour
        usual[hour] = _mean(kwh[rows], known[rows])
    usual = np.where(np.isfinite(usual), usual, whole)
    expected = usual[calendar.hour_of_day]
    both = known & np.isfinite(expected)
    told = np.where(both, kwh, 0.0).sum(axis=1)
    level = np.divide(told, np.where(both, expected, 0.0).sum(axis=1), out=np.ones(len(kwh)), where=told > 0)
    return np.asarray(np.where(known, kwh, expected * level[:, None]), np.float64)


def _mean(values: FloatArray, known: BoolArray) -> FloatArray:
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan), np.float64)


def without_usual(values: FloatArray, bins: IntArray, used: BoolArray) -> FloatArray:
    """Less the mean of its month and hour of day over the used hours: what is left is the hour's own."""
    size = int(bins.max()) + 1
    count = np.maximum(np.bincount(bins[used], minlength=size), 1)
    shaped = values.reshape(len(values), -1)
    means = np.stack([np.bincount(bins[used], column[used], size) / count for column in shaped.T], axis=1)
    return np.asarray((shaped - means[bins]).reshape(values.shape), np.float64)
