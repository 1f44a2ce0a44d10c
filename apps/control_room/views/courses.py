"""Courses of set-points. The page reads; acts go through the API of dispatch."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.models import Course


@require_safe
@permission_required(Permission.VIEW_GRID)
def courses(request: HttpRequest, course_id: int | None = None) -> HttpResponse:
    """With one of them shown, or the newest that waits or runs."""
    steps = [("Courses", reverse("control_room:courses") if course_id else "")]
    if course_id is not None:
        steps.append((f"Course {get_object_or_404(Course.objects.only('pk'), pk=course_id).pk}", ""))
    user = request.user
    rights = {"mayDecide": Permission.DECIDE_PROPOSALS, "mayOperate": Permission.OPERATE}
    may = {name: isinstance(user, User) and user.may(right) for name, right in rights.items()}
    context: dict[str, Any] = {
        "display": "courses",
        "page_path": page_path(*steps),
        "statuses": CourseStatus.choices,
        "courses": {**may, "id": course_id},
    }
    return render(request, "control_room/courses.html", context)
