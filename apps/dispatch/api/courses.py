"""Courses of set-points: what desks propose over the hours ahead, and what people decide about it."""

from collections.abc import Callable

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api import course_bodies as bodies
from apps.dispatch.api.bodies import checked
from apps.dispatch.api.orders import client_of
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.models import Course
from apps.dispatch.selectors.course_progress import course_progress
from apps.dispatch.selectors.courses import course_document, courses
from apps.dispatch.services import course_following
from apps.dispatch.services import courses as services
from apps.dispatch.services.refusal import Refused

DECIDED = {201: bodies.CourseSerializer, 409: bodies.RefusedCourseSerializer}


def _answered(act: Callable[[], Course]) -> Response:
    try:
        course = act()
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    return Response(course_document(course), status=status.HTTP_201_CREATED)


class CoursesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        operation_id="courses_list",
        parameters=[
            OpenApiParameter("device", str, description="mRID."),
            OpenApiParameter("desk", str),
            OpenApiParameter("status", str, enum=CourseStatus.values),
            OpenApiParameter("before", int),
            OpenApiParameter("at", OpenApiTypes.DATETIME),
        ],
        responses={200: bodies.CoursesSerializer},
    )
    def get(self, request: Request) -> Response:
        """Of any state, the newest first; 50 at once."""
        return Response({"courses": courses(**checked(bodies.CoursesQuery, request.query_params))})


class CourseView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.CourseSerializer})
    def get(self, request: Request, course_id: int) -> Response:
        rows = Course.objects.select_related("decided_by", "executor", "rule__set_by")
        return Response(course_document(get_object_or_404(rows, pk=course_id)))


class CourseProgressView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[bodies.CourseInstantQuery], responses={200: bodies.CourseProgressSerializer})
    def get(self, request: Request, course_id: int) -> Response:
        """What it comes to, and what became of each of its set-points."""
        at = checked(bodies.CourseInstantQuery, request.query_params).get("at") or timezone.now()
        rows = Course.objects.select_related("decided_by", "executor", "rule__set_by")
        course = get_object_or_404(rows, pk=course_id, created_at__lte=at)
        return Response(bodies.CourseProgressSerializer(course_progress(course, as_of=at)).data)


class CourseApprovalView(APIView):
    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    @extend_schema(request=None, responses=DECIDED)
    def post(self, request: Request, course_id: int) -> Response:
        """Once for all its set-points: each is checked again and ordered at its time, in the name of who approves."""
        get_object_or_404(Course, pk=course_id)
        client, now = client_of(request), timezone.now()
        return _answered(lambda: services.approve_course(course_id=course_id, client=client, as_of=now))


class CourseRejectionView(APIView):
    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    @extend_schema(request=bodies.CourseReasonSerializer, responses=DECIDED)
    def post(self, request: Request, course_id: int) -> Response:
        body = checked(bodies.CourseReasonSerializer, request.data)
        get_object_or_404(Course, pk=course_id)
        client, now = client_of(request), timezone.now()
        return _answered(
            lambda: services.reject_course(course_id=course_id, reason=body["reason"], client=client, as_of=now)
        )


class CourseStopView(APIView):
    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    @extend_schema(request=bodies.CourseReasonSerializer, responses=DECIDED)
    def post(self, request: Request, course_id: int) -> Response:
        """Of one that runs: no more set-points, and the device is set to rest."""
        body = checked(bodies.CourseReasonSerializer, request.data)
        get_object_or_404(Course, pk=course_id)
        client = client_of(request)
        return _answered(
            lambda: course_following.stop_course(
                course_id=course_id, reason=body["reason"], client=client, clock=timezone.now
            )
        )


class CourseTakeoverView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=None, responses=DECIDED)
    def post(self, request: Request, course_id: int) -> Response:
        """From now on its set-points are ordered in this person's name."""
        get_object_or_404(Course, pk=course_id)
        client, now = client_of(request), timezone.now()
        return _answered(lambda: services.take_over_course(course_id=course_id, client=client, as_of=now))
