"""Home batteries: charged at noon, emptied into the evening, never beyond what the home itself draws."""

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.orders import MODERATE, NORMAL, Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town

CHARGES_H, EMPTIES_H = (10.5, 15.0), (17.0, 23.0)
CHARGE_SHARE, EVENING_SHARE = 0.6, 0.2  # of the rated power
LEAST_FULL, EVENING_FULL = 0.10, 0.35  # a call may take more than a usual evening does
EFFICIENCY = 0.95  # one way


class Batteries:
    """State: kWh in the cells."""

    def __init__(self, town: Town) -> None:
        self._kw, self._kwh = town.battery_kw, town.battery_kwh
        self.held_kwh: FloatArray = EVENING_FULL * town.battery_kwh

    def step(self, now: Moment, orders: Orders, home_kw: FloatArray) -> FloatArray:
        """Positive while charging; home_kw is what everything else draws."""
        wanted = self._usual(now)
        level = orders.depth_level()
        wanted = np.where(level >= MODERATE, np.minimum(wanted, 0.0), wanted)
        share = np.array([0.0, 0.3, 0.7, 1.0])[level]
        asked = np.where(np.isfinite(orders.less_kw), orders.less_kw, share * self._kw)
        called = (level > NORMAL) | np.isfinite(orders.less_kw)
        wanted = np.where(called, np.minimum(wanted, -np.minimum(asked, self._kw)), wanted)
        floor = np.where(called, LEAST_FULL, EVENING_FULL) * self._kwh
        gives = np.minimum(np.minimum(np.maximum(-wanted, 0.0), home_kw), self._spare(floor, now.dt_h))
        takes = np.minimum(np.maximum(wanted, 0.0), (self._kwh - self.held_kwh) / EFFICIENCY / now.dt_h)
        self.held_kwh = self.held_kwh + now.dt_h * (takes * EFFICIENCY - gives / EFFICIENCY)
        return np.asarray(takes - gives)

    def _usual(self, now: Moment) -> FloatArray:
        if CHARGES_H[0] <= now.hour < CHARGES_H[1]:
            return CHARGE_SHARE * self._kw
        return -EVENING_SHARE * self._kw if EMPTIES_H[0] <= now.hour < EMPTIES_H[1] else np.zeros_like(self._kw)

    def _spare(self, floor: FloatArray, dt_h: float) -> FloatArray:
        return np.asarray(np.maximum(self.held_kwh - floor, 0.0) * EFFICIENCY / dt_h)
