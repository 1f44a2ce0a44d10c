"""One battery at one price, day after day: the program is built once, and only its prices change."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, Repeated
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.plan import BOTH_KW, plan
from gridops.engine.optimization.storage.program import Layout, assembled
from gridops.engine.optimization.storage.site import Site


class Day(NamedTuple):
    """(T,) kW at the meter."""

    charge_kw: FloatArray
    discharge_kw: FloatArray


@dataclass(frozen=True, slots=True)
class _Built:
    program: Program
    layout: Layout
    repeated: Repeated


class DailyTrader:
    """Plans days of any number of steps for one battery that begins and ends each as it is told to.

    alternating: within a step it may charge and discharge, as the bare linear program has it. At prices below zero and
    without wear it then burns energy, which pays in the program and seldom in earnest.
    """

    def __init__(self, battery: Batteries, *, step_h: float, alternating: bool = False) -> None:
        if battery.count != 1:
            raise ValueError("A daily trader plans one battery.")
        self.battery, self.step_h, self.alternating = battery, step_h, alternating
        self._built: dict[int, _Built] = {}

    def planned(self, price: FloatArray) -> Day:
        """The day that earns most at these prices, currency per kWh, (T,); they may be below zero.

        Raises ValueError if the battery cannot keep its limits on a day of so many steps.
        """
        built = self._built.get(len(price)) or self._build(len(price))
        layout, cost = built.layout, built.program.cost.copy()
        cost[layout.columns["charge"]] += np.tile(price * self.step_h, layout.cells)
        cost[layout.columns["discharge"]] -= np.tile(price * self.step_h, layout.cells)
        solved = built.repeated.solve(cost)
        if not solved.ok:
            raise ValueError(f"No plan for the day: {solved.reason}")
        day = Day(layout.values(solved.x, "charge")[0], layout.values(solved.x, "discharge")[0])
        if not self.alternating and (np.minimum(*day) > BOTH_KW).any():
            schedule = plan(self.battery, Site.of(step_h=self.step_h, buy=price)).schedule
            if schedule is None:
                raise ValueError("No plan for the day.")
            return Day(schedule.charge_kw[0], schedule.discharge_kw[0])
        return day

    def profit(self, day: Day, price: FloatArray) -> float:
        """Of a plan at the prices that came, less wear."""
        return float(self.hourly(day, price).sum())

    def hourly(self, day: Day, price: FloatArray) -> FloatArray:
        """(T,) the same by step, without the wear of deep cycles, which no step has by itself."""
        b = self.battery
        wear = b.wear_charge[0] * day.charge_kw + b.wear_discharge[0] * day.discharge_kw
        return np.asarray(self.step_h * (price * (day.discharge_kw - day.charge_kw) - wear))

    def cycles(self, day: Day) -> float:
        """Energy drawn from the store in nominal energies."""
        drawn = day.discharge_kw.sum() * self.step_h / self.battery.discharge_efficiency[0]
        return float(drawn / self.battery.energy_kwh[0])

    def _build(self, steps: int) -> _Built:
        program, layout = assembled(self.battery, Site.of(step_h=self.step_h, buy=np.zeros(steps)))
        self._built[steps] = _Built(program, layout, Repeated(program))
        return self._built[steps]
