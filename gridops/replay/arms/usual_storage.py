"""Batteries by the clock: in at the hours that were cheap in the last seven days, out at those that were dear.

The prices of an hour of the day are its mean over the seven days before; where the spread does not pay for losses and
wear, the battery stands still. Storages too small to take set-points run on their owner's own programme.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from gridops.protocols.sunspec.setting import registers_for
from gridops.replay.gate import GatedBattery
from gridops.replay.plant import Plant
from gridops.replay.tape import HOUR_S, Tape
from gridops.simulator.batteries.image import RegisterImage
from gridops.simulator.devices import Kind

HOURS: Final = 24
LOOKED_BACK: Final = 7  # days
WINDOW: Final = 0.8  # of the capacity that is cycled
ROUND_TRIP: Final = 0.88
WEAR_EUR_PER_MWH: Final = 40.0
WATTS: Final = 1000.0
MODEL: Final = 704
WORK: Final = "clock"


def day_rule(mean_price: np.ndarray, hours_full: int) -> np.ndarray:
    """(24,) -1 to charge, 1 to discharge, 0 to stand still. hours_full: at rated power through the window."""
    count = min(max(hours_full, 1), HOURS // 3)
    order = np.argsort(mean_price, kind="stable")
    cheap, dear = order[:count], order[-count:]
    earned = mean_price[dear].mean() * ROUND_TRIP - mean_price[cheap].mean() - WEAR_EUR_PER_MWH
    rule = np.zeros(HOURS)
    if earned > 0:
        rule[cheap], rule[dear] = -1.0, 1.0
    return rule


def mean_prices(tape: Tape, day: int) -> np.ndarray:
    """(24,) by hour of the tape's day, of the seven days before it."""
    hours = np.arange((day - LOOKED_BACK) * HOURS, day * HOURS, dtype=np.float64)
    values = tape.courses.at("price_eur_per_mwh", (hours + 0.5) * HOUR_S)
    return np.asarray(values.reshape(LOOKED_BACK, HOURS).mean(axis=0))


@dataclass(frozen=True, slots=True)
class Plain:
    """A storage that takes set-points over the station's line."""

    index: int
    rated_kw: float
    hours_full: int


class ByTheClock:
    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._told: dict[int, float] = {}
        self._day, self._rules = -1, dict[int, np.ndarray]()
        self._plain = self._found()

    def look(self, at_us: int) -> None:
        self._plant.gate.desk = WORK
        since_s = self._plant.since_begin_s(self._plant.now)
        day, hour = divmod(int(since_s // HOUR_S), HOURS)
        if day != self._day:
            self._day, self._rules = day, {}
        for battery in self._plant.batteries.values():
            design = battery.image.plant.design
            self._order(battery, self._share(_full(design.capacity_kwh, design.rated_kw), hour), at_us)
        for one in self._plain:
            kw = one.rated_kw * self._share(one.hours_full, hour)
            if kw != self._told.get(one.index, 0.0):
                self._plant.devices.by_hand(Kind.SETPOINT, one.index, -kw, at_us)
                self._told[one.index] = kw

    def _share(self, hours_full: int, hour: int) -> float:
        if hours_full not in self._rules:
            self._rules[hours_full] = day_rule(mean_prices(self._plant.tape, self._day), hours_full)
        return float(self._rules[hours_full][hour])

    def _order(self, battery: GatedBattery, share: float, at_us: int) -> None:
        image = battery.image
        if image.plant.forming_kw is None and image.plant.is_connected:
            battery.write(*set_point(image, share * image.plant.design.rated_kw), at_us)

    def _found(self) -> list[Plain]:
        plant, truth = self._plant, self._plant.world.truth
        detailed = {battery.image.plant.design.index for battery in plant.batteries.values()}
        return [
            Plain(
                index,
                float(truth.rated_kva[index]),
                _full(float(truth.capacity_kwh[index]), float(truth.rated_kva[index])),
            )
            for index in range(truth.storages.start, truth.storages.stop)
            if index not in detailed and plant.devices.has(Kind.SETPOINT, index) and truth.rated_kva[index] > 0
        ]


def set_point(image: RegisterImage, kw: float) -> tuple[int, list[int]]:
    """Register and values that set the active power (kW, into the network)."""
    block = image.block(MODEL)
    offset, values = registers_for(MODEL, "WSet", WATTS * kw, block.fields, block.words)
    return image.address[MODEL] + offset, values


def _full(capacity_kwh: float, rated_kw: float) -> int:
    return ceil(WINDOW * capacity_kwh / max(rated_kw, 1e-9) - 1e-9)
