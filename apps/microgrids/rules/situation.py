"""How a microgrid stands at an instant, as everybody reads it. None is never zero: it is not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.microgrids.choices.microgrid import ALONE, ControllerMode, Known, LoadPriority, MemberKind


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is None where nothing is known now: never heard, silent for too long, or told to be invalid."""

    value: float | None = None
    at: datetime | None = None  # when it was measured, also of a value that is too old
    known: Known = Known.UNKNOWN
    is_doubtful: bool = False  # its source doubts it

    def age_s(self, as_of: datetime) -> float | None:
        return None if self.at is None else max((as_of - self.at).total_seconds(), 0.0)


NOTHING = Reading()


@dataclass(frozen=True, slots=True)
class MemberNow:
    """Powers in kW, positive into the island: a load's is negative, a discharging battery's positive."""

    element_mrid: UUID
    name: str
    kind: MemberKind
    priority: LoadPriority | None
    rated_kw: float
    p_kw: Reading = NOTHING
    available_kw: Reading = NOTHING  # of a renewable: what it could give
    soc: Reading = NOTHING  # 0 to 1
    capacity_kwh: float | None = None
    fuel_kwh: Reading = NOTHING
    running: bool | None = None
    is_cut: bool | None = None  # of a load: its group is shed, or its switch is open

    @property
    def soc_kwh(self) -> float | None:
        if self.soc.value is None or self.capacity_kwh is None:
            return None
        return self.soc.value * self.capacity_kwh


@dataclass(frozen=True, slots=True)
class Situation:
    as_of: datetime
    microgrid_mrid: UUID
    name: str
    members: Sequence[MemberNow]
    exchange_kw: Reading = NOTHING  # at the coupling, + from the grid into the microgrid
    coupling_closed: bool | None = None
    coupling: Reading = NOTHING  # the breaker's own reading, for its age
    mode: ControllerMode | None = None
    frequency_hz: Reading = NOTHING  # inside
    voltage_pu: Reading = NOTHING  # inside, at the forming device
    grid_voltage_pu: Reading = NOTHING  # outside, at the coupling
    grid_frequency_hz: Reading = NOTHING
    voltage_difference_pu: Reading = NOTHING  # inside less outside, over the open coupling
    slip_hz: Reading = NOTHING
    angle_deg: Reading = NOTHING
    shed_group: int | None = None  # 0: none, 1: priority 3 is cut, 2: priority 2 as well

    def of(self, kind: MemberKind) -> tuple[MemberNow, ...]:
        return tuple(member for member in self.members if member.kind == kind)

    def load_kw(self, priority: LoadPriority) -> float | None:
        """Drawn, positive; None where the draw of one of them is not known."""
        return _sum([_drawn(one) for one in self.of(MemberKind.LOAD) if one.priority == priority])

    @property
    def total_load_kw(self) -> float | None:
        return _sum([_drawn(one) for one in self.of(MemberKind.LOAD)])

    @property
    def soc_kwh(self) -> float | None:
        """Of all storages. 0 without any."""
        return _sum([one.soc_kwh for one in self.of(MemberKind.STORAGE)])

    @property
    def capacity_kwh(self) -> float:
        return sum(one.capacity_kwh or 0.0 for one in self.of(MemberKind.STORAGE))

    @property
    def fuel_kwh(self) -> float | None:
        return _sum([one.fuel_kwh.value for one in self.of(MemberKind.GENERATOR)])

    @property
    def is_alone(self) -> bool | None:
        """By its breaker, else by its controller; None: nobody tells."""
        if self.coupling_closed is not None:
            return not self.coupling_closed
        return None if self.mode is None else self.mode in ALONE


def _drawn(member: MemberNow) -> float | None:
    return None if member.p_kw.value is None else -member.p_kw.value


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
