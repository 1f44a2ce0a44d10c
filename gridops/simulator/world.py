"""The true world: positions, taps, set-points and faults, and the power flow that follows from them."""

import heapq
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count

import numpy as np
import numpy.typing as npt

from gridops.cases.case import NetworkCase
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import PowerFlowResult
from gridops.simulator import names
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.chance import Chance
from gridops.simulator.fault_current import fault_flow
from gridops.simulator.faults import LineFault, draw_fault
from gridops.simulator.frequency import Frequency
from gridops.simulator.microgrids.fleet import Microgrids
from gridops.simulator.names import Report, silent
from gridops.simulator.plants import Plants
from gridops.simulator.points import BoolArray, FloatArray, IntArray
from gridops.simulator.profiles import Profiles, SealedUnrest, Unrest
from gridops.simulator.protection import Protection
from gridops.simulator.reclosing import Reclosing
from gridops.simulator.regulation import NEXT_DELAY_S, VoltageRegulators
from gridops.simulator.relays import FROM, TO, Relays
from gridops.simulator.state import TrueState
from gridops.simulator.supply import SupplyBook
from gridops.simulator.truth import build_truth
from gridops.simulator.vens.channel import HomesInField
from gridops.simulator.voltage_response import LoadsByVoltage

TRIP_TIME_S = (0.15, 0.6)
LOAD_UNREST, GENERATION_UNREST = 0.03, 0.04
UNREST_MEMORY_S = 600.0
MOST_TAP_ROUNDS = 6
SECOND_US = 1_000_000


