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
from gridops.simulator.chance import SealedChance
from gridops.simulator.clock import ProfileClock
from gridops.simulator.devices import Devices
from gridops.simulator.instruments import Instruments, Readings, concatenate
from gridops.simulator.microgrids.parts import speaking_generators
from gridops.simulator.names import Report, silent
from gridops.simulator.plan import plan_points
from gridops.simulator.points import Column, FloatArray
from gridops.simulator.relays import FROM, TO
from gridops.simulator.scenarios import Scenario, build_scenario
from gridops.simulator.sealed import SealedWorld
from gridops.simulator.state import CLOSED, OPEN, TrueState, TruthVector
from gridops.simulator.vens.channel import FieldTime
from gridops.simulator.world import SECOND_US, World

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
    microgrids that they can form. `sealed`: chance follows from seed and time alone (`SealedWorld`).
    `loads_follow_voltage`: less is drawn at less voltage (`LoadsByVoltage`).
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
        sealed: bool = False,
        loads_follow_voltage: bool = False,
    ) -> None:
        self.case = case
        self.batteries = Batteries(case, seed) if with_batteries else None
        own = [plant.design.mrid for plant in self.batteries.plants] if self.batteries else ()
        self.table = plan_points(case, seed, without=[*own, *speaking_generators(case, own)])
        self.world = (SealedWorld if sealed else World)(case, seed, report, self.batteries)
        self.world.loads_by_voltage.is_on = loads_follow_voltage
        travels = SealedChance(seed, 5) if sealed else None
        self.devices = Devices(self.world, self.table, self.stuck_draws(), travels)
        self.instruments = Instruments(self.table, np.random.default_rng((seed, 6)), seed if sealed else None)
        self.scenario: Scenario = build_scenario(scenario, self.world, self.table, seed)
        season = self.world.profiles.same_season(started_at)
        self.clock = ProfileClock(started_at, profile_start or self.scenario.begin(season), speed)
        self._vector = TruthVector(self.world.truth.network, self.table)
        self._climate = Climate(case)
        switches = np.flatnonzero(self.table.column == Column.SWITCH_STATE)
        self._point_of_switch = dict(zip(self.table.index[switches].tolist(), switches.tolist(), strict=True))
        self._previous: datetime | None = None
        self._read_us: int | None = None
        self.state: TrueState | None = None
        self.true_values: FloatArray = np.zeros(len(self.table))
        self._schedule(to_us(started_at))

    def step(self, at: datetime, profile_time: datetime | None = None, *, everything: bool = False) -> Readings:
        """Advance to a wall time and return what the instruments send then.

        profile_time: by the field's clock where omitted. everything: each point once, as after an interrogation;
        otherwise what is due and has changed beyond its deadband.
        """
        self.play(at, profile_time)
        return self.read(at, everything=everything)

    def play(self, at: datetime, profile_time: datetime | None = None) -> TrueState:
        """Advance, and read nothing."""
        at_us, moment = to_us(at), profile_time or self.clock.at(at)
        dt_s = self._elapsed(moment)
        self.world.power_scale = self.scenario.power_scale(moment)
        self.state = self.world.step(moment, dt_s, at_us)
        self._previous = moment
        return self.state

    def look(self, at: datetime) -> TrueState:
        """See where switches and protection stand between two steps, without advancing anything else.

        Raises TypeError for a field that is not sealed.
        """
        if not isinstance(self.world, SealedWorld):
            raise TypeError("Only a sealed field can be looked at between its steps.")
        self.state = self.world.look(self.clock.at(at), to_us(at))
        return self.state

    def read(self, at: datetime, *, everything: bool = False) -> Readings:
        """What the instruments send of the state that was played or looked at last. Raises ValueError before that."""
        if self.state is None:
            raise ValueError("The field has not been played yet, so there is nothing to read.")
        at_us = to_us(at)
        previous_us = at_us if self._read_us is None else self._read_us
        self._read_us = at_us
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

    def stuck_draws(self) -> np.random.Generator:
        """From which it is drawn what is stuck or locked."""
        return np.random.default_rng((self.world.seed, 5))

    def told_time(self, now: datetime) -> FieldTime:
        """What the homes are told: the clock, and by how much the scenario's weather is warmer than usual."""
        clock = FieldTime(self.clock.started_at.timestamp(), self.clock.profile_start.timestamp(), self.clock.speed)
        profile_s = np.array([clock.profile_s(now.timestamp())])
        usual = self._climate.at(profile_s)
        changed = self.scenario.weather.changed(profile_s, usual)
        return replace(clock, warmer_c=float((changed.temperature_c - usual.temperature_c)[0]))

    def _elapsed(self, moment: datetime) -> float:
        if self._previous is None:
            return SETTLING_S
        return max((moment - self._previous).total_seconds(), 0.0)

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
