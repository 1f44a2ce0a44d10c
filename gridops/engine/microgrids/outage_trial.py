"""An island played step by step: what it serves, and for how long, when it has to live on its own.

Many courses at once, columns are scenarios. The rule of the island is that of its controller: generators start when
the store is low and follow the load, classes of load are cut from the last priority on when the store falls below
their level or when a step cannot be carried, and come back with a margin. A step that even the critical class outlives
only in part counts by the part, and the hours of a class that is cut end where the store met its level. Powers in kW,
positive; energies in kWh.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

CLASSES = 3  # of load: critical, important, deferrable
TOLERANCE_KW = 1e-6


@dataclass(frozen=True, slots=True)
class Store:
    """All storages of the island as one. Efficiencies of one way; powers at its terminals."""

    capacity_kwh: float
    least_kwh: float
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95

    @property
    def usable_kwh(self) -> float:
        return max(self.capacity_kwh - self.least_kwh, 0.0)


@dataclass(frozen=True, slots=True)
class Units:
    """Generators, in the order in which they start; (G,) each. Fuel in kWh at their terminals, inf: never ends;
    it may be (S, G) by scenario."""

    rated_kw: FloatArray
    least_kw: FloatArray
    fuel_kwh: FloatArray
    is_running: BoolArray
    start_failure: FloatArray  # probability that a start fails; it is not tried again
    failures_per_h: FloatArray  # while running; not repaired within the outage

    def __len__(self) -> int:
        return len(self.rated_kw)


@dataclass(frozen=True, slots=True)
class Policy:
    """Shares of the store's usable energy."""

    shed_below: tuple[float, float, float] = (0.0, 0.0, 0.0)  # by class; above 1: cut from the begin
    back_margin: float = 0.1  # above its level, before a class comes back
    start_below: float = 0.5  # generators
    stop_above: float = 0.8


@dataclass(frozen=True, slots=True)
class Island:
    store: Store
    units: Units
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class Courses:
    """load_kw (T, S, 3) by class, renewable_kw (T, S) as the sun and the wind would give it."""

    load_kw: FloatArray
    renewable_kw: FloatArray
    step_h: float

    @property
    def horizon_h(self) -> float:
        return len(self.load_kw) * self.step_h


@dataclass(frozen=True, slots=True)
class Luck:
    """Uniform numbers, (T, S, G): a start or a step fails where the number is below the probability."""

    start: FloatArray
    run: FloatArray


@dataclass(frozen=True, slots=True)
class Trial:
    """hours (S, 3): until the first want of class 1, of 1 or 2, of any; the horizon where `is_beyond`."""

    hours: FloatArray
    is_beyond: BoolArray
    unserved_kwh: FloatArray  # (S, 3) by class, to the horizon
    fuel_kwh: FloatArray  # (S,) left at the end
    served: BoolArray  # (T, S, 3)


