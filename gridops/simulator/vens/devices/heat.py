"""Heat pumps and air conditioners: a home is one mass of heat behind one resistance, with a modulating thermostat."""

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.orders import EMERGENCY, Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town

SETBACK_K = 1.5  # while nobody is in
OFFSET_K = (0.0, 1.0, 2.0)  # by level; at the highest the device is off
COOLED_ABOVE_K = 4.0  # the wanted temperature, before anybody cools
GAIN_KW_PER_K = 0.35  # electric, of a home of usual size
GAINS_KW_PER_LOSS = 3.0  # people, light and sun: kelvin that a home is warmer by itself
COP_AT_ZERO, COP_PER_K, COP_BOUNDS = 2.7, 0.06, (2.0, 4.8)


class Heat:
    """State: the temperature indoors."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._gain = GAIN_KW_PER_K * np.maximum(town.heat_kw, 1e-9) / 2.4
        self.indoor_c: FloatArray = town.wanted_c.copy()

    def step(self, now: Moment, orders: Orders) -> FloatArray:
        """Electric kW over the step."""
        town, cop = self._town, _cop(now.outdoor_c)
        offset = np.array([*OFFSET_K, 0.0])[orders.depth_level()]
        warm = town.wanted_c - np.where(now.is_in, 0.0, SETBACK_K) - offset
        cool = town.wanted_c + COOLED_ABOVE_K + np.where(now.is_in, 0.0, SETBACK_K) + offset
        gains = GAINS_KW_PER_LOSS * town.loss_kw_per_k
        heating = self._asked(warm - self.indoor_c, town.loss_kw_per_k * (warm - now.outdoor_c) - gains, cop)
        cooling = self._asked(self.indoor_c - cool, town.loss_kw_per_k * (now.outdoor_c - cool) + gains, cop)
        is_off = orders.depth_level() == EMERGENCY
        heating, cooling = (np.where(is_off, 0.0, one) for one in (heating, cooling))
        flow = town.loss_kw_per_k * (now.outdoor_c - self.indoor_c) + gains + cop * (heating - cooling)
        self.indoor_c = self.indoor_c + now.dt_h * flow / town.capacity_kwh_per_k
        return np.asarray(heating + cooling)

    def discomfort_k(self, now: Moment) -> FloatArray:
        """How far below what is wanted, for those who are in."""
        missing = np.maximum(self._town.wanted_c - self.indoor_c, 0.0)
        return np.where(now.is_in & (self._town.heat_kw > 0), missing, 0.0)

    def _asked(self, missing_k: FloatArray, steady_kw: FloatArray, cop: float) -> FloatArray:
        """What holds the temperature, and more the further it is away."""
        kw = np.maximum(steady_kw, 0.0) / cop + self._gain * missing_k
        return np.asarray(np.clip(kw, 0.0, self._town.heat_kw))


def _cop(outdoor_c: float) -> float:
    return float(np.clip(COP_AT_ZERO + COP_PER_K * outdoor_c, *COP_BOUNDS))
