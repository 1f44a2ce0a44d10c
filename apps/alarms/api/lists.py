from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.alarms import selectors
from apps.alarms.api.serializers import (
    AlarmListSerializer,
    InstantSerializer,
    PastAlarmsSerializer,
    ShortListSerializer,
)
from apps.alarms.choices import STREAM
from apps.live import selectors as live

PAGE_SIZE = 500


class AlarmsView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(
        parameters=[OpenApiParameter("after", str, description="Journal position from an earlier answer.")],
        responses={200: AlarmListSerializer},
    )
    def get(self, request: Request) -> Response:
        after = request.query_params.get("after")
        return Response(_entries_after(after) if after is not None else _snapshot())


class GroupsView(APIView):
    """The list at its top level: at most ten rows, each with the numbers of its alarms."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(responses={200: ShortListSerializer})
    def get(self, request: Request) -> Response:
        short = selectors.short_list_now(as_of=timezone.now())
        return Response({"flooded": short.flooded, "groups": short.groups})


class PastAlarmsView(APIView):
    """The alarms as the control room knew them at a past instant."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(parameters=[InstantSerializer], responses={200: PastAlarmsSerializer, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        asked = InstantSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        instant = asked.validated_data["instant"]
        return Response({"instant": instant, "alarms": selectors.as_of(instant)})


def _snapshot() -> dict[str, Any]:
    current = selectors.alarm_list()
    return {"epoch": current.epoch, "position": current.position, "alarms": current.alarms}


def _entries_after(position: str) -> dict[str, Any]:
    try:
        page = live.read_after(stream=STREAM, position=position, limit=PAGE_SIZE)
    except live.BadPosition as error:
        raise serializers.ValidationError({"after": [str(error)]}) from error
    told = selectors.with_response(entry.payload for entry in page.entries)
    entries = [
        {"position": entry.position, "kind": entry.kind, "recorded_at": entry.recorded_at, "alarm": alarm}
        for entry, alarm in zip(page.entries, told, strict=True)
    ]
    return {"epoch": live.epoch(), "position": page.position, "more": page.more, "entries": entries}
