"""All microgrids of a field, as the world plays them: which parts live by themselves, and which switches may move."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.microgrids import parts_of
from gridops.engine.network.model import Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.state import GridState
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.microgrids.parts import Microgrid, genset_designs, placed
from gridops.simulator.plants import Plants
from gridops.simulator.points import BoolArray, FloatArray, IntArray

MoveSwitch = Callable[[int, bool, int], None]
Report = Callable[[int, str], None]


class Microgrids:
    """Empty where the batteries are not played in detail: nothing could form an island."""

    def __init__(
        self, case: NetworkCase, batteries: Sequence[BatteryPlant], stores: Plants, seed: int, report: Report
    ) -> None:
        battery = {plant.design.mrid: plant for plant in batteries}
        self._base = stores.network
        self._report = report
        self._at_us = 0
        self.parts = [
            Microgrid(
                placed(case, part, battery[part.forming], unit),
                battery[part.forming],
                genset_designs(case, part),
                stores=stores,
                seed=seed,
                say=partial(self._say, battery[part.forming].design.name),
            )
            for unit, part in enumerate((one for one in parts_of(case) if one.forming in battery), start=1)
        ]
        self.couplings = frozenset(one.places.coupling for one in self.parts)

    # What the world asks.

    @property
    def living(self) -> list[Microgrid]:
        return [one for one in self.parts if one.is_live]

    @property
    def lives(self) -> tuple[bool, ...]:
        return tuple(one.is_live for one in self.parts)

    def network(self) -> Network:
        """The true network with a source wherever a battery forms an island now."""
        if not (living := self.living):
            return self._base
        nodes = [int(self._base.injection_node[one.battery.design.index]) for one in living]
        return replace(self._base, source_node=np.concatenate([self._base.source_node, nodes]).astype(np.int32))

    def voltages(self, base_pu: FloatArray) -> FloatArray:
        return np.concatenate([base_pu, [one.controller.set_voltage_pu for one in self.living]])

    def angles(self, base_deg: FloatArray) -> FloatArray:
        return np.concatenate([base_deg, np.zeros(len(self.living))])

    def refusal(self, switch: int, closed: bool) -> str:
        """Why a switch stays where it is."""
        told = (one.controller.may_close() for one in self.parts if closed and one.places.coupling == switch)
        return next(filter(None, told), "")

    def apart(self) -> IntArray:
        """Injections that the area around does not feel."""
        parts = [np.append(one.places.injections, one.battery.design.index) for one in self.living]
        return np.concatenate([np.zeros(0, np.int32), *parts]).astype(np.int32)

    def cut_loads(self) -> IntArray:
        return np.concatenate([np.zeros(0, np.int32), *(one.dark_loads() for one in self.parts)]).astype(np.int32)

    # What happens.

    def look(
        self,
        switch_closed: BoolArray,
        topology: Topology,
        faulted_nodes: Collection[int],
        *,
        move: MoveSwitch,
        at_us: int,
    ) -> None:
        """Protections and controllers react to where the switches stand. topology: with the sources there were."""
        self._at_us = at_us
        for one in self.parts:
            closed = bool(switch_closed[one.places.coupling])
            self._look_at(one, topology, closed=closed, has_fault=_has_fault(one, topology, faulted_nodes))
            if closed and not one.controller.closed:
                move(one.places.coupling, False, at_us)

    def step(self, p_kw: FloatArray, q_kvar: FloatArray, *, wall_s: float, energy_s: float, grid_hz: float) -> None:
        for one in self.parts:
            one.step(p_kw, q_kvar, wall_s=wall_s, energy_s=energy_s, grid_hz=grid_hz)

    def see(self, grid: GridState) -> None:
        first = len(self._base.source_node)
        place = {id(one): first + n for n, one in enumerate(self.living)}
        for one in self.parts:
            n = place.get(id(one))
            if n is None or n >= len(grid.source_p_kw):
                one.see(grid.voltage_pu, 0.0, 0.0)
            else:
                missing = np.nan_to_num([grid.source_p_kw[n], grid.source_q_kvar[n]])
                one.see(grid.voltage_pu, float(missing[0]), float(missing[1]))

    def _look_at(self, one: Microgrid, topology: Topology, *, closed: bool, has_fault: bool) -> None:
        controller, places = one.controller, one.places
        main = np.isin(topology.island_of_node, topology.island_of_node[self._base.source_node])
        one.grid_live = bool(main[places.outer])
        if controller.closed and not closed:
            if has_fault:
                controller.go_black("a fault inside")
            controller.open_coupling()
        elif closed and not controller.closed:
            if said := controller.may_close():
                controller.go_black(f"it was joined although {said}")
            controller.close_coupling()
        elif controller.is_live and main[places.inner] and not closed:
            controller.go_black("it was joined with the grid elsewhere")
        controller.feel_grid(is_live=one.grid_live, has_fault=has_fault)

    def _say(self, name: str, text: str) -> None:
        self._report(self._at_us, f"microgrid of {name} {text}")


def _has_fault(one: Microgrid, topology: Topology, faulted_nodes: Collection[int]) -> bool:
    """A faulted line hangs together with the part."""
    island = topology.island_of_node
    return any(one.places.is_inside[node] and island[node] == island[one.places.inner] for node in faulted_nodes)
