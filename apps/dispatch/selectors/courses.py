from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.models import Autonomy, Course, Order
from apps.dispatch.selectors.records import desk_label

_NEVER_RAN = (CourseStatus.PROPOSED, CourseStatus.REJECTED, CourseStatus.WITHDRAWN, CourseStatus.EXPIRED)


def courses(
    *,
    device: UUID | None = None,
    desk: str = "",
    status: str = "",
    before: int | None = None,
    at: datetime | None = None,
    most: int = 50,
) -> list[dict[str, Any]]:
    """The newest first. at: as they stood then; of a status now."""
    rows = Course.objects.select_related("decided_by", "executor", "rule__set_by")
    if at is not None:
        rows = rows.filter(created_at__lte=at)
    if device is not None:
        rows = rows.filter(device_mrid=device)
    if desk:
        rows = rows.filter(desk=desk)
    if status:
        rows = rows.filter(status=status)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [document_then(row, at) if at else course_document(row) for row in rows[:most]]


def document_then(course: Course, at: datetime) -> dict[str, Any]:
    """What came later is not told."""
    told = course_document(course)
    if course.ended_at is not None and course.ended_at <= at:
        return told
    decided = course.decided_at is not None and course.decided_at <= at and course.executor_id is not None
    status = CourseStatus.RUNNING if decided else CourseStatus.PROPOSED
    if status != course.status:
        told |= {"status": status.value, "status_label": status.label, "reason": "", "ended_at": None}
    return told if decided else told | {"decided_at": None, "decided_by": None, "rule": None, "executor": None}


def operations_today_of_courses(rule: Autonomy, as_of: datetime) -> int:
    """Set-points ordered since local midnight for courses that this rule approved."""
    midnight = timezone.localtime(as_of).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Course.objects.filter(rule=rule, ends_at__gt=midnight).exclude(status__in=_NEVER_RAN)
    prefixes = [f"{course.purpose}, " for course in rows.only("pk")]
    given = Order.objects.filter(selected_at__gte=midnight, purpose__startswith="course ", ordered_at__isnull=False)
    return sum(purpose.startswith(tuple(prefixes)) for purpose in given.values_list("purpose", flat=True))


def course_document(course: Course) -> dict[str, Any]:
    return {
        "id": course.pk,
        "desk": course.desk,
        "desk_label": desk_label(course.desk),
        "kind": course.kind,
        "title": course.title,
        "explanation": course.explanation,
        "status": course.status,
        "status_label": course.get_status_display(),
        "reason": course.reason,
        "device_mrid": str(course.device_mrid),
        "device_name": course.device_name,
        "quantity": course.quantity,
        "unit": course.unit,
        "steps": course.steps,
        "starts_at": course.starts_at.isoformat(),
        "ends_at": course.ends_at.isoformat(),
        "rest": course.rest,
        "created_at": course.created_at.isoformat(),
        "decided_at": course.decided_at.isoformat() if course.decided_at else None,
        "decided_by": course.decided_by.get_username() if course.decided_by else None,
        "rule": str(course.rule) if course.rule else None,
        "executor": course.executor.get_username() if course.executor else None,
        "versions": course.versions,
        "ended_at": course.ended_at.isoformat() if course.ended_at else None,
    }
