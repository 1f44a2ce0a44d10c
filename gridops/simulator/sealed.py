"""A world in which chance follows from the seed and the time alone, for plays that are compared with each other."""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from gridops.cases.case import NetworkCase
from gridops.engine.powerflow.state import PowerFlowResult
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.chance import SealedChance
from gridops.simulator.crews import Crews
from gridops.simulator.faults import LineFault
from gridops.simulator.frequency import Frequency
from gridops.simulator.microgrids.clouds import Clouds
from gridops.simulator.names import Report, silent
from gridops.simulator.points import FloatArray
from gridops.simulator.profiles import SealedUnrest
from gridops.simulator.reclosing import Reclosing
from gridops.simulator.relays import Relays
from gridops.simulator.state import TrueState
from gridops.simulator.world import GENERATION_UNREST, LOAD_UNREST, UNREST_MEMORY_S, World


class SealedWorld(World):
    """Wall time and profile time go alike."""

    def __init__(
        self, case: NetworkCase, seed: int, report: Report = silent, batteries: Batteries | None = None
    ) -> None:
        super().__init__(case, seed, report, batteries)
        sigma = np.where(np.arange(self.truth.n_injections) < len(case.loads), LOAD_UNREST, GENERATION_UNREST)
        self._unrest = SealedUnrest(sigma, UNREST_MEMORY_S, seed)
        self._trips = SealedChance(seed, 3)
        self._reclosing = Reclosing(self.truth, seed, sealed=True)
        self.relays = Relays(self.truth, seed, sealed=True)
        self.frequency = Frequency(seed, sealed=True)
        self.crews = Crews(self)
        self.trips: list[tuple[int, int]] = []  # when, and for which line
        for one in self.microgrids.parts:
            one.clouds = Clouds(np.random.default_rng((seed, 92, one.places.unit)), exact=True)

    def befall(self, line: int, at_us: int, *, is_momentary: bool, work_s: float) -> None:
        """A fault with the work that it takes."""
        self.fault(line, at_us, is_momentary=is_momentary)
        self.faults[line].work_s = work_s

    def step(self, profile_time: datetime, dt_s: float, at_us: int) -> TrueState:
        self._draw_from(at_us)
        state = super().step(profile_time, dt_s, at_us)
        self._react(at_us)  # what the controllers of microgrids did within the step
        return state

    def look(self, profile_time: datetime, at_us: int) -> TrueState:
        """Between two steps: switches and protection have acted, nothing else has gone on, and none is held up."""
        self._catch_up(at_us)
        self.relays.rest(self.topology.node_energised, at_us)
        supplied, kept = self.topology.node_energised[self.truth.network.injection_node], self._solved
        p_kw, q_kvar = (np.where(supplied, each, 0.0) for each in self._wished or self._nothing())
        grid = self._solve(p_kw, q_kvar)
        self._solved = kept
        return self._seen(profile_time, grid, p_kw, q_kvar)

    def demand_kw(self, profile_time: datetime, at_us: int) -> FloatArray:
        """(injections,) what all would do with supply and unasked, into the network; not for a time before."""
        factor, _ = self.profiles.factors(profile_time)
        unrest = self._unrest.step(0.0, at_us) * self.power_scale
        return np.asarray(self.plants.within_rating(factor * unrest) * self.truth.p_kw)

    def solved(self) -> PowerFlowResult | None:
        return self._solved

    def _nothing(self) -> tuple[FloatArray, FloatArray]:
        return np.zeros(self.truth.n_injections), np.zeros(self.truth.n_injections)

    def _draw_from(self, at_us: int) -> None:
        """All that draws within a step does so from generators of this instant."""
        for plant in self.batteries.plants if self.batteries else []:
            plant.management.draw_from(np.random.default_rng((self.seed, 41, plant.design.unit, at_us)))
        for one in self.microgrids.parts:
            for number, genset in enumerate(one.gensets):
                genset.draw_from(np.random.default_rng((self.seed, 91, one.places.unit, number, at_us)))

    def _injections(
        self, profile_time: datetime, dt_s: float, at_us: int, wall_s: float
    ) -> tuple[FloatArray, FloatArray]:
        self.plants.keeps_charge = self.topology.node_energised[self.truth.network.injection_node]
        return super()._injections(profile_time, dt_s, at_us, wall_s)

    def _work(self, dt_s: float, at_us: int) -> None:
        """The crews keep their own time."""

    def _react(self, at_us: int) -> None:
        super()._react(at_us)
        self.crews.note(at_us)

    def _measure(self, fault: LineFault, opened: npt.NDArray[np.intp], at_us: int) -> None:
        super()._measure(fault, opened, at_us)
        if len(opened):
            self.trips.append((at_us, fault.line))
            self.crews.tripped(fault.line, opened.tolist(), at_us)
