"""Outages by hand: calls, a crew, ties one after the other, and back to normal when the line is mended.

Every draw belongs to the fault: whoever plays the tape meets the same calls and the same ways.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.network.topology import resolve
from gridops.engine.reliability.cold_load import pickup_factor
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.problem import FaultedGrid
from gridops.engine.reliability.restoration.sections import Sections, sections_of
from gridops.replay.arms.by_hand import DETECTION_MIN, SWITCHING_MIN, best_tie, isolated
from gridops.replay.arms.usual_map import Map
from gridops.replay.plant import Plant
from gridops.replay.record import Noted
from gridops.simulator.devices import DOUBLE_OFF, DOUBLE_ON, Kind
from gridops.simulator.world import SECOND_US

MINUTE_US: Final = 60 * SECOND_US
BETWEEN_US: Final = 10 * SECOND_US  # from the last opening to the first closing
SECONDS_BY_HAND: Final = 1800.0
WORK: Final = "manual switching"


class Stage(Enum):
    CALLED = auto()  # a crew is on its way
    PARTED = auto()  # the fault is parted; what was tripped is about to be closed
    FEEDING = auto()  # ties, one after the other
    WAITING = auto()  # for the repair
    BACK = auto()  # the line is mended and fed; the ties are about to be opened
    OVER = auto()


@dataclass(slots=True)
class Outage:
    number: int  # of the fault in the tape
    line: int
    draws: np.random.Generator
    due_us: int
    stage: Stage = Stage.CALLED
    tripped: tuple[int, ...] = ()
    opened: list[int] = field(default_factory=list)  # by the crew
    tied: list[int] = field(default_factory=list)
    to_close: list[int] = field(default_factory=list)


class ManualSwitching:
    """`look` whenever the arm is called; `due_us` is when it wants to be called."""

    def __init__(self, plant: Plant, here: Map) -> None:
        self._plant, self._map = plant, here
        self._numbers = {plant.line_of[fault.line]: n for n, fault in enumerate(plant.tape.faults)}
        self._seen = 0  # trips
        self._outages: dict[int, Outage] = {}
        self._normal = plant.world.truth.switch_closed.copy()
        self._owed_closings: set[int] = set()  # of faults that are over, kept back by one that stands
        self._owed_openings: set[int] = set()
        self.noted = Noted()
        self.crew_s = 0.0  # on the way to switches

    def due_us(self) -> int | None:
        waiting = [one.due_us for one in self._outages.values() if one.stage is not Stage.WAITING]
        return min(waiting, default=None)

    def is_normal_now(self, switch: int, *, close: bool) -> None:
        """The season's open points: what is opened for them is nothing that has tripped."""
        self._normal[switch] = close

    def is_at_work(self) -> bool:
        return bool(self._outages)

    def look(self, at_us: int) -> None:
        self._hear()
        for one in list(self._outages.values()):
            if one.line not in self._plant.world.faults and one.stage not in (Stage.PARTED, Stage.BACK):
                self._go_back(one, at_us)
            elif one.due_us <= at_us and one.stage is not Stage.WAITING:
                self._work(one, at_us)
            if one.stage is Stage.OVER:
                del self._outages[one.number]

    def _hear(self) -> None:
        """Customers call of what went dark and stays dark."""
        world = self._plant.world
        for at_us, line in world.trips[self._seen :]:
            number = self._numbers.get(line, -1)
            if number >= 0 and line in world.faults and number not in self._outages and self._is_felt(at_us):
                draws = self._plant.tape.draws("manual switching", number)
                detected_us = at_us + round(draws.uniform(*DETECTION_MIN) * MINUTE_US)
                self.noted.detected_s.setdefault(number, self._since_s(detected_us))
                arrived_us = detected_us + self._way_us(draws)
                self._outages[number] = Outage(number, line, draws, arrived_us)
        self._seen = len(world.trips)

    def _is_felt(self, at_us: int) -> bool:
        return any(change.at_us >= at_us and not change.has_supply for change in self._plant.world.supply.after(0))

    def _way_us(self, draws: np.random.Generator) -> int:
        way_us = round(draws.uniform(*SWITCHING_MIN) * MINUTE_US)
        self.crew_s += way_us / SECOND_US
        return way_us

    def _work(self, one: Outage, at_us: int) -> None:
        if one.stage is Stage.CALLED:
            self._part(one, at_us)
        elif one.stage is Stage.PARTED:
            self._close_again(one, at_us)
        elif one.stage is Stage.BACK:
            self._open_ties(one, at_us)
        else:
            self._feed(one, at_us)

    def _part(self, one: Outage, at_us: int) -> None:
        """Open the switches about the fault; what was tripped is closed when they are open."""
        world, grid = self._plant.world, self._grid(one)
        sections = sections_of(grid)
        tripped = tuple(np.flatnonzero(self._normal & ~world.switch_closed & grid.can_operate).tolist())
        one.tripped = self._ours(tripped, sections)
        wanted = isolated(sections, Checker(sections), one.tripped)
        one.opened = [
            n for n in np.flatnonzero(world.switch_closed & ~wanted).tolist() if self._order(n, at_us, close=False)
        ]
        one.to_close = np.flatnonzero(wanted & ~world.switch_closed).tolist()
        one.stage, one.due_us = Stage.PARTED, at_us + BETWEEN_US

    def _ours(self, tripped: tuple[int, ...], sections: Sections) -> tuple[int, ...]:
        """Of what protection opened, that which hangs together with this fault's part when it is closed."""
        closed = sections.grid.switch_closed.copy()
        closed[list(tripped)] = True
        group = sections.groups(closed)
        faulty = set(group[sections.faulted].tolist())
        return tuple(n for n in tripped if int(group[sections.end_a[n]]) in faulty)

    def _close_again(self, one: Outage, at_us: int) -> None:
        """Unless a switch failed to open: then the part waits for the repair."""
        stuck = [n for n in one.opened if self._plant.world.switch_closed[n]]
        if stuck:
            one.stage = Stage.WAITING
            return
        self.noted.isolated_s.setdefault(one.number, self._since_s(at_us))
        for switch in one.to_close:
            self._order(switch, at_us, close=True)
        one.stage, one.due_us = Stage.FEEDING, at_us + self._way_us(one.draws)

    def _feed(self, one: Outage, at_us: int) -> None:
        sections = sections_of(self._grid(one))
        tie = best_tie(sections, Checker(sections), self._plant.world.switch_closed)
        if tie is None:
            one.stage = Stage.WAITING
            return
        if self._order(tie, at_us, close=True):
            one.tied.append(tie)
        one.due_us = at_us + self._way_us(one.draws)

    def _go_back(self, one: Outage, at_us: int) -> None:
        """The crew that mended the line stands there: it closes what was opened; the ties follow."""
        self._owed_closings |= set() if one.stage is Stage.CALLED else {*one.opened, *one.tripped}
        self._owed_closings = self._left(self._owed_closings, at_us, close=True)
        one.stage, one.due_us = Stage.BACK, at_us + BETWEEN_US

    def _open_ties(self, one: Outage, at_us: int) -> None:
        self._owed_openings = self._left(self._owed_openings | set(one.tied), at_us, close=False)
        one.stage = Stage.OVER

    def _left(self, owed: set[int], at_us: int, *, close: bool) -> set[int]:
        """Operate them, but none that puts a known fault under voltage or takes somebody's supply: these are left."""
        world, network, left = self._plant.world, self._map.network, set[int]()
        known = {one.line for one in self._outages.values()} & set(world.faults)
        dangerous = network.lines.from_node[sorted(known)]
        closed, live = world.switch_closed.copy(), world.topology.node_energised
        for switch in sorted(owed):
            if closed[switch] == close:
                continue
            closed[switch] = close
            after = resolve(network, closed).node_energised
            if (after & ~live)[dangerous].any() or (live & ~after)[network.injection_node].any():
                closed[switch] = not close
                left.add(switch)
            else:
                live = after
                self._order(switch, at_us, close=close)
        return left

    def _order(self, switch: int, at_us: int, *, close: bool) -> bool:
        plant = self._plant
        plant.gate.desk = WORK
        said = plant.devices.by_hand(Kind.SWITCH, switch, DOUBLE_ON if close else DOUBLE_OFF, at_us)
        return not said

    def _grid(self, one: Outage) -> FaultedGrid:
        """With the loads as they are now, those in the dark raised by what they lost."""
        plant, here, world = self._plant, self._map, self._plant.world
        p_kw, q_kvar = self._loads_now()
        lines = np.array(sorted(world.faults), np.int32)
        return FaultedGrid(
            network=here.network,
            switch_closed=world.switch_closed.copy(),
            tap_position=world.tap_position,
            source_voltage_pu=here.source_voltage_pu,
            faulted_lines=lines if one.line in world.faults else np.append(lines, one.line).astype(np.int32),
            faulted_nodes=np.zeros(0, np.int32),
            can_operate=here.may_operate,
            seconds=np.full(len(here.may_operate), SECONDS_BY_HAND),
            p_kw=p_kw[None],
            q_kvar=q_kvar[None],
            customers=here.customers.astype(np.int32),
            weight=np.ones(len(here.customers)),
            rest_hours=np.ones(1),
            low_pu=here.low_pu,
            high_pu=here.high_pu,
            closed_before=plant.world.truth.switch_closed,
        )

    def _loads_now(self) -> tuple[np.ndarray, np.ndarray]:
        plant, world = self._plant, self._plant.world
        truth = world.truth
        moment = plant.field.clock.at(plant.now)
        factor_p, factor_q = world.profiles.factors(moment)
        scale = plant.field.scenario.power_scale(moment)
        is_load = np.arange(truth.n_injections) < len(plant.case.loads)
        live: BoolArray = world.topology.node_energised[truth.network.injection_node]
        raised = np.where(live, 1.0, float(pickup_factor(1.0, 0.0))) * is_load * scale
        return truth.p_kw * factor_p * raised, truth.q_kvar * factor_q * raised

    def _since_s(self, at_us: int) -> float:
        return (at_us - self._plant.begin_us) / SECOND_US
