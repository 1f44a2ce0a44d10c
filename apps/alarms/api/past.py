"""Alarms at past instants, for the time machine; the list itself is lists.PastAlarmsView."""

from dataclasses import asdict
from datetime import datetime

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.alarms.api.serializers import AlarmEntrySerializer, InstantSerializer, ShortListSerializer
from apps.alarms.selectors import past

MAX_ENTRIES = 2000


class EntriesQuery(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    most = serializers.IntegerField(min_value=1, max_value=MAX_ENTRIES, default=MAX_ENTRIES)
    newest = serializers.BooleanField(default=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}


class EntriesSerializer(serializers.Serializer):
    entries = AlarmEntrySerializer(many=True)
    more = serializers.BooleanField()


class NeighboursSerializer(serializers.Serializer):
    before = serializers.DateTimeField(allow_null=True)
    after = serializers.DateTimeField(allow_null=True)


class EntriesView(APIView):
    """What was told of alarms after 'from' and up to 'to', oldest first; with 'newest' the last of it."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(
        parameters=[
            OpenApiParameter("from", datetime, required=True),
            OpenApiParameter("to", datetime, required=True),
            OpenApiParameter("most", int),
            OpenApiParameter("newest", bool),
        ],
        responses={200: EntriesSerializer, 400: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        query = EntriesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        most = asked["most"]
        found = past.entries_between(start=asked["from"], end=asked["to"], most=most, newest=asked["newest"])
        return Response({"entries": found, "more": len(found) == most})


class PastGroupsView(APIView):
    """The list of then at its top level."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(parameters=[InstantSerializer], responses={200: ShortListSerializer, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        short = past.short_list_at(_instant(request))
        return Response({"flooded": short.flooded, "groups": short.groups})


class NeighboursView(APIView):
    """When the nearest alarms before and after an instant were raised."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(parameters=[InstantSerializer], responses={200: NeighboursSerializer, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response(asdict(past.raised_around(_instant(request))))


def _instant(request: Request) -> datetime:
    asked = InstantSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    instant: datetime = asked.validated_data["instant"]
    return instant
