"""All detailed plants of a field, as the world plays them."""

from datetime import datetime

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.climate import Climate
from gridops.simulator.batteries.design import designs
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.points import BoolArray, FloatArray, IntArray

AIR_EVERY_S = 600.0


class Batteries:
    def __init__(self, case: NetworkCase, seed: int) -> None:
        self.plants = [BatteryPlant(design, seed) for design in designs(case)]
        self._climate = Climate(case)
        self._air_at_s = -np.inf

    def step(
        self,
        p_kw: FloatArray,
        q_kvar: FloatArray,
        *,
        profile_time: datetime,
        dt_s: float,
        at_us: int,
        supplied: BoolArray,
    ) -> None:
        """Let them run; their own programmes in p_kw and q_kvar (per injection) give way to what they really do."""
        self._feel(profile_time.timestamp())
        for plant in self.plants:
            index = plant.design.index
            plant.step(
                programme_kw=float(p_kw[index]),
                programme_kvar=float(q_kvar[index]),
                dt_s=dt_s,
                at_us=at_us,
                has_supply=bool(supplied[index]),
            )
            p_kw[index], q_kvar[index] = plant.p_kw, plant.q_kvar

    def see(self, voltage_pu: FloatArray, injection_node: IntArray, wall_s: float) -> None:
        """Voltages of all nodes as they were solved last."""
        for plant in self.plants:
            plant.see(float(voltage_pu[injection_node[plant.design.index]]), wall_s)

    def _feel(self, profile_s: float) -> None:
        if abs(profile_s - self._air_at_s) < AIR_EVERY_S:
            return
        self._air_at_s = profile_s
        air_c = float(self._climate.at(np.array([profile_s])).temperature_c[0])
        for plant in self.plants:
            plant.air_c = air_c
