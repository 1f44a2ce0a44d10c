"""The site of the study of islanding: the field's own physics, with a sun that goes, a generator that fails, and orders
that are lost, refused, or not answered."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gridops.engine.microgrids.shedding import Generator, IslandSupply, Wanted, choose_shedding
from gridops.engine.microgrids.stages import (
    Act,
    Aim,
    Command,
    Outcome,
    View,
)
from gridops.engine.microgrids.windows import EnterService, sync_window
from gridops.simulator.microgrids.alone import Feeling, Microgrid
from gridops.simulator.microgrids.genset import GensetDesign

BATTERY_KW, BATTERY_KWH, GENSET_KW, TANK_KWH = 250.0, 800.0, 220.0, 2000.0
WINDOW = sync_window(BATTERY_KW + GENSET_KW)
# Of an order: never sent, refused by the device, done without an answer.
NOT_SENT, REFUSED, UNANSWERED = 0.06, 0.04, 0.04
FOUND_OUT_S = 4.0  # until the meter shows what an unanswered order did


@dataclass
class Field:
    """The site, and what its operator cannot see. Orders have keys: the same key is the same order."""

    seed: np.random.Generator
    grid_live: bool = True
    grid_hz: float = 50.0
    at_s: float = 0.0
    sun_kw: float = 60.0
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    executed: Counter[str] = field(default_factory=Counter)
    closings: list[tuple[float, float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seen: tuple[float, View] | None = None  # the newest values that came; they are rows, and outlive a process
    _cloud_s: float = 0.0

    def __post_init__(self) -> None:
        loads = self.seed.uniform((30.0, 30.0, 40.0), (90.0, 90.0, 140.0))
        self.load_kw = (float(loads[0]), float(loads[1]), float(loads[2]))
        self.site = Microgrid(
            rated_kw=BATTERY_KW,
            capacity_kwh=BATTERY_KWH,
            soc=float(self.seed.uniform(0.3, 0.9)),
            gensets=(GensetDesign("g", "Backup", GENSET_KW, TANK_KWH),),
            generator=self.seed,
        )
        self.site.controller.gensets[0].starts_that_fail = int(self.seed.random() < 0.15)

    def pass_time(self, seconds: float) -> None:
        self.at_s += seconds
        if self._cloud_s <= 0 and self.seed.random() < 0.004:
            self._cloud_s = float(self.seed.uniform(5.0, 20.0))
        self._cloud_s -= seconds
        sun = self.sun_kw * (0.2 if self._cloud_s > 0 else 1.0)
        self.grid_hz += float(self.seed.normal(0.0, 0.002)) - 0.02 * (self.grid_hz - 50.0)
        genset = self.site.controller.gensets[0]
        if genset.is_running and self.seed.random() < 2e-4:
            genset.fail()
        self.site.step(seconds, self._felt(sun))
        for key, order in self.orders.items():
            if order["due_s"] is not None and order["due_s"] <= self.at_s:
                self._carry_out(key, order)
        self._watch()

    def _felt(self, sun_kw: float) -> Feeling:
        return Feeling(self.load_kw, sun_kw, self.grid_live, self.grid_hz, 1.0 + 0.01 * np.sin(self.at_s / 40.0))

    def order(self, key: str, command: Command) -> None:
        """Known already: nothing more is sent."""
        if key in self.orders:
            return
        fate = float(self.seed.random())
        order = {"act": command.act, "value": command.value, "outcome": Outcome.PENDING, "due_s": None, "ends_s": 0.0}
        delay_s = float(self.seed.uniform(0.3, 1.5))
        if fate < NOT_SENT or fate < NOT_SENT + REFUSED:
            order |= {"outcome": Outcome.FAILED}
        else:
            order["due_s"] = self.at_s + delay_s
            order["answered"] = fate > NOT_SENT + REFUSED + UNANSWERED
        self.orders[key] = order

    def _carry_out(self, key: str, order: dict[str, Any]) -> None:
        order["due_s"] = None
        self.executed[key] += 1
        refusal = self._do(order["act"], order["value"])
        if refusal:
            order["outcome"] = Outcome.FAILED
        elif order["answered"]:
            order["outcome"] = Outcome.DONE
        else:
            order |= {"outcome": Outcome.UNKNOWN, "ends_s": self.at_s + FOUND_OUT_S}

    def _do(self, act: Act, value: float) -> str:
        controller = self.site.controller
        if act is Act.OPEN:
            controller.open_coupling()
        elif act is Act.CLOSE:
            return self._close()
        elif act is Act.MODE:
            return controller.set_mode(int(value))
        elif act is Act.SHED:
            return controller.set_shed(int(value))
        elif act is Act.GENERATOR:
            return controller.order(controller.gensets[0], value)
        else:
            self.site.plan_kw = value
        return ""

    def _close(self) -> str:
        controller = self.site.controller
        if refusal := controller.may_close():
            return refusal
        if controller.is_live:
            self.closings.append((controller.slip_hz, controller.voltage_difference_pu, controller.angle_deg))
        controller.close_coupling()
        return ""

    def outcome(self, key: str) -> Outcome:
        order = self.orders[key]
        if order["outcome"] is Outcome.UNKNOWN and self.at_s >= order["ends_s"]:
            order["outcome"] = Outcome.DONE
        return Outcome(order["outcome"])

    def _watch(self) -> None:
        """Loads are cut from the last priority on: as long as there is voltage, the first is served."""
        controller = self.site.controller
        served = [kw for place, kw in enumerate(self.load_kw) if place < len(self.load_kw) - controller.shed]
        if controller.has_voltage and not served:
            self.faults.append("a critical load was cut while the island had voltage")

    def view(self) -> View:
        c = self.site.controller
        live = c.has_voltage
        return View(
            coupling_closed=c.closed,
            mode=int(c.mode),
            frequency_hz=c.hz,
            voltage_pu=c.voltage_pu,
            grid_voltage_pu=c.grid_voltage_pu,
            grid_frequency_hz=c.grid_hz,
            slip_hz=c.slip_hz,
            voltage_difference_pu=c.voltage_difference_pu,
            angle_deg=c.angle_deg,
            exchange_kw=c.exchange_kw,
            battery_kw=c.battery_kw if live else 0.0,
            generator_kw=(c.gensets[0].p_kw,),
            generator_running=(c.gensets[0].is_running,),
            shed_group=c.shed,
        )


def aim_for(site: Field, *, delay_s: float) -> Aim:
    battery = site.site
    supply = IslandSupply(
        battery_kw=BATTERY_KW,
        battery_kwh=max(battery.soc - 0.1, 0.0) * BATTERY_KWH * 0.95,
        generators=[Generator(GENSET_KW, 0.3 * GENSET_KW, battery.controller.gensets[0].fuel_kwh)],
        renewable_kw=0.0 if not battery.controller.has_voltage else site.sun_kw,
    )
    chosen = choose_shedding(supply, site.load_kw, Wanted(4.0, 49.0, 51.0)).chosen
    return Aim(
        battery_low_kw=-BATTERY_KW,
        battery_high_kw=BATTERY_KW,
        generator_kw=chosen.generator_kw,
        shed_group=chosen.group,
        enter=EnterService(low_hz=49.58, high_hz=50.08, delay_s=delay_s),
        window=WINDOW,
        island_low_hz=49.0,
        island_high_hz=51.0,
        balanced_kw=12.5,
    )
