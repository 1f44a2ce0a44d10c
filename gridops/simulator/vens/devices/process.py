"""Industrial processes: shifts and batches; what was put off is made up for, as far as the machines allow."""

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.orders import Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town

SHIFTS_H = (6.0, 22.0)
IDLE_SHARE, WEEKEND_SHARE = 0.30, 0.35
BATCH_H, BATCH_SHARE = 1.5, 0.10
SPARED = 0.55  # of what runs, at the highest level
CAUGHT_UP, CATCH_UP_SHARE = 0.5, 0.10  # of the energy put off; of the rated power
RAMP_PER_H = 6.0  # of the rated power


class Processes:
    """State: what is held back now, kW, and what is to be made up for, kWh."""

    def __init__(self, town: Town) -> None:
        self._kw = town.process_kw
        self._phase = np.linspace(0.0, 1.0, len(town), endpoint=False)
        self.less_kw: FloatArray = np.zeros(len(town))
        self.owed_kwh: FloatArray = np.zeros(len(town))

    def step(self, now: Moment, orders: Orders) -> FloatArray:
        usual = self._usual(now)
        told = np.where(np.isfinite(orders.less_kw), orders.less_kw, SPARED * usual * orders.depth)
        reach = RAMP_PER_H * self._kw * now.dt_h
        self.less_kw = self.less_kw + np.clip(np.minimum(told, SPARED * usual) - self.less_kw, -reach, reach)
        is_free = (self.less_kw < 0.01 * self._kw) & (usual > 0.5 * self._kw)
        more = np.where(is_free, np.minimum(CATCH_UP_SHARE * self._kw, self.owed_kwh / now.dt_h), 0.0)
        self.owed_kwh = self.owed_kwh + now.dt_h * (CAUGHT_UP * self.less_kw - more)
        return np.asarray(usual - self.less_kw + more)

    def _usual(self, now: Moment) -> FloatArray:
        busy = 1.0 if SHIFTS_H[0] <= now.hour < SHIFTS_H[1] else IDLE_SHARE
        share = busy if now.is_workday else WEEKEND_SHARE
        batch = BATCH_SHARE * np.sin(2 * np.pi * (now.hour / BATCH_H + self._phase))
        return np.asarray(self._kw * (share * (0.85 + batch)))