class World:
    """Devices and protection act in wall time (UTC microseconds), profiles and regulators in profile time."""

    def __init__(
        self, case: NetworkCase, seed: int, report: Report = silent, batteries: Batteries | None = None
    ) -> None:
        self.case, self.seed = case, seed
        self.report = report
        self.truth = build_truth(case, seed)
        self.profiles = Profiles(case)
        self.protection = Protection(self.truth.network, self.truth.interrupts)
        self.regulators = VoltageRegulators(self.truth)
        self.plants = Plants(self.truth)
        self.loads_by_voltage = LoadsByVoltage(self.truth, seed)
        self.frequency = Frequency(seed)
        self.batteries = batteries  # those that are played in detail
        self.microgrids = Microgrids(case, batteries.plants if batteries else [], self.plants, seed, report)
        self.homes = HomesInField(case)
        self.switch_closed: BoolArray = self.truth.switch_closed.copy()
        self.switch_travelling: BoolArray = np.zeros(len(self.switch_closed), dtype=np.bool_)
        self.switch_moved_us: npt.NDArray[np.int64] = np.zeros(len(self.switch_closed), dtype=np.int64)
        self.tap_position: IntArray = self.truth.tap_position.copy()
        self.moves: list[tuple[int, bool, int]] = []  # of switches in the last step: which, closed, when
        self.relays = Relays(self.truth, seed)
        self.faults: dict[int, LineFault] = {}  # by line
        self._befallen: dict[int, int] = {}
        self._reclosing = Reclosing(self.truth, seed)
        self.power_scale: FloatArray = np.ones(self.truth.n_injections)  # set by scenarios
        sigma = np.where(np.arange(self.truth.n_injections) < len(case.loads), LOAD_UNREST, GENERATION_UNREST)
        self._trips = Chance(np.random.default_rng((seed, 3)))
        self._unrest: Unrest | SealedUnrest = Unrest(sigma, UNREST_MEMORY_S, np.random.default_rng((seed, 4)))
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._topology: Topology | None = None
        self._living: tuple[bool, ...] = ()
        self._solver: PowerFlow | None = None
        self._clearing: set[int] = set()
        self._solved: PowerFlowResult | None = None
        self._stepped_us: int | None = None
        self._wished: tuple[FloatArray, FloatArray] | None = None  # with supply everywhere
        self.supply = SupplyBook(self.truth.network.injection_node[self.truth.loads])
        self.supply.has_supply = self.topology.node_energised[self.truth.network.injection_node[self.truth.loads]]

    def later(self, at_us: int, act: Callable[[int], None]) -> None:
        """Do something at a wall time: in the step that reaches it, with that time as its own."""
        heapq.heappush(self._due, (at_us, next(self._order), act))

    def move_switch(self, index: int, closed: bool, at_us: int) -> None:
        self.switch_travelling[index] = False
        self.switch_closed[index] = closed
        self.switch_moved_us[index] = at_us
        self.moves.append((index, closed, at_us))
        if closed:
            self._reclosing.note_closing(index, at_us)
        self._topology = None

    def start_travel(self, index: int, at_us: int) -> None:
        self.switch_travelling[index] = True
        self.switch_moved_us[index] = at_us

    @property
    def faulted_lines(self) -> set[int]:
        return set(self.faults)

    def fault(self, line: int, at_us: int, *, is_momentary: bool = False) -> None:
        number = self._befallen.get(line, 0)
        self._befallen[line] = number + 1
        self.faults[line] = draw_fault(line, seed=self.seed, number=number, is_momentary=is_momentary)
        self.report(at_us, f"fault on {self.case.lines[line].name}")
        self._protect(at_us)

    def repair(self, line: int, at_us: int) -> None:
        self.faults.pop(line, None)
        for index in self.truth.hidden_switches_of(line):
            self.move_switch(index, True, at_us)
        self.report(at_us, f"{self.case.lines[line].name} repaired")

    @property
    def topology(self) -> Topology:
        if self._topology is None or self._living != self.microgrids.lives:
            self._living = self.microgrids.lives
            self._topology = resolve(self.microgrids.network(), self.switch_closed)
            self._solver = None
        return self._topology

    def step(self, profile_time: datetime, dt_s: float, at_us: int) -> TrueState:
        """Advance by dt_s of profile time, up to the wall time at_us, and solve."""
        self._catch_up(at_us)
        self._work(dt_s, at_us)
        self._react(at_us)
        self.relays.rest(self.topology.node_energised, at_us)
        wall_s = 0.0 if self._stepped_us is None else (at_us - self._stepped_us) / SECOND_US
        self._stepped_us = at_us
        p_kw, q_kvar = self._injections(profile_time, dt_s, at_us, wall_s)
        grid = self._regulated(p_kw, q_kvar, dt_s)
        p_kw, q_kvar = self.loads_by_voltage.drawn(p_kw, q_kvar)
        self.microgrids.see(grid)
        return self._seen(profile_time, grid, p_kw, q_kvar)

    def _catch_up(self, at_us: int) -> None:
        """What is due by then, one after the other."""
        self.moves = []
        while self._due and self._due[0][0] <= at_us:
            due_us, _, act = heapq.heappop(self._due)
            act(due_us)
            self._react(due_us)

    def _seen(self, profile_time: datetime, grid: PowerFlowResult, p_kw: FloatArray, q_kvar: FloatArray) -> TrueState:
        return TrueState(
            profile_time=profile_time,
            grid=grid,
            node_energised=self.topology.node_energised,
            switch_closed=self.switch_closed.copy(),
            switch_travelling=self.switch_travelling.copy(),
            tap_position=self.tap_position.copy(),
            p_kw=p_kw,
            q_kvar=q_kvar,
            frequency_hz=self.frequency.hz,
            indicator_from=self.relays.shows[FROM].copy(),
            indicator_to=self.relays.shows[TO].copy(),
            fault_ka=self.relays.ka.copy(),
            fault_reactance_ohm=self.relays.reactance_ohm.copy(),
            target_pu=self.regulators.target_pu.copy(),
        )

    def trip_plant(self, index: int, at_us: int, *, back: bool = False) -> None:
        self.plants.is_tripped[index] = not back
        self.report(at_us, f"{self.element_name(index)} {'is back' if back else 'has tripped'}")

    def _react(self, at_us: int) -> None:
        """Relays and controllers to where the switches stand now; the meters feel what comes of it."""
        self._protect(at_us)
        faulted = self.truth.network.lines.from_node[sorted(self.faults)].tolist()
        self.microgrids.look(self.switch_closed, self.topology, faulted, move=self.move_switch, at_us=at_us)
        self.supply.note(self.topology.node_energised, at_us, cut=self.microgrids.cut_loads())

    def _protect(self, at_us: int) -> None:
        """Every fault that has supply is seen by its breakers, and cleared a little later."""
        for line in sorted(self.faulted_lines - self._clearing):
            if self.topology.node_energised[self.truth.network.lines.from_node[line]]:
                self._clearing.add(line)
                delay_s = self._trips.of(line, at_us).uniform(*TRIP_TIME_S)
                self.later(at_us + int(delay_s * SECOND_US), partial(self._trip, line))

    def _trip(self, line: int, at_us: int) -> None:
        self._clearing.discard(line)
        fault = self.faults.get(line)
        if fault is None:
            return
        opened = self.protection.clear(line, self.switch_closed)
        self._measure(fault, opened, at_us)
        for index in opened.tolist():
            self.move_switch(index, False, at_us)
            self.report(at_us, f"trip of {self.switch_name(index)}: fault on {self.case.lines[line].name}")
        if fault.is_momentary and len(opened):
            del self.faults[line]
        for index in opened.tolist():
            pause_s = self._reclosing.pause_s(index, at_us)
            if pause_s is not None:
                self.later(at_us + int(pause_s * SECOND_US), partial(self._reclose, index, at_us))

    def _measure(self, fault: LineFault, opened: npt.NDArray[np.intp], at_us: int) -> None:
        """By relays and indicators, while the current still flows."""
        if not len(opened):
            return
        flow = fault_flow(
            self.truth.network,
            self.switch_closed,
            fault.line,
            at=fault.at,
            resistance_ohm=fault.resistance_ohm,
            through=opened,
            two_phase=fault.two_phase,
        )
        self.relays.see(flow, opened, at_us)

    def _reclose(self, index: int, tripped_us: int, at_us: int) -> None:
        """Unless somebody else has moved it since."""
        if self.switch_travelling[index] or self.switch_closed[index] or self.switch_moved_us[index] != tripped_us:
            return
        if self.microgrids.refusal(index, True):
            return
        self.move_switch(index, True, at_us)
        self.report(at_us, f"{self.switch_name(index)} closed again by itself")

    def _work(self, dt_s: float, at_us: int) -> None:
        """Crews work on a line while it is dead, in profile time."""
        for line, fault in list(self.faults.items()):
            if not self.topology.node_energised[self.truth.network.lines.from_node[line]]:
                fault.work_s -= dt_s
                if fault.work_s <= 0:
                    self.repair(line, at_us)

    def element_name(self, index: int) -> str:
        return names.element_name(self.case, index)

    def switch_name(self, index: int) -> str:
        return names.switch_name(self.case, index)

    def _injections(
        self, profile_time: datetime, dt_s: float, at_us: int, wall_s: float
    ) -> tuple[FloatArray, FloatArray]:
        factor_p, factor_q = self.profiles.factors(profile_time)
        unrest = self._unrest.step(dt_s, at_us) * self.power_scale
        p_kw = self.plants.apply(self.plants.within_rating(factor_p * unrest) * self.truth.p_kw, dt_s)
        supplied = self.topology.node_energised[self.truth.network.injection_node]
        q_kvar = self.plants.reactive(p_kw, self.truth.q_kvar * factor_q * unrest)
        self.homes.apply(p_kw, q_kvar, at_us)
        self._answer(p_kw, supplied, wall_s, at_us)
        self.microgrids.step(p_kw, q_kvar, wall_s=wall_s, energy_s=dt_s, grid_hz=self.frequency.hz)
        supplied = self.topology.node_energised[self.truth.network.injection_node]
        if self.batteries is not None:
            self.batteries.step(p_kw, q_kvar, profile_time=profile_time, dt_s=dt_s, at_us=at_us, supplied=supplied)
        self._wished = (p_kw, q_kvar)
        return np.where(supplied, p_kw, 0.0), np.where(supplied, q_kvar, 0.0)

    def _answer(self, p_kw: FloatArray, supplied: BoolArray, wall_s: float, at_us: int) -> None:
        """The frequency goes on, and the plants answer it and their voltages."""
        own = self.batteries.plants if self.batteries is not None else []
        plants = [plant for plant in own if plant.forming_kw is None]
        balance = np.where(supplied, p_kw, 0.0)
        for plant in plants:
            balance[plant.design.index] = plant.planned_kw
        balance[self.microgrids.apart()] = 0.0
        self.frequency.step(wall_s, float(balance.sum()), plants, at_us)
        if self.batteries is not None and self._solved is not None:
            self.batteries.see(self._solved.voltage_pu, self.truth.network.injection_node, wall_s)

    def _regulated(self, p_kw: FloatArray, q_kvar: FloatArray, dt_s: float) -> PowerFlowResult:
        """Solve, and let the tap changers act as often as the step is long."""
        grid = self._solve(p_kw, q_kvar)
        self.regulators.wait(grid.voltage_pu, dt_s)
        for _ in range(min(MOST_TAP_ROUNDS, max(1, int(dt_s / NEXT_DELAY_S)))):
            tap_position = self.regulators.steps(grid.voltage_pu, self.tap_position)
            if np.array_equal(tap_position, self.tap_position):
                break
            self.tap_position = tap_position
            grid = self._solve(p_kw, q_kvar)
        return grid

    def _solve(self, p_kw: FloatArray, q_kvar: FloatArray) -> PowerFlowResult:
        topology = self.topology
        if self._solver is None:
            self._solver = PowerFlow(self.microgrids.network(), topology)
        result = self.loads_by_voltage.solve(
            self._solver,
            p_kw=p_kw,
            q_kvar=q_kvar,
            tap_position=self.tap_position,
            source_voltage_pu=self.microgrids.voltages(self.truth.source_voltage_pu),
            source_angle_deg=self.microgrids.angles(self.truth.source_angle_deg),
        )
        if result.converged or self._solved is None:
            self._solved = result
        return self._solved  # a collapse is not played: the last state that held stays
