"""A3: whoever knows the whole tape beforehand, on the same plant through the same devices. The ceiling.

It is the best that the engines of GridOps find when nothing is uncertain and nobody needs time to notice or to agree;
it is not a proof that nothing could be better.
"""

from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from gridops.cases.case import NetworkCase
from gridops.engine.impact.rates import Rates
from gridops.replay.arms.arm import ArmNotes, Options
from gridops.replay.arms.foresight_faults import Switching, back_to, lasting_faults, restoring
from gridops.replay.arms.foresight_future import Future, future_of
from gridops.replay.arms.foresight_storage import Programme, programme, set_battery, stores_of
from gridops.replay.arms.foresight_voltage import voltage_wishes
from gridops.replay.arms.usual_map import Map, map_of
from gridops.replay.arms.usual_settings import seasonal_steps
from gridops.replay.plant import Plant
from gridops.replay.record import Noted
from gridops.replay.tape import Tape
from gridops.simulator.devices import DOUBLE_OFF, DOUBLE_ON, Kind
from gridops.simulator.field import to_us

CLEARED_S: Final = 4.0  # by then relays and reclosing have done what they do
SWITCH_S: Final = 3.0  # from one operation to the next
REPLAN_S: Final = 6 * 3600.0
HOUR_S: Final = 3600.0
SOON_S: Final = 1e-3  # a nearer instant is now: times go in microseconds
KEPT: Final = 1e-3  # of the rating: a set-point is told again where it moves by more


class Foresight:
    name, reads = "A3", False
    _here: Map
    _future: Future

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._noted, self._rates = Noted(), Rates()
        self._queue: list[Switching] = []
        self._planned_for: frozenset[int] = frozenset()
        self._wake_s = sorted(_instants(tape))
        self._programme: Programme | None = None
        self._next_plan_s = self._next_hour_s = 0.0
        self._solving_s = 0.0

    def begin(self, plant: Plant) -> None:
        began = perf_counter()
        self._here, self._future = map_of(plant), future_of(plant)
        world = plant.world
        self._base = world.switch_closed.copy()
        self._first = {store.index: store.charge for store in stores_of(plant)}
        mean = self._future.mean(0.0, self._tape.end_s)
        steps = seasonal_steps(self._here, mean, closed=self._base, tap=world.tap_position, seed=self._tape.seed)
        stuck = plant.devices.stuck | plant.devices.locked
        if not stuck.intersection(step.switch for step in steps):
            for step in steps:
                closes = bool(not self._base[step.switch])
                self._queue.append((step.switch, closes, False))
                self._base[step.switch] = closes
        self._solving_s += perf_counter() - began

    def act(self, plant: Plant, now: datetime) -> datetime | None:
        """After each advance: faults first, then what is due by the clock."""
        since_s, at_us = plant.since_begin_s(now), to_us(now)
        self._faults(plant, since_s)
        self._plan_stores(plant, since_s)
        if not self._planned_for and not self._queue:
            self._hourly(plant, since_s, at_us)
        self._stores(plant, since_s, at_us)
        if self._queue and self._switch(plant, since_s, at_us):
            return now + timedelta(seconds=SWITCH_S)
        return self._next(now, since_s)

    def end(self, _plant: Plant) -> ArmNotes:
        return ArmNotes(self._noted, wall_s={"solvers": self._solving_s})

    def _faults(self, plant: Plant, since_s: float) -> None:
        faults = lasting_faults(plant)
        if faults == self._planned_for:
            return
        began = perf_counter()
        fresh, self._planned_for = faults - self._planned_for, faults
        for number, fault in enumerate(self._tape.faults):
            line = plant.line_of[fault.line]
            if line in fresh and fault.at_s <= since_s:
                self._noted.detected_s.setdefault(number, fault.at_s)
                self._noted.isolated_s.setdefault(number, since_s)  # unless a switch has to part it, below
        if faults:
            self._queue = restoring(plant, self._here, self._future, faults, self._base)
        else:
            self._queue = back_to(plant, self._here, self._base)
        self._solving_s += perf_counter() - began

    def _switch(self, plant: Plant, since_s: float, at_us: int) -> bool:
        """The next operation; whether there may be more to do."""
        world = plant.world
        if world.switch_travelling.any():
            return True
        while self._queue:
            switch, close, isolates = self._queue.pop(0)
            if bool(world.switch_closed[switch]) == close:
                continue
            plant.gate.desk = "incidents"
            value = DOUBLE_ON if close else DOUBLE_OFF
            said = plant.devices.by_hand(Kind.SWITCH, switch, value, at_us)
            if said and close:
                self._queue.clear()  # what follows was meant for other positions
            if isolates and not said:
                self._isolated(plant, since_s + SWITCH_S)
            return True
        return False

    def _isolated(self, plant: Plant, since_s: float) -> None:
        for number, fault in enumerate(self._tape.faults):
            if plant.line_of[fault.line] in self._planned_for and number in self._noted.isolated_s:
                self._noted.isolated_s[number] = since_s

    def _hourly(self, plant: Plant, since_s: float, at_us: int) -> None:
        if since_s < self._next_hour_s:
            return
        self._next_hour_s = (since_s // HOUR_S + 1) * HOUR_S
        began = perf_counter()
        hour = self._future.mean(since_s, self._next_hour_s)
        stored = self._programme.mean(since_s, self._next_hour_s) if self._programme else {}
        wishes = voltage_wishes(plant, self._here, hour, stored)
        self._solving_s += perf_counter() - began
        plant.gate.desk = "optimization"
        for wish in wishes:
            plant.devices.by_hand(wish.kind, wish.index, wish.value, at_us)

    def _plan_stores(self, plant: Plant, since_s: float) -> None:
        if since_s < self._next_plan_s:
            return
        began = perf_counter()
        self._next_plan_s = since_s + REPLAN_S
        self._programme = programme(plant, self._future, since_s, first=self._first, rates=self._rates)
        self._solving_s += perf_counter() - began

    def _stores(self, plant: Plant, since_s: float, at_us: int) -> None:
        """Plants that speak for themselves are told at every step of the grid, or they go back to their programme."""
        if self._programme is None:
            return
        plant.gate.desk = "storage"
        for store, kw in self._programme.at(since_s):
            if store.unit:
                self._tell(plant, store.unit, kw, at_us)
            elif not abs(plant.world.plants.setpoint_kw[store.index] - kw) <= KEPT * store.kw:
                plant.devices.by_hand(Kind.SETPOINT, store.index, -kw, at_us)

    def _tell(self, plant: Plant, unit: int, kw: float, at_us: int) -> None:
        one = plant.batteries[unit].image.plant
        if one.forming_kw is None and one.is_connected and not one.refusal(kw):
            set_battery(plant.batteries[unit], kw, at_us)

    def _next(self, now: datetime, since_s: float) -> datetime | None:
        while self._wake_s and self._wake_s[0] <= since_s + SOON_S:
            self._wake_s.pop(0)
        return now + timedelta(seconds=self._wake_s[0] - since_s) if self._wake_s else None


def _instants(tape: Tape) -> list[float]:
    """A little after each fault, and a little after it is mended."""
    return [at_s for fault in tape.faults for at_s in (fault.at_s + CLEARED_S, fault.at_s + fault.repair_s + CLEARED_S)]


def make(tape: Tape, _case: NetworkCase, _options: Options) -> Foresight:
    return Foresight(tape)
