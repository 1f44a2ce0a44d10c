"""A1: competent business as usual, as decision 0080 has frozen it. It uses the same devices as every other arm."""

from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.engine.optimization.reconfiguration.sequence import Move, Step
from gridops.replay.arms.arm import ArmNotes, Options
from gridops.replay.arms.usual_map import Map, map_of, sampled_year, seasonal_mean, usual_hour
from gridops.replay.arms.usual_outages import ManualSwitching
from gridops.replay.arms.usual_parts import PartsByHand
from gridops.replay.arms.usual_settings import best_offset, seasonal_steps
from gridops.replay.arms.usual_storage import ByTheClock
from gridops.replay.plant import Plant
from gridops.replay.tape import DAY_S, Tape
from gridops.simulator.devices import DOUBLE_OFF, DOUBLE_ON, Kind
from gridops.simulator.field import to_us
from gridops.simulator.points import FloatArray
from gridops.simulator.world import SECOND_US

WEEK: Final = timedelta(days=7)
LOSS_SHARE: Final = 0.03  # that a plan of purchases adds
CALLED_ABOVE: Final = 1.0  # of the highest import that is planned
CALL_S: Final = 7200.0
STEP_US: Final = 60 * SECOND_US  # between two operations of the season's switching
DESKS: Final = ("settings", "topology", "storage", "switching", "response", "parts")


class Usual:
    name, reads = "A1", False

    def __init__(self, options: Options) -> None:
        self._has = {desk for desk in DESKS if desk not in options.without}
        self._steps: list[Step] = []
        self._step_due_us = 0
        self._called_day = -1
        self._offset_pu = 0.0
        self._solving_s = 0.0

    def begin(self, plant: Plant) -> None:
        began = perf_counter()
        here = map_of(plant)
        self._switching, self._parts = ManualSwitching(plant, here), PartsByHand(plant)
        self._storage = ByTheClock(plant)
        self._planned_kw = _planned(plant)
        self._make_settings(plant, here)
        self._solving_s += perf_counter() - began
        self._step_due_us = plant.begin_us

    def act(self, plant: Plant, now: datetime) -> datetime | None:
        began, at_us = perf_counter(), to_us(now)
        if self._steps:
            self._switch_for_the_season(plant, at_us)
        if "switching" in self._has:
            self._switching.look(at_us)
        if "parts" in self._has:
            self._parts.look(at_us)
        if "storage" in self._has:
            self._storage.look(at_us)
        if "response" in self._has:
            self._call(plant, now, at_us)
        self._solving_s += perf_counter() - began
        return self._next(plant)

    def end(self, plant: Plant) -> ArmNotes:
        told = {"target_offset_pu": self._offset_pu, "season_steps_left": len(self._steps)}
        noted = self._switching.noted
        noted.crew_s = self._switching.crew_s
        return ArmNotes(noted, self._planned_kw, {"solvers": self._solving_s}, told)

    def _next(self, plant: Plant) -> datetime | None:
        due = [self._switching.due_us(), self._parts.due_us(), self._step_due_us if self._steps else None]
        now_us = to_us(plant.now)
        ahead = [max(each, now_us + SECOND_US) for each in due if each is not None]
        return plant.now + timedelta(microseconds=min(ahead) - now_us) if ahead else None

    def _make_settings(self, plant: Plant, here: Map) -> None:
        world = plant.world
        plant.gate.desk = "settings"
        regulates = world.regulators.is_automatic.copy()
        if "settings" in self._has:
            self._offset_pu = best_offset(
                here, sampled_year(plant), closed=world.switch_closed, tap=world.tap_position,
                regulates=regulates, target_pu=world.regulators.target_pu,
            )  # fmt: skip
        for index in np.flatnonzero(regulates).tolist() if self._offset_pu else ():
            target = float(world.regulators.target_pu[index]) + self._offset_pu
            plant.devices.by_hand(Kind.TARGET, index, target, plant.begin_us)
        if "topology" in self._has:
            mean = seasonal_mean(plant)
            steps = seasonal_steps(
                here, mean, closed=world.switch_closed, tap=world.tap_position, seed=plant.tape.seed
            )  # fmt: skip
            self._steps = list(steps)

    def _switch_for_the_season(self, plant: Plant, at_us: int) -> None:
        if at_us < self._step_due_us or self._switching.is_at_work():
            return
        plant.gate.desk = "topology"
        step = self._steps.pop(0)
        value = DOUBLE_ON if step.move is Move.CLOSE else DOUBLE_OFF
        if plant.devices.by_hand(Kind.SWITCH, step.switch, value, at_us):
            self._steps.clear()  # it cannot be gone on with
        else:
            self._switching.is_normal_now(step.switch, close=step.move is Move.CLOSE)
        self._step_due_us = at_us + STEP_US

    def _call(self, plant: Plant, now: datetime, at_us: int) -> None:
        """Everybody who is enrolled, once a day, when the import comes near the highest that was planned."""
        state, day = plant.field.state, int(plant.since_begin_s(now) // DAY_S)
        if state is None or day == self._called_day:
            return
        import_kw = float(np.nan_to_num(state.grid.source_p_kw[: len(plant.case.sources)]).sum())
        if import_kw > CALLED_ABOVE * float(self._planned_kw.max()) > 0:
            plant.gate.desk, self._called_day = "response", day
            plant.response.call({load.mrid: 1.0 for load in plant.case.loads}, CALL_S, at_us)


def _planned(plant: Plant) -> FloatArray:
    """(T,) kW bought ahead: the same hour a week ago, with a share for losses."""
    begin = plant.tape.begin - WEEK
    rows = [usual_hour(plant, begin + timedelta(seconds=float(since_s))) for since_s in plant.tape.grid_s]
    net = np.array([-float(hour.p_kw.sum()) for hour in rows])
    return np.asarray(net + LOSS_SHARE * np.abs(net))


def make(_tape: Tape, _case: NetworkCase, options: Options) -> Usual:
    return Usual(options)
