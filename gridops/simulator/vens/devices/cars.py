"""Electric cars: they charge at once when they come home, and must be full when they leave."""

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.orders import NORMAL, Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town

LEAVES_H = 7.0
SHARE = (1.0, 0.5, 0.0, 0.0)  # of the charger's power, by level
MUST_SHARE = 0.8  # of the time left: then a car charges whatever was asked


class Cars:
    """State: kWh that the car at the charger still wants."""

    def __init__(self, town: Town) -> None:
        self._rated = town.ev_kw
        self.wanted_kwh: FloatArray = np.zeros(len(town))

    def step(self, now: Moment, orders: Orders) -> FloatArray:
        comes = (now.day.arrives_h <= now.hour) & (now.hour < now.day.arrives_h + now.dt_h)
        leaves = LEAVES_H <= now.hour < LEAVES_H + now.dt_h
        left = np.zeros_like(self.wanted_kwh) if leaves else self.wanted_kwh
        self.wanted_kwh = np.where(comes & (self._rated > 0), now.day.charge_kwh, left)
        usual = np.minimum(self._rated, self.wanted_kwh / now.dt_h)
        left_h = (LEAVES_H - now.hour) % 24
        must = self.wanted_kwh > MUST_SHARE * left_h * self._rated
        level = np.where(must, NORMAL, orders.depth_level())
        kw = usual * np.array(SHARE)[level]
        self.wanted_kwh = np.maximum(self.wanted_kwh - kw * now.dt_h, 0.0)
        return np.asarray(kw)
