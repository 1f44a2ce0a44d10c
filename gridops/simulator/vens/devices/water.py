"""Water heaters: a tank that is filled up with heat again after people washed."""

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.orders import NORMAL, Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town

LOSS_KW = 0.06
GAIN_PER_H = 1.5  # electric kW per missing kWh
COLD_KWH = 5.0  # missing: nobody washes with that, whatever was asked


class WaterHeaters:
    """State: kWh that the tank misses."""

    def __init__(self, town: Town) -> None:
        self._rated = town.water_kw
        self.missing_kwh: FloatArray = np.zeros(len(town))

    def step(self, now: Moment, orders: Orders) -> FloatArray:
        is_drawn = (now.day.draws_h <= now.hour) & (now.hour < now.day.draws_h + now.dt_h)
        self.missing_kwh = self.missing_kwh + (now.day.draws_kwh * is_drawn).sum(axis=0) + LOSS_KW * now.dt_h
        waits = (orders.depth_level() > NORMAL) & (self.missing_kwh < COLD_KWH)
        kw = np.where(waits, 0.0, np.minimum(GAIN_PER_H * self.missing_kwh, self._rated))
        self.missing_kwh = np.where(self._rated > 0, np.maximum(self.missing_kwh - kw * now.dt_h, 0.0), 0.0)
        return np.asarray(kw)
