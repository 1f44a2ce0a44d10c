"""One way in which a course changes: compare and swap, journal and audit in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.choices.course import COURSES, OPEN_COURSES, CourseStatus
from apps.dispatch.models import Course
from apps.live import services as live


@transaction.atomic
def move(
    course: Course, new: CourseStatus, *, as_of: datetime, by: User | None = None, reason: str = "", **fields: Any
) -> bool:
    """False if it stands elsewhere by now; then nothing was changed."""
    told: dict[str, Any] = {"reason": reason[:300], **fields}
    if new not in OPEN_COURSES:
        told["ended_at"] = as_of
    if not Course.objects.move(course.pk, CourseStatus(course.status), new, **told):
        course.refresh_from_db()
        return False
    course.status = new
    for name, value in told.items():
        setattr(course, name, value)
    tell(course, f"course.{new.value}", by=by, as_of=as_of)
    return True


def tell(course: Course, what: str, *, by: User | None, as_of: datetime) -> None:
    payload = {
        "id": course.pk,
        "status": course.status,
        "title": course.title,
        "device_mrid": str(course.device_mrid),
        "reason": course.reason,
    }
    live.record(stream=COURSES, kind=what, subject=str(course.pk), payload=payload)
    detail = {
        "title": course.title,
        "device": course.device_name,
        "reason": course.reason,
        "steps": course.steps,
        "ends_at": course.ends_at.isoformat(),
        "rule": str(course.rule) if course.rule else "",
    }
    audit.record(actor=by, action=what, target=f"course/{course.pk}", detail=detail, at=as_of)
