"""One microgrid of the field: its controller among the elements of the true network."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.microgrids import Part, parts_of, tank_kwh
from gridops.cases.priorities import load_priorities
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.microgrids.clouds import Clouds
from gridops.simulator.microgrids.controller import Controller
from gridops.simulator.microgrids.genset import Genset, GensetDesign
from gridops.simulator.microgrids.standing import Around
from gridops.simulator.microgrids.windows import sync_window
from gridops.simulator.plants import Plants
from gridops.simulator.points import BoolArray, FloatArray, IntArray

MOST_LOSSES = 0.1  # of the load: what is missing beyond is no loss


@dataclass(frozen=True, slots=True)
class Places:
    """Positions in the true network. `loads` by priority 1, 2, 3; `rest` are storages that nobody plays in detail, and
    `first_storage` is the position of the case's first one."""

    unit: int
    name: str
    coupling: int
    coupling_mrid: str
    inner: int
    outer: int
    is_inside: BoolArray  # nodes
    loads: tuple[IntArray, IntArray, IntArray]
    plants: IntArray
    generators: IntArray
    rest: IntArray
    first_storage: int
    feeding: tuple[int, ...]

    @property
    def injections(self) -> IntArray:
        return np.concatenate([*self.loads, self.plants, self.generators, self.rest])


class Microgrid:
    def __init__(
        self,
        places: Places,
        battery: BatteryPlant,
        designs: list[GensetDesign],
        *,
        stores: Plants,
        seed: int,
        say: Callable[[str], None],
    ) -> None:
        generator = np.random.default_rng((seed, 91, places.unit))
        self.places, self.battery = places, battery
        self.gensets = [Genset(one, generator) for one in designs]
        rated_kva = battery.design.rated_kw + sum(one.rated_kw for one in designs)
        self.controller = Controller(
            rated_kw=battery.design.rated_kw, gensets=self.gensets, window=sync_window(rated_kva), say=say
        )
        self.clouds = Clouds(generator)
        self.grid_live, self.grid_voltage_pu, self.inner_voltage_pu = True, 1.0, 1.0
        self.rest_kw: FloatArray = np.zeros(len(places.rest))
        self._stores = stores
        self._losses_kw = 0.0
        self._kvar = 0.0

    @property
    def rest_soc(self) -> FloatArray:
        """Of the storages that nobody plays in detail, 0 to 1."""
        return np.asarray(self._stores.charge[self.places.rest])

    @property
    def is_live(self) -> bool:
        return self.controller.is_live

    def step(
        self,
        p_kw: FloatArray,
        q_kvar: FloatArray,
        *,
        wall_s: float,
        energy_s: float,
        grid_hz: float,
    ) -> None:
        """p_kw and q_kvar (per injection) give way to what its members really do."""
        places, one = self.places, self.controller
        share = self.clouds.step(wall_s, energy_s)
        p_kw[places.plants] *= share
        one.step(wall_s, energy_s, self._around(p_kw, grid_hz))
        q_kvar[places.plants] *= share
        if one.is_live:
            p_kw[places.plants] *= one.swing.plant_share
        for number, loads in enumerate(places.loads, start=1):
            factor = one.swing.load_factor if one.is_live else 1.0
            kept = 0.0 if number > len(places.loads) - one.shed else factor
            p_kw[loads] *= kept
            q_kvar[loads] *= bool(kept)
        self.rest_kw = p_kw[places.rest] * one.has_voltage
        p_kw[places.generators] = [genset.p_kw for genset in self.gensets]
        self._form(q_kvar)

    def see(self, voltage_pu: FloatArray, missing_kw: float, missing_kvar: float) -> None:
        """Voltages as they were solved, and what the source of the island gave beyond the battery's own power."""
        self.grid_voltage_pu = float(np.nan_to_num(voltage_pu[self.places.outer]))
        self.inner_voltage_pu = float(np.nan_to_num(voltage_pu[self.places.inner]))
        most = MOST_LOSSES * max(self.controller.load_kw, 0.0)
        self._losses_kw = float(np.clip(self._losses_kw + missing_kw, 0.0, most)) if self.is_live else 0.0
        self._kvar = self._kvar + missing_kvar if self.is_live else 0.0

    def dark_loads(self) -> IntArray:
        """Those that are cut."""
        return np.concatenate([self.places.loads[-1][:0], *self.places.loads[len(self.places.loads) - self._shed :]])

    @property
    def _shed(self) -> int:
        return self.controller.shed

    def _around(self, p_kw: FloatArray, grid_hz: float) -> Around:
        places = self.places
        critical, important, deferrable = (max(-float(p_kw[loads].sum()), 0.0) for loads in places.loads)
        return Around(
            load_kw=(critical, important, deferrable),
            plants_kw=float(p_kw[places.plants].sum()),
            limits_kw=self.battery.limits_kw,
            battery_kw=self.battery.p_kw,
            soc=float(self.battery.management.soc.mean()),
            losses_kw=self._losses_kw - float(p_kw[places.rest].sum()),
            grid_live=self.grid_live,
            grid_hz=grid_hz,
            grid_voltage_pu=self.grid_voltage_pu,
            inner_voltage_pu=self.inner_voltage_pu if self.is_live and self.inner_voltage_pu else None,
        )

    def _form(self, q_kvar: FloatArray) -> None:
        battery, is_live = self.battery, self.is_live
        battery.forming_kw = self.controller.battery_kw if is_live else None
        if is_live:
            q_kvar[battery.design.index] = self._kvar - float(q_kvar[self.places.injections].sum())
        battery.answers.hz = self.controller.hz