class _Play:
    """The state between steps."""

    def __init__(self, island: Island, courses: Courses, energy_kwh: FloatArray, luck: Luck | None) -> None:
        scenarios, units = courses.load_kw.shape[1], island.units
        store = island.store
        self.island, self.courses, self.luck = island, courses, luck
        self.energy = np.clip(np.broadcast_to(energy_kwh, scenarios), store.least_kwh, store.capacity_kwh)
        self.is_cut = np.zeros((scenarios, CLASSES), np.bool_)
        self.ago = np.zeros((scenarios, CLASSES))  # since the level was met that cuts, in steps
        self.share_before = self._share()
        self.fuel = np.broadcast_to(units.fuel_kwh, (scenarios, len(units))).copy()
        self.is_on = np.broadcast_to(units.is_running, (scenarios, len(units))).copy()
        self.is_broken = np.zeros_like(self.is_on)

    def step(self, at: int) -> tuple[BoolArray, FloatArray]:
        """Which classes have what they ask for (S, 3), and the part of the step that the critical one had it (S,)."""
        store, hours = self.island.store, self.courses.step_h
        load, sun = self.courses.load_kw[at], self.courses.renewable_kw[at]
        share = self._share()
        self._cut_by_level(share)
        held_kw = (self.energy - store.least_kwh) * store.discharge_efficiency / hours
        out_kw = np.minimum(store.discharge_kw, held_kw)
        wanted = np.where(self.is_cut, 0.0, load)
        self._commit(at, share, wanted.sum(axis=1) - sun, out_kw)
        room = np.where(self.is_on, np.minimum(self.island.units.rated_kw, self.fuel / hours), 0.0)
        most = sun + room.sum(axis=1) + out_kw
        served = ~self.is_cut & (np.cumsum(wanted, axis=1) <= most[:, None] + TOLERANCE_KW)
        part = self._part(load[:, 0], sun + room.sum(axis=1), held_kw, served[:, 0])
        draw = np.where(served, load, 0.0).sum(axis=1)
        self._balance(draw, sun, room)
        self._drain(part, served[:, 0])
        self.is_cut |= ~served
        return served | (load <= TOLERANCE_KW), part

    def _share(self) -> FloatArray:
        store = self.island.store
        if store.usable_kwh <= 0:
            return np.zeros(len(self.energy))
        return np.asarray((self.energy - store.least_kwh) / store.usable_kwh)

    def _cut_by_level(self, share: FloatArray) -> None:
        level = np.asarray(self.island.policy.shed_below)
        back = share[:, None] >= level + self.island.policy.back_margin
        # without a store the level says nothing: whoever can be carried is
        back |= self.island.store.usable_kwh <= 0
        is_below = share[:, None] < level - 1e-9
        fell = np.maximum(self.share_before - share, 1e-12)[:, None]
        self.ago = np.where(is_below & ~self.is_cut, np.clip((level - share[:, None]) / fell, 0.0, 1.0), 0.0)
        self.is_cut = (self.is_cut & ~back) | is_below
        self.share_before = share

    def _commit(self, at: int, share: FloatArray, need: FloatArray, out_kw: FloatArray) -> None:
        """Which generators run: as many, in their order, as the need asks for while the store is low or too weak."""
        units, policy, hours = self.island.units, self.island.policy, self.courses.step_h
        running = self.is_on.any(axis=1) if len(units) else np.zeros(len(share), np.bool_)
        is_low = (share < policy.start_below) | (running & (share < policy.stop_above)) | (need > out_kw)
        covered = np.zeros(len(share))
        for unit in range(len(units)):
            able = ~self.is_broken[:, unit] & (self.fuel[:, unit] > TOLERANCE_KW)
            asked = able & is_low & (need > TOLERANCE_KW) & (covered < need)
            if self.luck is not None:
                breaks = self.luck.run[at, :, unit] < 1.0 - np.exp(-units.failures_per_h[unit] * hours)
                fails = self.luck.start[at, :, unit] < units.start_failure[unit]
                broken = asked & np.where(self.is_on[:, unit], breaks, fails)
                self.is_broken[:, unit] |= broken
                asked = asked & ~broken
            self.is_on[:, unit] = asked
            covered += np.where(asked, units.rated_kw[unit], 0.0)

    def _part(self, critical: FloatArray, given: FloatArray, held_kw: FloatArray, is_served: BoolArray) -> FloatArray:
        """Of the step; 0 where the power alone is too little."""
        short = critical - given
        strong = short <= self.island.store.discharge_kw + TOLERANCE_KW
        part = np.where(strong & ~self.is_cut[:, 0], held_kw / np.maximum(short, TOLERANCE_KW), 0.0)
        return np.where(is_served, 1.0, np.clip(part, 0.0, 1.0))

    def _balance(self, draw: FloatArray, sun: FloatArray, room: FloatArray) -> None:
        """Generators follow what sun and wind leave; the store takes the rest, what it cannot take is not made."""
        store, hours = self.island.store, self.courses.step_h
        left = draw - sun
        for unit in range(len(self.island.units)):
            least = np.minimum(self.island.units.least_kw[unit], room[:, unit])
            gives = np.clip(left, least, room[:, unit])
            self.fuel[:, unit] -= gives * hours
            left = left - gives
        charge = np.clip(-left, 0.0, store.charge_kw) * store.charge_efficiency
        discharge = np.maximum(left, 0.0) / store.discharge_efficiency
        self.energy = np.clip(self.energy + (charge - discharge) * hours, store.least_kwh, store.capacity_kwh)

    def _drain(self, part: FloatArray, is_served: BoolArray) -> None:
        """What the critical class had for a part of the step has emptied the store."""
        self.energy = np.where(~is_served & (part > 0), self.island.store.least_kwh, self.energy)


def stand_alone(island: Island, courses: Courses, energy_kwh: FloatArray, luck: Luck | None = None) -> Trial:
    """Play the courses to their end. energy_kwh (S,) stored at the begin; luck None: generators never fail."""
    steps, scenarios, _ = courses.load_kw.shape
    play = _Play(island, courses, energy_kwh, luck)
    hours = np.full((scenarios, CLASSES), np.inf)
    unserved = np.zeros((scenarios, CLASSES))
    served = np.ones((steps, scenarios, CLASSES), np.bool_)
    for at in range(steps):
        ok, part = play.step(at)
        served[at] = ok
        lived = np.zeros((scenarios, CLASSES))
        lived[:, 0] = np.where(ok[:, 0], 1.0, part)
        ends = np.maximum(at + lived - play.ago, 0.0) * courses.step_h
        hours = np.where(~ok & ~np.isfinite(hours), ends, hours)
        unserved += np.where(ok, 0.0, courses.load_kw[at] * (1.0 - lived)) * courses.step_h
    hours = np.minimum.accumulate(hours, axis=1)
    is_beyond = ~np.isfinite(hours)
    fuel = np.maximum(play.fuel, 0.0).sum(axis=1)
    return Trial(np.where(is_beyond, courses.horizon_h, hours), is_beyond, unserved, fuel, served)


def no_units() -> Units:
    """Of a microgrid without generators."""
    none = np.zeros(0)
    return Units(none, none, none, np.zeros(0, np.bool_), none, none)
