"""The homes played twice, with and without what they were asked for, by the same people and the same weather.

The difference is what the calls did to the field, to the watt: the truth that no meter tells.
"""

from copy import deepcopy
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.simulator.points import FloatArray
from gridops.simulator.vens.household import Households
from gridops.simulator.vens.orders import Orders
from gridops.simulator.vens.surroundings import STEP_S, Surroundings
from gridops.simulator.vens.town import Town

WARM_UP_S = 36 * 3600  # from any start, the homes are where they would have been


@dataclass(frozen=True, slots=True)
class Step:
    """kW by home over the step that ends at unix_s (profile time)."""

    unix_s: float
    free_kw: FloatArray
    called_kw: FloatArray
    discomfort_k: FloatArray


class Fleet:
    """Moves by whole steps of profile time, from its start on."""

    def __init__(self, case: NetworkCase, town: Town, *, seed: int, clock: ZoneInfo, start_s: float) -> None:
        self.town = town
        self._around = Surroundings(case, town, seed, clock)
        self._none = Orders.none(len(town))
        self.free = self.called = Households(town)
        self._is_alone = True
        self.begin_at(start_s)

    def begin_at(self, start_s: float) -> None:
        """Be where the homes would be at that profile time, had nobody asked them for anything."""
        self.unix_s = float((start_s - WARM_UP_S) // STEP_S * STEP_S)
        while self.unix_s < start_s:
            self.go_on()

    def go_on(self) -> FloatArray:
        """A step of a past without calls, kW by home."""
        kw = self.free.step(self._around.at(self.unix_s), self._none).total_kw
        self.unix_s += STEP_S
        self._is_alone = True
        return kw

    def step(self, orders: Orders, *, warmer_c: float = 0.0) -> Step:
        now = self._around.at(self.unix_s, warmer_c=warmer_c)
        if self._is_alone:
            self.called, self._is_alone = deepcopy(self.free), False
        free, called = self.free.step(now, self._none), self.called.step(now, orders)
        self.unix_s += STEP_S
        return Step(self.unix_s, free.total_kw, called.total_kw, called.discomfort_k)

    def by_load(self, by_home: FloatArray) -> dict[str, float]:
        """Summed over the homes of each consumer."""
        names, place = np.unique(self.town.load_mrid, return_inverse=True)
        sums = np.bincount(place, by_home)
        return dict(zip(names.tolist(), sums.tolist(), strict=True))
