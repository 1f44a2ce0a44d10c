"""Courses of a plant of a room, and the time that carries them out."""

from datetime import timedelta

from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course
from apps.dispatch.services import course_following
from apps.dispatch.services.courses import CourseDraft, approve_course, propose_course
from apps.telemetry.choices import ControlKind, Quantity, RequestState
from apps.telemetry.models import ControlPoint
from tests.factories.orders import Desk

QUARTER = timedelta(minutes=15)


def plant_control() -> ControlPoint:
    rows = ControlPoint.objects.filter(kind=ControlKind.SETPOINT, point__quantity=Quantity.ACTIVE_POWER)
    return rows.select_related("point").earliest("id")


def proposed(desk: Desk, plant: ControlPoint, *shares: float) -> Course:
    """Parts of what it may give at most, a quarter hour each, from the next minute on."""
    assert plant.low is not None
    begin = desk.now + timedelta(minutes=1)
    told = CourseDraft(
        desk="storage",
        kind="schedule",
        device_mrid=plant.point.equipment_mrid,
        quantity=StepQuantity.ACTIVE_POWER,
        steps=[(begin + n * QUARTER, round(share * plant.low)) for n, share in enumerate(shares)],
        ends_at=begin + len(shares) * QUARTER,
        rest=0.0,
        title="Hours ahead of the plant",
        explanation="It charges at noon and discharges in the evening.",
        versions={"schedule": 12},
    )
    return propose_course(told, as_of=desk.now)


def running(desk: Desk, plant: ControlPoint, *shares: float) -> Course:
    course = proposed(desk, plant, *shares)
    return approve_course(course_id=course.pk, client=desk.anna, as_of=desk.now)


def later(desk: Desk, after: timedelta, *, answer: RequestState | None = None) -> None:
    """Time passes, the course is followed, and the gateway does what it is asked to, or answers so."""
    desk.wait(after.total_seconds())
    desk.room.step(desk.now)
    course_following.advance_courses(clock=desk.clock)
    desk.gateway(answer=answer)
    for _ in range(2):
        desk.wait(6)
