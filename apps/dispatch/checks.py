"""Checks that apps above install: what a set-point or a course of them must keep, which dispatch cannot know.

Dispatch lies below the desks and imports none of them. A check says why something is refused, or nothing. Every order
is held against them when it is shown, when it is selected and once more before it is sent, whoever gives it.
"""

from collections.abc import Sequence
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


_orders: dict[str, OrderCheck] = {}
_courses: dict[str, CourseCheck] = {}


def install(name: str, *, order: OrderCheck, course: CourseCheck) -> None:
    """name: of who installs; again it takes the place of what it had installed."""
    _orders[name], _courses[name] = order, course


def order_objections(wanted: SetPoint, *, as_of: datetime) -> list[str]:
    return [text for check in _orders.values() if (text := check(wanted, as_of=as_of))]


def course_objections(
    device_mrid: UUID, quantity: str, steps: Sequence[tuple[datetime, float]], *, ends_at: datetime, as_of: datetime
) -> list[str]:
    found = (check(device_mrid, quantity, steps, ends_at=ends_at, as_of=as_of) for check in _courses.values())
    return [text for text in found if text]
