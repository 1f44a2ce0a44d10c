"""GridOps as it ships, beside a plant: prepared once, then instant by instant of the tape."""

import asyncio
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection

from apps.telemetry.models import Gateway
from gridops.cycle import SCHEDULE
from gridops.replay.arms.arm import ArmNotes, Options
from gridops.replay.living.acts import noted
from gridops.replay.living.clock import TapeClock
from gridops.replay.living.duties import Duties
from gridops.replay.living.people import People
from gridops.replay.living.preparing import Preparing, folder_of
from gridops.replay.living.purchases import planned_kw
from gridops.replay.living.registers import BATTERIES, MICROGRIDS, ModbusLink
from gridops.replay.living.schedule import TapeSchedule
from gridops.replay.living.surroundings import Surroundings
from gridops.replay.living.wire import FieldLink, carried_out
from gridops.replay.plant import Plant

LOOK_S: Final = 2.0  # the period of the scans
FINE_FOR: Final = timedelta(minutes=3)  # after a switch has moved: a feeder is settled, its restoration proposed
GATEWAY: Final = "field"
# Programs of their own that speak to the room over the network, and the room's own housekeeping: not in a run.
LEFT_OUT: Final = (
    "apps.telemetry.tasks.keep_partitions", "apps.telemetry.tasks.read_storage",
    "apps.telemetry.tasks.order_closed_days", "apps.telemetry.tasks.forget_receipts", "apps.state.tasks.thin_",
    "apps.live.", "apps.pipelines.", "apps.openadr.", "apps.demand_response.", "apps.resilience.tasks.learn_readings",
    "apps.resilience.tasks.look_for_threats", "apps.resilience.tasks.look_for_echoes",
)  # fmt: skip
TASKS_OF_DESK: Final = {
    "storage": "apps.storage.",
    "renewables": "apps.renewables.",
    "microgrid-schedule": "apps.microgrids.tasks.schedule_microgrids",
}


class Room:
    def __init__(self, plant: Plant, options: Options, *, has_past: bool = True) -> None:
        self._plant, self._options, self._has_past = plant, options, has_past
        self._clock, self._loop = TapeClock(), asyncio.new_event_loop()
        self._people = People(plant.tape, options.without)
        self._fine_until = plant.tape.begin
        self._is_busy = False
        self._posted_at = plant.tape.begin
        self._stands = self._switches()
        self._wall_s = 0.0
        self._instants = 0

    def open(self) -> None:
        """Prepared as every site is, on the tape's first instant."""
        began, tape = perf_counter(), self._plant.tape
        self._clock.begin(tape.begin)
        zone = ZoneInfo(settings.TIME_ZONE)
        self._around = Surroundings(
            self._plant.field, tape.seed, weather=folder_of("weather"), market=folder_of("market"), clock=zone
        )
        Preparing(self._plant.field, self._around, has_past=self._has_past).prepare()
        self._people.switch_on(tape.begin)
        self._link = FieldLink(Gateway.objects.get(name=GATEWAY), self._plant)
        beside = Gateway.objects.filter(name__in=(BATTERIES, MICROGRIDS)).order_by("name")
        self._modbus = [ModbusLink(gateway, self._plant) for gateway in beside]
        without = [*LEFT_OUT, *(TASKS_OF_DESK[desk] for desk in self._options.without if desk in TASKS_OF_DESK)]
        self._duties = Duties(TapeSchedule(SCHEDULE, begin=tape.begin, without=without), without=self._options.without)
        self._prepared_s = perf_counter() - began

    def act(self, now: datetime) -> datetime:
        """When it wants to look again: soon, since what trips is told at once; in between it only listens."""
        stands = self._switches()
        has_moved = not np.array_equal(stands, self._stands)
        if has_moved:
            self._stands, self._fine_until = stands, now + FINE_FOR
        if has_moved or self._is_busy or now <= self._fine_until or self._is_on_grid(now):
            self._instant(now)
        return now + timedelta(seconds=LOOK_S)

    def close(self) -> ArmNotes:
        told = {
            "instants": self._instants, "decided_by_a_person": self._people.decided,
            "prepared_s": round(self._prepared_s, 1), "failures": dict(self._duties.failures),
            "refused": {name: count for link in self._modbus for name, count in link.refused.items()},
            "seconds": self._duties.dearest(),
        }  # fmt: skip
        tape, wall_s = self._plant.tape, {"services": self._wall_s}
        notes = ArmNotes(noted=noted(tape), planned_kw=planned_kw(tape), wall_s=wall_s, told=told)
        connection.close()
        self._clock.end()
        self._loop.close()
        return notes

    def _instant(self, now: datetime) -> None:
        began = perf_counter()
        self._clock.move(now)
        if now - self._posted_at >= timedelta(minutes=5):
            self._around.post(now)
            self._posted_at = now
        self._link.hand_over(everything=not self._instants)
        for link in self._modbus:
            self._loop.run_until_complete(link.hear())
        self._instants += 1
        self._duties.look(now)
        self._duties.work(now)
        self._people.decide(now)
        for commander in (self._link.commander, *(link.commander for link in self._modbus)):
            self._loop.run_until_complete(carried_out(commander))
        self._is_busy = self._duties.is_busy()
        self._wall_s += perf_counter() - began

    def _is_on_grid(self, now: datetime) -> bool:
        return (now - self._plant.tape.begin).total_seconds() % self._plant.tape.step_s == 0

    def _switches(self) -> "np.ndarray":
        return self._plant.world.switch_closed.copy()