def placed(case: NetworkCase, part: Part, battery: BatteryPlant, unit: int) -> Places:
    node = {one.mrid: n for n, one in enumerate(case.nodes)}
    switch = {one.mrid: n for n, one in enumerate(case.switches)}
    is_inside = np.zeros(len(case.nodes), np.bool_)
    is_inside[[node[one] for one in part.nodes]] = True
    first, after = len(case.loads), len(case.loads) + len(case.generators)
    inside = [one for one in case.loads if one.node in part.nodes]
    priority = load_priorities({one.mrid: one.p_kw for one in inside})
    number = {one.mrid: n for n, one in enumerate(case.loads)}
    by_priority = [[number[one.mrid] for one in inside if priority[one.mrid] == level] for level in (1, 2, 3)]
    units = [n for n, one in enumerate(case.generators) if one.node in part.nodes]
    return Places(
        unit=unit,
        name=battery.design.name,
        coupling=switch[part.coupling],
        coupling_mrid=part.coupling,
        inner=node[part.inner_node],
        outer=node[part.outer_node],
        is_inside=is_inside,
        loads=(_ints(by_priority[0]), _ints(by_priority[1]), _ints(by_priority[2])),
        plants=_ints([first + n for n in units if case.generators[n].mrid != part.generator]),
        generators=_ints([first + n for n in units if case.generators[n].mrid == part.generator]),
        rest=_ints(
            [after + n for n, one in enumerate(case.storages) if one.node in part.nodes and one.mrid != part.forming]
        ),
        first_storage=after,
        feeding=tuple(switch[one] for one in part.feeding),
    )


def speaking_generators(case: NetworkCase, plants: Collection[str]) -> list[str]:
    """mRIDs of those whose values come from a microgrid's controller; plants: batteries that are played in detail."""
    return [part.generator for part in parts_of(case) if part.forming in plants]


def genset_designs(case: NetworkCase, part: Part) -> list[GensetDesign]:
    return [
        GensetDesign(one.mrid, one.name, one.rated_s_kva, tank_kwh(one.rated_s_kva))
        for one in case.generators
        if one.mrid == part.generator
    ]


def _ints(values: list[int]) -> IntArray:
    return np.array(values, np.int32)
