"""Homes in lock step, day by day: what their meters say, and beside it what nobody else knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.climate import Climate
from gridops.simulator.points import FloatArray
from gridops.simulator.profiles import Profiles
from gridops.simulator.vens.crowd import Crowd
from gridops.simulator.vens.documents import read_event
from gridops.simulator.vens.fleet import Fleet
from gridops.simulator.vens.surroundings import STEP_S
from gridops.simulator.vens.town import draw_town
from gridops.simulator.weather_service import by_calendar

CLOCK = ZoneInfo("Europe/Berlin")
QUARTER_S, SLOTS = 900, 96
DAY_STEPS, SLOT_STEPS = 86_400 // STEP_S, QUARTER_S // STEP_S
LEVEL = "SIMPLE"


@dataclass(frozen=True)
class Stage:
    """Quarters of an hour of the local day, first to before end; who is asked."""

    first: int
    end: int
    level: int
    homes: Sequence[int]


@dataclass(frozen=True)
class Day:
    """Mean kW by home and quarter of an hour (M, 96): with the calls that came, and as it would have been."""

    metered_kw: FloatArray
    free_kw: FloatArray
    temperature_c: FloatArray
    out: frozenset[int]  # who refused or gave up


class ResponseWorld:
    """Days without the change of the clock only: 96 quarters each."""

    def __init__(self, case: NetworkCase, *, seed: int, homes: int, first: date) -> None:
        self.town = draw_town(case, seed, homes)
        self.crowd = Crowd(self.town, seed)
        self.today = first
        self._told, self._climate = by_calendar(Profiles(case).year), Climate(case)
        self._fleet = Fleet(case, self.town, seed=seed, clock=CLOCK, start_s=self._profile_s(0))

    def play(self, stages: Sequence[Stage] = ()) -> Day:
        """The day that comes next. Stages are OpenADR events that the homes read."""
        if abs(self._profile_s(0) - self._fleet.unix_s) > STEP_S / 2:
            self._fleet.begin_at(self._profile_s(0))
        for home in range(len(self.town)):
            shown = [read_event(self._document(n, one), 0.0) for n, one in enumerate(stages) if home in one.homes]
            self.crowd.learn(home, [one for one in shown if one is not None])
        begin = min((one.first for one in stages), default=SLOTS) * SLOT_STEPS
        free, called = np.empty((2, DAY_STEPS, len(self.town)))
        for step in range(DAY_STEPS):
            if step < begin:
                free[step] = called[step] = self._fleet.go_on()
                continue
            wall_s = self._wall_s(step)
            found = self._fleet.step(self.crowd.orders(wall_s))
            self.crowd.feel(found.discomfort_k, wall_s, STEP_S)
            free[step], called[step] = found.free_kw, found.called_kw
        day = Day(_slots(called), _slots(free), self.temperature(), self._out())
        self.today += timedelta(days=1)
        return day

    def _wall_s(self, step: int) -> float:
        midnight = datetime.combine(self.today, time(), CLOCK)
        return midnight.astimezone(UTC).timestamp() + step * STEP_S

    def _profile_s(self, step: int) -> float:
        return float(self._told(np.array([self._wall_s(step)]))[0])

    def temperature(self) -> FloatArray:
        """Of the day that comes next, as a good forecast has it."""
        walls = np.array([self._wall_s(n * SLOT_STEPS) for n in range(SLOTS)])
        return np.asarray(self._climate.at(self._told(walls)).temperature_c)

    def _out(self) -> frozenset[int]:
        answers = ((n, one) for n, home in enumerate(self.crowd.homes) for one in home.answers.values())
        today = self._wall_s(0)
        return frozenset(n for n, one in answers if one.is_out and one.event.begin_s >= today)

    def _document(self, number: int, stage: Stage) -> dict[str, object]:
        start = datetime.fromtimestamp(self._wall_s(stage.first * SLOT_STEPS), UTC).isoformat()
        payload = {"type": LEVEL, "values": [stage.level]}
        return {
            "id": f"{self.today}-{number}",
            "programID": "study",
            "intervalPeriod": {"start": start, "duration": "PT15M"},
            "intervals": [{"id": n, "payloads": [payload]} for n in range(stage.end - stage.first)],
            "reportDescriptors": [{"payloadType": "USAGE"}],
        }


def _slots(by_step: FloatArray) -> FloatArray:
    return np.asarray(by_step.reshape(SLOTS, SLOT_STEPS, -1).mean(axis=1).T)
