"""The same day's load before the event moves a baseline up or down."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.flexibility.days import FloatArray, Loads, Window


@dataclass(frozen=True)
class Adjustment:
    """By the load from `from_h` to `to_h` hours before the event: a factor within bounds, or a sum of kW.

    Under "20 %" some read 0.8 to 1.2 and others the ratio and its inverse, 1/1.2 to 1.2; so both bounds are given.
    """

    from_h: float = 4.0
    to_h: float = 1.0
    lowest: float = 1 / 1.2
    highest: float = 1.2
    additive: bool = False

    def slots(self, window: Window, per_hour: int) -> slice:
        return window.before(round(self.from_h * per_hour), round(self.to_h * per_hour))


def adjusted(baseline: FloatArray, loads: Loads, day: int, window: Window, by: Adjustment) -> FloatArray:
    """Baseline (M, S) moved by the loads of `day`; as it was where nothing of them is known or nothing was expected.

    A sum never takes a baseline below zero unless it lay there (customers who feed in).
    """
    slots = by.slots(window, loads.per_hour)
    known = loads.known[:, day, slots] & ~np.isnan(baseline[:, slots])
    hours = np.where(known, loads.hours[day, slots], 0.0)
    total = hours.sum(axis=1)
    seen = (loads.filled[:, day, slots] * hours).sum(axis=1)
    expected = (np.nan_to_num(baseline[:, slots]) * hours).sum(axis=1)
    if by.additive:
        moved = baseline + np.where(total > 0, (seen - expected) / np.where(total > 0, total, 1), 0.0)[:, None]
        return np.asarray(np.where(baseline >= 0, np.maximum(moved, 0), moved))
    usable = (total > 0) & (expected > 0)
    ratio = np.clip(np.where(usable, seen / np.where(usable, expected, 1), 1.0), by.lowest, by.highest)
    return np.asarray(baseline * ratio[:, None])
