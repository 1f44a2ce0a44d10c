"""Checks that apps above install: what a set-point or a course of them must keep, which dispatch cannot know.

Dispatch lies below the desks and imports none of them. A check says why something is refused, or nothing. Every order
is held against them when it is shown, when it is selected and once more before it is sent, whoever gives it.

Of incidents it learns the same way what must not be put under voltage, and what the loads of dead parts would take.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


class SetPoint(NamedTuple):
    """`value` as the meter will read; None gives the device back to itself."""

    device_mrid: UUID
    quantity: str
    value: float | None


class OrderCheck(Protocol):
    def __call__(self, wanted: SetPoint, *, as_of: datetime) -> str: ...


class CourseCheck(Protocol):
    def __call__(
        self,
        device_mrid: UUID,
        quantity: str,
        steps: Sequence[tuple[datetime, float]],
        *,
        ends_at: datetime,
        as_of: datetime,
    ) -> str: ...


class FaultedParts(Protocol):
    """By mRID of line, transformer or node: why it must not be put under voltage now."""

    def __call__(self, *, as_of: datetime) -> Mapping[str, str]: ...


class UnsuppliedLoads(Protocol):
    """By mRID of what hangs in a dead part: kW and kvar that it would give with supply, positive into the network."""

    def __call__(self, *, as_of: datetime) -> Mapping[str, tuple[float, float]]: ...


class StepCheck(Protocol):
    """Why the next step of an approved proposal must not be ordered, or nothing."""

    def __call__(self, proposal_id: int, number: int, *, as_of: datetime) -> str: ...


class IslandBehind(Protocol):
    """Whose part behind a switch goes on alone when it opens, in words; empty: what lies behind it loses supply."""

    def __call__(self, switch_mrid: UUID, *, as_of: datetime) -> str: ...


_orders: dict[str, OrderCheck] = {}
_courses: dict[str, CourseCheck] = {}
_faulted: dict[str, FaultedParts] = {}
_unsupplied: dict[str, UnsuppliedLoads] = {}
_steps: dict[str, StepCheck] = {}
_islands: dict[str, IslandBehind] = {}


def install(name: str, *, order: OrderCheck, course: CourseCheck) -> None:
    """name: of who installs; again it takes the place of what it had installed."""
    _orders[name], _courses[name] = order, course


def install_faults(name: str, *, faulted: FaultedParts, unsupplied: UnsuppliedLoads) -> None:
    _faulted[name], _unsupplied[name] = faulted, unsupplied


def install_step_check(desk: str, check: StepCheck) -> None:
    """Asked before each step of that desk's proposals."""
    _steps[desk] = check


def install_islands(name: str, island: IslandBehind) -> None:
    _islands[name] = island


def island_behind(switch_mrid: UUID, *, as_of: datetime) -> str:
    return next((text for island in _islands.values() if (text := island(switch_mrid, as_of=as_of))), "")


def faulted_parts(*, as_of: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for parts in _faulted.values():
        found |= parts(as_of=as_of)
    return found


def unsupplied_loads(*, as_of: datetime) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for loads in _unsupplied.values():
        found |= loads(as_of=as_of)
    return found


def step_objection(desk: str, proposal_id: int, number: int, *, as_of: datetime) -> str:
    check = _steps.get(desk)
    return check(proposal_id, number, as_of=as_of) if check else ""


def order_objections(wanted: SetPoint, *, as_of: datetime) -> list[str]:
    return [text for check in _orders.values() if (text := check(wanted, as_of=as_of))]


def course_objections(
    device_mrid: UUID, quantity: str, steps: Sequence[tuple[datetime, float]], *, ends_at: datetime, as_of: datetime
) -> list[str]:
    found = (check(device_mrid, quantity, steps, ends_at=ends_at, as_of=as_of) for check in _courses.values())
    return [text for text in found if text]
