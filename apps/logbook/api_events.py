"""The sequence of events: pages for the screen, and all of it as CSV."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.logbook.selectors import events
from apps.logbook.selectors.events import Asked, BadKey, Key, Kind
from gridops.spreadsheet import SheetWriter

MAX_PAGE = 500
MAX_EXPORT = 200_000
_CSV = ("at", "received_at", "kind", "equipment_name", "what", "before", "priority", "state", "who", "equipment_mrid")


class EventSerializer(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    at = serializers.DateTimeField(help_text="Of a state: by the clock of its source. Else: when it was recorded.")
    received_at = serializers.DateTimeField()
    source_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Of an alarm: when it began.")
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    what = serializers.CharField()
    before = serializers.CharField(help_text="The position that stood before; empty: not known, or none.")
    priority = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    who = serializers.CharField()
    quality = serializers.IntegerField(allow_null=True)


class EventsSerializer(serializers.Serializer):
    events = EventSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Pass as ?after= for what came before; null: no more.")


class EventsQuery(serializers.Serializer):
    start = serializers.DateTimeField(required=False)
    end = serializers.DateTimeField(required=False)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    place = serializers.UUIDField(required=False)
    kinds = serializers.CharField(required=False, default=",".join(Kind))
    after = serializers.CharField(required=False, max_length=60)
    most = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=200)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}

    def validate_kinds(self, raw: str) -> frozenset[Kind]:
        try:
            return frozenset(Kind(name.strip()) for name in raw.split(",") if name.strip())
        except ValueError as error:
            raise ValidationError(f"Name kinds among {', '.join(Kind)}, separated by commas.") from error

    def validate_after(self, raw: str) -> Key:
        try:
            return Key.of(raw)
        except BadKey as error:
            raise ValidationError(str(error)) from error


_PARAMETERS = [
    OpenApiParameter("from", datetime, description="Not before this instant."),
    OpenApiParameter("to", datetime, description="Before this instant."),
    OpenApiParameter("text", str, description="Part of a name or a message."),
    OpenApiParameter("place", OpenApiTypes.UUID, description="A device, or a feeder or substation with all in it."),
    OpenApiParameter("kinds", str, description="state, alarm, act; separated by commas."),
]


class EventsView(APIView):
    """Newest first. Alarms and acts are for those who may see alarms."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[*_PARAMETERS, OpenApiParameter("after", str), OpenApiParameter("most", int)],
        responses={200: EventsSerializer, 400: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        asked, query = _asked(request)
        found, following = events.page(asked, after=query.get("after"), most=query["most"])
        return Response(EventsSerializer({"events": found, "next": following}).data)


class EventsExportView(APIView):
    """The same as CSV, in the same order."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=_PARAMETERS, responses={(200, "text/csv"): OpenApiTypes.STR, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> StreamingHttpResponse:
        asked, query = _asked(request)
        answer = StreamingHttpResponse(_lines(asked, query.get("after")), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="events.csv"'
        return answer


def _asked(request: Request) -> tuple[Asked, dict[str, Any]]:
    query = EventsQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    given = query.validated_data
    user = request.user
    sees_alarms = isinstance(user, User) and user.may(Permission.VIEW_ALARMS)
    kinds = given["kinds"] if sees_alarms else given["kinds"] & {Kind.STATE}
    asked = Asked(kinds, given.get("from"), given.get("to"), given["text"].strip(), given.get("place"))
    return asked, given


def _lines(asked: Asked, after: Key | None) -> Iterator[str]:
    yield _line(_CSV)
    sent = 0
    while sent < MAX_EXPORT:
        found, following = events.page(asked, after=after, most=MAX_PAGE)
        yield "".join(_line([_cell(event[name]) for name in _CSV]) for event in found)
        sent += len(found)
        if following is None:
            return
        after = Key.of(following)


def _cell(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)


def _line(cells: Any) -> str:
    line = io.StringIO()
    SheetWriter(line).writerow(cells)
    return line.getvalue()
