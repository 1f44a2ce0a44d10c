"""The field in lock-step, without a wire: give it a time, get the readings, and see the truth beside them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from gridops.cases.case import NetworkCase
from gridops.cases.climate import Climate
from gridops.engine.timeseries.quality import Quality
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.clock import ProfileClock
from gridops.simulator.devices import Devices
from gridops.simulator.instruments import Instruments, Readings, concatenate
from gridops.simulator.microgrids.parts import speaking_generators
from gridops.simulator.plan import plan_points
from gridops.simulator.points import Column, FloatArray
from gridops.simulator.relays import FROM, TO
from gridops.simulator.scenarios import Scenario, build_scenario
from gridops.simulator.state import CLOSED, OPEN, TrueState, TruthVector
from gridops.simulator.vens.channel import FieldTime
from gridops.simulator.world import SECOND_US, Report, World, silent

SETTLING_S = 900.0  # before the first step the regulators have found their positions
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(at: datetime) -> int:
    delta = at - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND_US + delta.microseconds


class Field:
    """One simulated field.

    `table` names the points and `true_values` what perfect instruments would have read, one per point. `state` is the
    truth of the last step: its arrays begin with the case's elements in their order (loads, generators and storages
    are one list of injections); hidden nodes and switches, if the case has no breakers, follow at the end.
    `with_batteries`: the largest storages are played in detail and speak for themselves, see `batteries`, and so do the
    microgrids that they can form.
    """

    def __init__(
        self,
        case: NetworkCase,
        *,
        seed: int = 1,
        scenario: str = "normal",
        speed: float = 1.0,
        started_at: datetime,
        profile_start: datetime | None = None,
        report: Report = silent,
        with_batteries: bool = False,
    ) -> None:
        self.case = case
        self.batteries = Batteries(case, seed) if with_batteries else None
        own = [plant.design.mrid for plant in self.batteries.plants] if self.batteries else ()
        self.table = plan_points(case, seed, without=[*own, *speaking_generators(case, own)])
        self.world = World(case, seed, report, self.batteries)
        self.devices = Devices(self.world, self.table, np.random.default_rng((seed, 5)))
        self.instruments = Instruments(self.table, np.random.default_rng((seed, 6)))
        self.scenario: Scenario = build_scenario(scenario, self.world, self.table, seed)
        season = self.world.profiles.same_season(started_at)
        self.clock = ProfileClock(started_at, profile_start or self.scenario.begin(season), speed)
        self._vector = TruthVector(self.world.truth.network, self.table)
        self._climate = Climate(case)
        switches = np.flatnonzero(self.table.column == Column.SWITCH_STATE)
        self._point_of_switch = dict(zip(self.table.index[switches].tolist(), switches.tolist(), strict=True))
        self._previous: tuple[int, datetime] | None = None
        self.state: TrueState | None = None
        self.true_values: FloatArray = np.zeros(len(self.table))
        self._schedule(to_us(started_at))

    def step(self, at: datetime, profile_time: datetime | None = None, *, everything: bool = False) -> Readings:
        """Advance to a wall time and return what the instruments send then.

        profile_time: by the field's clock where omitted. everything: each point once, as after an interrogation;
        otherwise what is due and has changed beyond its deadband.
        """
        at_us, moment = to_us(at), profile_time or self.clock.at(at)
        previous_us, dt_s = self._elapsed(at_us, moment)
        self.world.power_scale = self.scenario.power_scale(moment)
        self.state = self.world.step(moment, dt_s, at_us)
        self._previous = (at_us, moment)
        self.true_values = self._vector.values(self.state)
        readings = self.instruments.read(self.true_values, self._tags(previous_us, at_us), everything=everything)
        return concatenate([self._passed(readings), readings])

    def _passed(self, last: Readings) -> Readings:
        """Switches that moved more than once within a step tell each of their moves, in order."""
        moves = Counter(index for index, _, _ in self.world.moves)
        told = set(zip(last.point.tolist(), last.at_us.tolist(), strict=True))
        rows = [
            (self._point_of_switch[index], CLOSED if closed else OPEN, at_us)
            for index, closed, at_us in self.world.moves
            if moves[index] > 1 and index in self._point_of_switch
        ]
        rows = [row for row in rows if (row[0], row[2]) not in told and not self.instruments.is_cut_off[row[0]]]
        if not rows:
            return concatenate([])
        point, value, at_us = zip(*rows, strict=True)
        quality = np.full(len(rows), int(Quality.GOOD), np.uint16)
        return Readings(np.array(point, np.int32), np.array(value, float), quality, np.array(at_us, np.int64))

    def told_time(self, now: datetime) -> FieldTime:
        """What the homes are told: the clock, and by how much the scenario's weather is warmer than usual."""
        clock = FieldTime(self.clock.started_at.timestamp(), self.clock.profile_start.timestamp(), self.clock.speed)
        profile_s = np.array([clock.profile_s(now.timestamp())])
        usual = self._climate.at(profile_s)
        changed = self.scenario.weather.changed(profile_s, usual)
        return replace(clock, warmer_c=float((changed.temperature_c - usual.temperature_c)[0]))

    def _elapsed(self, at_us: int, moment: datetime) -> tuple[int, float]:
        if self._previous is None:
            return at_us, SETTLING_S
        return self._previous[0], max((moment - self._previous[1]).total_seconds(), 0.0)

    def _tags(self, previous_us: int, at_us: int) -> npt.NDArray[np.int64]:
        """Time tag per point: now, but its own moment for what moved or saw something within the step."""
        tags = np.full(len(self.table), at_us, dtype=np.int64)
        relays = self.world.relays
        for column, happened_us in (
            (Column.SWITCH_STATE, self.world.switch_moved_us),
            (Column.LINE_SHOWS_FROM, relays.shown_us[FROM]),
            (Column.LINE_SHOWS_TO, relays.shown_us[TO]),
            (Column.SWITCH_FAULT_CURRENT, relays.measured_us),
            (Column.SWITCH_FAULT_REACTANCE, relays.measured_us),
        ):
            points = np.flatnonzero(self.table.column == column)
            moment_us = happened_us[self.table.index[points]]
            tags[points] = np.where(moment_us > previous_us, moment_us, at_us)
        return tags

    def _schedule(self, started_us: int) -> None:
        for event in self.scenario.events:
            act = self.scenario.action(event, self.world, self.instruments)
            self.world.later(started_us + int(event.offset_s * SECOND_US), act)
