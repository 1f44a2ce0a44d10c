"""A microgrid without a network around it: a controller, a plain battery and loads that somebody gives, to be driven
step by step."""

from dataclasses import dataclass

import numpy as np

from gridops.simulator.microgrids.controller import Controller
from gridops.simulator.microgrids.genset import HOUR_S, Genset, GensetDesign
from gridops.simulator.microgrids.standing import Around
from gridops.simulator.microgrids.windows import sync_window

ONE_WAY_EFFICIENCY = 0.95
LOW_KWH_S = 60.0  # what may be taken out is what lasts so long


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a step brings: loads by priority 1, 2, 3 and what sun and wind could give, kW; the grid outside."""

    load_kw: tuple[float, float, float]
    plants_kw: float = 0.0
    grid_live: bool = True
    grid_hz: float = 50.0
    grid_voltage_pu: float = 1.0


class Microgrid:
    """`controller` takes what the room sets. The battery follows `plan_kw` beside the grid."""

    def __init__(
        self,
        *,
        rated_kw: float,
        capacity_kwh: float,
        soc: float,
        gensets: tuple[GensetDesign, ...],
        generator: np.random.Generator,
    ) -> None:
        self.capacity_kwh, self.soc = capacity_kwh, soc
        self.rated_kw, self.plan_kw = rated_kw, 0.0
        rated = rated_kw + sum(one.rated_kw for one in gensets)
        self.controller = Controller(
            rated_kw=rated_kw,
            gensets=[Genset(one, generator) for one in gensets],
            window=sync_window(rated),
        )

    def step(self, dt_s: float, felt: Feeling) -> None:
        limits = self._limits()
        plan = min(max(self.plan_kw, limits[0]), limits[1])
        around = Around(
            load_kw=felt.load_kw,
            plants_kw=felt.plants_kw,
            limits_kw=limits,
            battery_kw=plan,
            soc=self.soc,
            grid_live=felt.grid_live,
            grid_hz=felt.grid_hz,
            grid_voltage_pu=felt.grid_voltage_pu,
        )
        self.controller.step(dt_s, dt_s, around)
        self._charge(self.controller.battery_kw, dt_s / HOUR_S)

    def _limits(self) -> tuple[float, float]:
        hours = LOW_KWH_S / HOUR_S
        out = self.soc * self.capacity_kwh * ONE_WAY_EFFICIENCY / hours
        room = (1 - self.soc) * self.capacity_kwh / ONE_WAY_EFFICIENCY / hours
        return -min(self.rated_kw, room), min(self.rated_kw, out)

    def _charge(self, p_kw: float, hours: float) -> None:
        taken = p_kw / ONE_WAY_EFFICIENCY if p_kw > 0 else p_kw * ONE_WAY_EFFICIENCY
        self.soc = min(max(self.soc - taken * hours / self.capacity_kwh, 0.0), 1.0)
