"""A course that stopped, or waits for somebody, is an alarm of its device until another takes its place."""

from datetime import datetime

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.dispatch.models import Course

_SOURCE = "course/"


def raise_course_alarm(course: Course, what: str, *, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=_source(course),
        condition=Condition.COURSE_STOPPED,
        priority=Priority.MEDIUM,
        equipment_name=course.device_name,
        equipment_mrid=course.device_mrid,
        message=f"{course.title}: {what}"[:200],
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def end_course_alarm(course: Course, *, as_of: datetime) -> None:
    """Somebody has seen to it, or its time is over."""
    source = _source(course)
    if any(one == source for one, _ in standing_sources([Condition.COURSE_STOPPED])):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.COURSE_STOPPED, as_of)])


def _source(course: Course) -> str:
    return f"{_SOURCE}{course.device_mrid}/{course.quantity}"
