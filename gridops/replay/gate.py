"""The one way in which an arm acts: through the field's devices and registers, seen, counted, and shut on a placebo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gridops.cases.case import Generator, Load, Storage
from gridops.engine.impact.run import Act
from gridops.simulator.batteries.image import RegisterImage
from gridops.simulator.chance import SealedChance
from gridops.simulator.devices import DOUBLE_ON, Devices, Kind
from gridops.simulator.field import Field
from gridops.simulator.microgrids.image import ControllerImage
from gridops.simulator.world import SECOND_US

LOCKED = "the actuators are locked: it is a placebo"
SILENT = "the station does not answer"


@dataclass(slots=True)
class Gate:
    """`desk`: on whose behalf the arm acts now. `refused`: by the plant, not by the lock."""

    begin_us: int
    locked: bool
    desk: str = ""
    acts: list[Act] = field(default_factory=list)
    refused: int = 0
    switchings: int = 0
    last_us: int | None = None  # of what was taken
    closings_us: list[int] = field(default_factory=list)
    silent_stations: set[int] = field(default_factory=set)
    written_us: dict[int, int] = field(default_factory=dict)  # battery units that were written to

    def through(
        self, act: Callable[[], str], *, kind: str, element: str, value: str, at_us: int, is_new: bool = True
    ) -> str:
        """Do it, if anything may be done; a text says why not. is_new: otherwise it only says again what holds."""
        if self.locked:
            return LOCKED
        said = act()
        if said:
            self.refused += 1
            return said
        if not is_new:
            return ""
        self.last_us = at_us
        self.acts.append(Act((at_us - self.begin_us) / SECOND_US, kind, element, value, self.desk))
        return ""


class GatedDevices(Devices):
    """What the wire reaches (`execute`), and what somebody does who stands beside it (`by_hand`)."""

    def __init__(self, of: Field, gate: Gate) -> None:
        super().__init__(of.world, of.table, of.stuck_draws(), SealedChance(of.world.seed, 5))
        self._gate = gate
        self._at = {(unit.kind, unit.index): unit for unit in self.controllables}
        self._told = {(unit.common_address, unit.ioa): unit for unit in self.controllables}

    def execute(self, common_address: int, ioa: int, value: float, at_us: int) -> str:
        unit = self._told.get((common_address, ioa))
        if unit is not None and common_address in self._gate.silent_stations:
            return SILENT
        act = super().execute
        return self._through(
            lambda: act(common_address, ioa, value, at_us), (unit.kind, unit.index) if unit else None, value, at_us
        )

    def by_hand(self, kind: Kind, index: int, value: float, at_us: int) -> str:
        """Without the wire; only what takes commands."""
        unit, act = self._at.get((kind, index)), super().execute
        if unit is None:
            return "no such device"
        return self._through(lambda: act(unit.common_address, unit.ioa, value, at_us), (kind, index), value, at_us)

    def has(self, kind: Kind, index: int) -> bool:
        return (kind, index) in self._at

    def _through(self, act: Callable[[], str], unit: tuple[Kind, int] | None, value: float, at_us: int) -> str:
        kind, index = unit or (None, -1)
        said = self._gate.through(
            act, kind=str(kind or "unknown"), element=self._name(kind, index), value=f"{value:g}", at_us=at_us
        )
        if not said and kind is Kind.SWITCH:
            self._gate.switchings += 1
            if value == DOUBLE_ON:
                self._gate.closings_us.append(at_us)
        return said

    def _name(self, kind: Kind | None, index: int) -> str:
        case = self._world.case
        if kind is Kind.SWITCH:
            return case.switches[index].mrid
        if kind is Kind.TAP:
            return case.transformers[index].mrid
        elements: list[Load | Generator | Storage] = [*case.loads, *case.generators, *case.storages]
        return "" if kind is None else elements[index].mrid


class GatedBattery:
    """The registers of one battery plant."""

    def __init__(self, image: RegisterImage, gate: Gate) -> None:
        self.image, self._gate = image, gate
        self._told: dict[int, list[int]] = {}  # by address

    def words(self, at_us: int) -> list[int]:
        return self.image.words(at_us)

    def write(self, address: int, values: Sequence[int], at_us: int) -> str:
        design, told = self.image.plant.design, list(values)
        said = self._gate.through(
            lambda: self.image.write(address, values, at_us),
            kind="battery", element=design.mrid, value=f"{address}: {told}", at_us=at_us,
            is_new=self._told.get(address) != told,
        )  # fmt: skip
        if not said:
            self._told[address] = told
            self._gate.written_us[design.unit] = at_us
        return said

    def beat(self, at_us: int) -> None:
        """Whoever has set it is still there: no act, and without a setting nothing."""
        unit = self.image.plant.design.unit
        if unit in self._gate.written_us:
            self._gate.written_us[unit] = at_us


class GatedMicrogrid:
    """The registers of one microgrid's controller."""

    def __init__(self, image: ControllerImage, gate: Gate) -> None:
        self.image, self._gate = image, gate

    def words(self, at_us: int) -> list[int]:
        return self.image.words(at_us / SECOND_US)

    def write(self, address: int, values: Sequence[int], at_us: int) -> str:
        return self._gate.through(
            lambda: self.image.write(address, values),
            kind="microgrid", element=self.image.microgrid.places.coupling_mrid, value=f"{address}: {list(values)}",
            at_us=at_us,
        )  # fmt: skip
