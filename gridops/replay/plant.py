"""The plant of a tape: one simulated field in lockstep, that every arm meets alike and acts on by its devices only.

It steps on the tape's grid. In between it can be looked at: switches and protection have acted by then, nothing else
has gone on. Only where something was commanded it is stepped as finely as the arm asks, for as long as `FOLLOWED_S`; so
with no act at all every arm makes the same record, bit for bit, however often it looked.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Final, cast

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.engine.impact.record import RunRecord
from gridops.replay.gate import Gate, GatedBattery, GatedDevices, GatedMicrogrid
from gridops.replay.record import Noted, Recorder
from gridops.replay.response import Response
from gridops.replay.tape import Tape
from gridops.simulator.batteries.image import RegisterImage
from gridops.simulator.field import Field, to_us
from gridops.simulator.instruments import Readings
from gridops.simulator.microgrids.image import ControllerImage
from gridops.simulator.names import Report, silent
from gridops.simulator.sealed import SealedWorld
from gridops.simulator.world import SECOND_US

FOLLOWED_S: Final = 900.0
HEARD_S: Final = 60.0  # beyond a step: a room that writes every step is heard all the time
PUT_UNDER_VOLTAGE_S: Final = 3.0  # from an order to close until a fault trips by it


class Plant:
    """`field`, `world`: to read. To act: `devices`, `batteries`, `microgrids`, `response`; `gate.desk` names who."""

    def __init__(
        self,
        tape: Tape,
        case: NetworkCase,
        *,
        locked: bool = False,
        reads: bool = False,
        report: Report = silent,
    ) -> None:
        """reads: `advance` returns what the instruments send."""
        self.tape, self.case, self.reads = tape, case, reads
        self.begin_us = to_us(tape.begin)
        self.gate = Gate(self.begin_us, locked)
        self.field = Field(case, seed=tape.seed, started_at=tape.begin, report=report, with_batteries=True, sealed=True)
        self.world = cast(SealedWorld, self.field.world)
        self.devices = self.field.devices = GatedDevices(self.field, self.gate)
        plants = self.field.batteries.plants if self.field.batteries else []
        self.batteries = {plant.design.unit: GatedBattery(RegisterImage(plant), self.gate) for plant in plants}
        parts = self.world.microgrids.parts
        self.microgrids = {one.places.unit: GatedMicrogrid(ControllerImage(one), self.gate) for one in parts}
        self.response = Response(tape, case, self.gate)
        self.line_of = {line.mrid: n for n, line in enumerate(case.lines)}
        self.wall_s = 0.0
        self._schedule()
        self._step = 0  # of the grid, that were played
        self.field.play(tape.begin)
        self.first_readings = self.field.read(tape.begin, everything=True) if reads else None
        self.recorder = Recorder(tape, case, self.field)
        self.now = tape.begin

    @property
    def next_grid(self) -> datetime:
        return self.tape.begin + timedelta(seconds=(self._step + 1) * self.tape.step_s)

    @property
    def is_over(self) -> bool:
        return self.now >= self.tape.end

    def since_begin_s(self, at: datetime) -> float:
        return (to_us(at) - self.begin_us) / SECOND_US

    def advance(self, to: datetime) -> list[Readings]:
        """To a time, at most the tape's end; what was read on the way, where the plant reads. Raises ValueError for a
        time before now."""
        if to < self.now:
            raise ValueError(f"The plant stands at {self.now.isoformat()} and cannot go back to {to.isoformat()}.")
        began, told = perf_counter(), []
        to = min(to, self.tape.end)
        while self.now < to:
            at = min(self.next_grid, to)
            self._go(at)
            if self.reads:
                told.append(self.field.read(at))
        self.wall_s += perf_counter() - began
        return told

    def record(self, noted: Noted, planned_kw: np.ndarray | None = None) -> RunRecord:
        """Of the whole tape, once it is over."""
        return self.recorder.finished(
            noted,
            trips=self.world.trips,
            wrong_orders=self.gate.refused + self._under_voltage(),
            switchings=self.gate.switchings,
            response=self.response,
            planned_kw=planned_kw,
        )

    def _go(self, at: datetime) -> None:
        is_grid, at_us = at == self.next_grid, to_us(at)
        self.now = at
        if not is_grid and not self._is_followed(at_us):
            self.field.look(at)
            return
        for unit, written_us in self.gate.written_us.items():
            if at_us - written_us <= (self.tape.step_s + HEARD_S) * SECOND_US:
                self.batteries[unit].image.plant.heard(at_us)
        self.response.tell(self.world, self.field.clock.at(at), at_us)
        state = self.field.play(at)
        demand_kw = self.world.demand_kw(state.profile_time, at_us)
        self.recorder.add(state, at_us, demand_kw=demand_kw, response_kw=self.response.given_kw)
        if is_grid:
            self._step += 1
            self.recorder.close(demand_kw)

    def _is_followed(self, at_us: int) -> bool:
        return self.gate.last_us is not None and at_us - self.gate.last_us <= FOLLOWED_S * SECOND_US

    def _schedule(self) -> None:
        for fault in self.tape.faults:
            befall = partial(
                self._befall, self.line_of[fault.line], is_momentary=fault.is_momentary, work_s=fault.repair_s
            )
            self.world.later(self._at_us(fault.at_s), befall)
        for loss in self.tape.losses:
            points = np.flatnonzero(self.field.table.common_address == loss.station)
            self.world.later(self._at_us(loss.begin_s), self._silence(loss.station, points, is_silent=True))
            self.world.later(self._at_us(loss.end_s), self._silence(loss.station, points, is_silent=False))

    def _befall(self, line: int, at_us: int, *, is_momentary: bool, work_s: float) -> None:
        self.world.befall(line, at_us, is_momentary=is_momentary, work_s=work_s)

    def _silence(self, station: int, points: np.ndarray, *, is_silent: bool) -> Callable[[int], None]:
        def act(_at_us: int) -> None:
            self.field.instruments.is_cut_off[points] = is_silent
            (self.gate.silent_stations.add if is_silent else self.gate.silent_stations.discard)(station)

        return act

    def _at_us(self, since_s: float) -> int:
        return self.begin_us + round(since_s * SECOND_US)

    def _under_voltage(self) -> int:
        """Orders that put a fault under voltage again."""
        window = PUT_UNDER_VOLTAGE_S * SECOND_US
        tripped = [at_us for at_us, _ in self.world.trips]
        return sum(any(0 < at_us - closed <= window for at_us in tripped) for closed in self.gate.closings_us)
