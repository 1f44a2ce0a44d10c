"""The state at past instants, for the time machine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.state.selectors import past
from gridops.database_paths import bears_lag

FIRST_YEAR, LAST_YEAR = 2000, 2200
REMEDY = "Give an ISO 8601 instant of the years 2000 to 2200 with its offset, such as 2026-01-31T12:00:00Z."
INSTANT = OpenApiParameter("instant", datetime, required=True, description="ISO 8601 with offset.")
AT = OpenApiParameter("at", datetime, description="A past instant; without it the present.")


class InstantField(serializers.DateTimeField):
    """In UTC: the database knows no offsets of 16 hours and more."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise serializers.ValidationError(REMEDY)
        return super().enforce_timezone(value)


class InstantQuery(serializers.Serializer):
    instant = InstantField()


class FramesQuery(serializers.Serializer):
    start = InstantField()
    end = InstantField()
    most = serializers.IntegerField(min_value=1, max_value=past.MAX_FRAMES, default=past.MAX_FRAMES)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"from": fields["start"], "to": fields["end"], "most": fields["most"]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs["from"], attrs["to"]
        if not start <= end <= start + past.MAX_FRAMES_SPAN:
            raise ValidationError({"to": "Choose a time from 'from' to 24 hours after it."})
        return {"start": start, "end": end, "most": attrs["most"]}


class StateAtView(APIView):
    """The newest stored state at or before an instant, with its true time and that of the one after it."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[INSTANT], responses={200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT})
    @bears_lag
    def get(self, request: Request) -> Response:
        query = InstantQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(past.state_at(query.validated_data["instant"]))


class FramesView(APIView):
    """States of a span of time, each with its frame, in one binary answer; see apps/state/selectors/past.py."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[
            OpenApiParameter("from", datetime, required=True, description="The first is the state of this instant."),
            OpenApiParameter("to", datetime, required=True, description="At most 24 hours later."),
            OpenApiParameter("most", int, description="At most so many after the first, evenly chosen."),
        ],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 400: OpenApiTypes.OBJECT},
    )
    @bears_lag
    def get(self, request: Request) -> HttpResponse:
        query = FramesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        body = b"".join(past.frames_between(**query.validated_data))
        answer = HttpResponse(body, content_type="application/octet-stream")
        answer["Cache-Control"] = "private, no-store"
        return answer


def past_instant(query: Mapping[str, str]) -> datetime | None:
    """The `at` of an address that shows the present without it."""
    if "at" not in query:
        return None
    asked = InstantQuery(data={"instant": query["at"]})
    if not asked.is_valid():
        raise ValidationError({"at": REMEDY})
    instant: datetime = asked.validated_data["instant"]
    return instant
