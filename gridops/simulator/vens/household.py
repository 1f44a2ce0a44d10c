"""All homes in one world: with the calls that came, or without any."""

from dataclasses import dataclass

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.devices.batteries import Batteries
from gridops.simulator.vens.devices.cars import Cars
from gridops.simulator.vens.devices.heat import Heat
from gridops.simulator.vens.devices.process import Processes
from gridops.simulator.vens.devices.water import WaterHeaters
from gridops.simulator.vens.orders import Orders
from gridops.simulator.vens.surroundings import Moment
from gridops.simulator.vens.town import Town


@dataclass(frozen=True, slots=True)
class Draw:
    """kW by home."""

    total_kw: FloatArray
    discomfort_k: FloatArray


class Households:
    def __init__(self, town: Town) -> None:
        self.heat = Heat(town)
        self.water = WaterHeaters(town)
        self.cars = Cars(town)
        self.batteries = Batteries(town)
        self.processes = Processes(town)

    def step(self, now: Moment, orders: Orders) -> Draw:
        taken = now.base_kw + self.processes.step(now, orders)
        for device in (self.heat, self.water, self.cars):
            taken = taken + device.step(now, orders)
        total = taken + self.batteries.step(now, orders, taken)
        return Draw(total_kw=np.maximum(total, 0.0), discomfort_k=self.heat.discomfort_k(now))
