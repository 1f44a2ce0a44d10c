"""What a baseline says on days without an event, when nothing was saved: its error, stated beside every result."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.flexibility.days import BoolArray, FloatArray, IntArray, Loads, Window, by_hours, mean_by_hours
from gridops.engine.flexibility.methods import Baseline, Method

PLACEBO_DAYS = 20
MOST_CALLED = 0.5


@dataclass(frozen=True)
class Placebo:
    """P days of which nothing was asked. baseline, load: (P, M, W) kW in the event's slots, NaN where one is unknown.

    hours: (P, W); days: (P,) positions.
    """

    days: IntArray
    baseline: FloatArray
    load: FloatArray
    hours: FloatArray

    def hourly(self, per_hour: int) -> "Placebo":
        """Means of so many slots each, from the first on."""
        time = self.hours[:, None, :]
        baseline, load = (mean_by_hours(kw, time, per_hour) for kw in (self.baseline, self.load))
        return Placebo(self.days, baseline, load, by_hours(self.hours, per_hour))


@dataclass(frozen=True)
class Error:
    """Of P placebo days of a whole: bias and RRMSE in percent of its mean load, NaN where no day could be judged."""

    days: int
    bias_percent: float
    rrmse_percent: float


def placebo_days(
    loads: Loads, day: int, *, busy: BoolArray | None = None, count: int = PLACEBO_DAYS, least_past: int = 10
) -> IntArray:
    """Up to `count` days before `day`, of its kind, on which few were called: those whose weather is most like its.

    busy: (D,) days that will not do; by default those on which more than half of the customers were called. Who was
    called on a day that is taken does not count on it. least_past: days that must lie before. Where no temperature is
    known the newest are taken.
    """
    number = np.arange(len(loads.ordinals))
    taken = loads.called.mean(axis=0) > MOST_CALLED if busy is None else busy
    free = ~taken & (loads.working == loads.working[day])
    fitting = np.flatnonzero(free & (number < day) & (number >= least_past))
    known = ~np.isnan(loads.temperature) & ~np.isnan(loads.temperature[day])
    apart = np.where(known, np.abs(loads.temperature - loads.temperature[day]), 0).sum(axis=1)
    apart = np.where(known.any(axis=1), apart / np.maximum(known.sum(axis=1), 1), np.inf)
    order = np.lexsort((-fitting, apart[fitting]))
    return np.sort(fitting[order[:count]])


def tried(loads: Loads, days: IntArray, window: Window, method: Method) -> Placebo:
    """The method on each of `days`, as if the event had been then."""
    made = [_kept(method(loads, int(day), window), loads, int(day), window) for day in days]
    shape = (0, len(loads.kw), window.end - window.first)
    baseline = np.stack([each[0] for each in made]) if made else np.zeros(shape)
    load = np.stack([each[1] for each in made]) if made else np.zeros(shape)
    return Placebo(days, baseline, load, loads.hours[days][:, window.slots])


def _kept(found: Baseline, loads: Loads, day: int, window: Window) -> tuple[FloatArray, FloatArray]:
    baseline, load = found.kw[:, window.slots], loads.kw[:, day, window.slots]
    unknown = np.isnan(baseline) | np.isnan(load) | loads.called[:, day, None]
    return np.where(unknown, np.nan, baseline), np.where(unknown, np.nan, load)


def error_of_sum(placebo: Placebo, members: BoolArray | None = None) -> Error:
    """Of the customers together, slot by slot of the window. members: (M,), everybody if None."""
    baseline = placebo.baseline if members is None else placebo.baseline[:, members]
    load = placebo.load if members is None else placebo.load[:, members]
    return _error(np.nansum(baseline, axis=1), np.nansum(load, axis=1), placebo.hours * ~np.isnan(load).all(axis=1))


def error_of_each(placebo: Placebo) -> tuple[FloatArray, FloatArray]:
    """Bias and RRMSE in percent (M,) of each customer by itself; NaN where its load was nothing or unknown."""
    hours = np.where(np.isnan(placebo.load), 0.0, placebo.hours[:, None, :])
    total = np.maximum(hours.sum(axis=(0, 2)), 1e-9)
    mean = (np.nan_to_num(placebo.load) * hours).sum(axis=(0, 2)) / total
    wrong = np.nan_to_num(placebo.baseline - placebo.load)
    bias = (wrong * hours).sum(axis=(0, 2)) / total
    square = np.sqrt((wrong**2 * hours).sum(axis=(0, 2)) / total)
    level = np.where(mean > 0, mean, np.nan)
    return np.asarray(100 * bias / level), np.asarray(100 * square / level)


def _error(baseline: FloatArray, load: FloatArray, hours: FloatArray) -> Error:
    total = float(hours.sum())
    level = float((load * hours).sum()) / total if total else 0.0
    if level <= 0:
        return Error(0, float("nan"), float("nan"))
    wrong = baseline - load
    bias = float((wrong * hours).sum()) / total
    square = float((wrong**2 * hours).sum()) / total
    return Error(int((hours.sum(axis=1) > 0).sum()), 100 * bias / level, 100 * square**0.5 / level)
