"""What an event delivered, with bands from the errors that the same baseline makes on days without one."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from gridops.engine.flexibility.days import BoolArray, FloatArray, IntArray, Loads, Window, by_hours, mean_by_hours
from gridops.engine.flexibility.placebo import Placebo

INSIDE = 0.8  # of the band from P10 to P90
LEAST_DAYS = 4  # of placebo, for a band
REBOUND_H = 4.0
DRAWS = 200


@dataclass(frozen=True)
class Delivered:
    """Of M customers in the W slots of an event. kw: (M, W), NaN where load or baseline is unknown; hours: (W,)."""

    baseline_kw: FloatArray
    load_kw: FloatArray
    hours: FloatArray

    @property
    def kw(self) -> FloatArray:
        return self.baseline_kw - self.load_kw

    @property
    def missing(self) -> IntArray:
        """(M,) slots of which something is unknown."""
        return np.asarray((np.isnan(self.kw) & (self.hours > 0)).sum(axis=1))

    def hourly(self, per_hour: int) -> "Delivered":
        """Means of so many slots each, from the first on."""
        baseline, load = (mean_by_hours(kw, self.hours, per_hour) for kw in (self.baseline_kw, self.load_kw))
        return Delivered(baseline, load, by_hours(self.hours, per_hour))

    def kwh(self) -> FloatArray:
        """(M,), NaN for whom a slot is missing."""
        energy = np.where(self.hours > 0, self.kw * self.hours, 0.0)
        return np.asarray(energy.sum(axis=1))


@dataclass(frozen=True)
class Band:
    """Of what was truly delivered, any shape; NaN where the placebo days do not suffice."""

    p10: FloatArray
    p50: FloatArray
    p90: FloatArray


def delivered(loads: Loads, day: int, window: Window, baseline_kw: FloatArray) -> Delivered:
    """baseline_kw: (M, S)."""
    return Delivered(baseline_kw[:, window.slots], loads.kw[:, day, window.slots], loads.hours[day, window.slots])


def band_of_each(found: Delivered, placebo: Placebo) -> Band:
    """kWh (M,) of each customer in the whole event."""
    hours = np.where(np.isnan(placebo.load), 0.0, placebo.hours[:, None, :])
    wrong = (np.nan_to_num(placebo.baseline - placebo.load) * hours).sum(axis=2)
    length = hours.sum(axis=2)
    whole = length > 0.99 * placebo.hours.sum(axis=1)[:, None]
    return _band(found.kwh(), np.where(whole, wrong / np.maximum(length, 1e-9), np.nan) * found.hours.sum())


def band_of_sum(found: Delivered, placebo: Placebo, members: BoolArray | None = None) -> tuple[Band, Band]:
    """Of the customers together: kW slot by slot (W,), and kWh of the event (); unknown customers add nothing.

    members: (M,) who counts, everybody if None. An error on a placebo day counts by its part of that day's baseline, so
    that a day of another level and other customers known speaks for the event.
    """
    who = np.ones(len(found.kw), dtype=bool) if members is None else members
    known = ~np.isnan(found.kw[who])
    base = np.where(known, found.baseline_kw[who], 0).sum(axis=0)
    saved = np.where(known, found.kw[who], 0).sum(axis=0)
    then = np.nansum(placebo.baseline[:, who], axis=1)
    wrong = then - np.nansum(placebo.load[:, who], axis=1)
    by_slot = _part(wrong, then, placebo.hours > 0) * base
    whole = _part(
        (wrong * placebo.hours).sum(axis=1), (then * placebo.hours).sum(axis=1), placebo.hours.sum(axis=1) > 0
    )
    return _band(saved, by_slot), _band(np.asarray((saved * found.hours).sum()), whole * (base * found.hours).sum())


def _part(wrong: FloatArray, level: FloatArray, counted: BoolArray) -> FloatArray:
    return np.asarray(np.where(counted & (level > 0), wrong / np.where(level > 0, level, 1), np.nan))


def _band(measured: FloatArray, false: FloatArray) -> Band:
    """measured less what the same rule finds (P, ...) when nothing was saved, as Student's t of P days foretells it."""
    days = (~np.isnan(false)).sum(axis=0)
    count = np.maximum(days, 1)
    mean = np.nan_to_num(false).sum(axis=0) / count
    square = (np.nan_to_num(np.where(np.isnan(false), 0, false - mean)) ** 2).sum(axis=0)
    spread = np.sqrt(square / np.maximum(days - 1, 1) * (1 + 1 / count))
    reach = student.ppf(0.5 + INSIDE / 2, np.maximum(days - 1, 1)) * spread
    middle = np.where(days >= LEAST_DAYS, measured - mean, np.nan)
    return Band(np.asarray(middle - reach), np.asarray(middle), np.asarray(middle + reach))


@dataclass(frozen=True)
class Rebound:
    """Load above the baseline after the event. kw: (W,) of all together; kwh: their sum, never negative slot by slot.

    share: of what was delivered; NaN where nothing was. missing: customers without it.
    """

    kw: FloatArray
    kwh: float
    share: float
    missing: int


def rebound(
    load_kw: FloatArray, baseline_kw: FloatArray, hours: FloatArray, window: Window, *, saved_kwh: float
) -> Rebound:
    """Of the customers together in the hours after (single customers' noise would count as rebound).

    load_kw, baseline_kw: (M, S), NaN where unknown; hours: (S,) of the day.
    """
    slots = window.after(round(REBOUND_H * len(hours) / 24), len(hours))
    above, time = load_kw[:, slots] - baseline_kw[:, slots], hours[slots]
    whole = ~(np.isnan(above) & (time > 0)).any(axis=1)
    kw = np.where(time > 0, above, 0)[whole].sum(axis=0)
    kwh = float((np.maximum(kw, 0) * time).sum()) if whole.any() else float("nan")
    return Rebound(kw, kwh, kwh / saved_kwh if saved_kwh > 0 else float("nan"), int((~whole).sum()))


def share_band(
    delivered_kw: FloatArray, rated_kw: FloatArray, chance: np.random.Generator
) -> tuple[float, float, float]:
    """P10, P50 and P90 of what customers (M,) together give of their rated kW, with as many others like them.

    Customers are drawn anew (bootstrap); those who are unknown are left out. NaN without rated power.
    """
    known = ~np.isnan(delivered_kw) & (rated_kw > 0)
    if not known.any():
        return (float("nan"),) * 3
    drawn = chance.integers(0, int(known.sum()), (DRAWS, int(known.sum())))
    shares = delivered_kw[known][drawn].sum(axis=1) / rated_kw[known][drawn].sum(axis=1)
    low, middle, high = np.quantile(shares, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
