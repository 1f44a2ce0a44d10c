from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.alarms import selectors, services
from apps.alarms.choices import STREAM, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.live import selectors as live

PAGE_SIZE = 500


class ProcedureSerializer(serializers.Serializer):
    cause = serializers.CharField()
    consequence = serializers.CharField()
    action = serializers.CharField()


class AlarmSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    occurrence = serializers.IntegerField()
    priority = serializers.ChoiceField(choices=Priority.choices)
    state = serializers.ChoiceField(choices=BaseState.choices)
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    path = serializers.CharField()
    condition = serializers.ChoiceField(choices=Condition.choices)
    condition_label = serializers.CharField()
    message = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    quality_good = serializers.BooleanField()
    is_late = serializers.BooleanField()
    raised_at = serializers.DateTimeField(allow_null=True)
    returned_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()
    procedure = ProcedureSerializer()


class AlarmEntrySerializer(serializers.Serializer):
    position = serializers.CharField()
    kind = serializers.ChoiceField(choices=Happening.choices)
    recorded_at = serializers.DateTimeField()
    alarm = AlarmSerializer()


class AlarmListSerializer(serializers.Serializer):
    epoch = serializers.CharField(help_text="Changes when positions start anew; take a new snapshot then.")
    position = serializers.CharField(help_text="Pass as ?after= to read on without a gap.")
    alarms = AlarmSerializer(many=True, required=False, help_text="Without ?after: all that are not normal.")
    entries = AlarmEntrySerializer(many=True, required=False, help_text="With ?after: the journal from there on.")
    more = serializers.BooleanField(required=False)


class AcknowledgementSerializer(serializers.Serializer):
    occurrence = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class RefusalSerializer(serializers.Serializer):
    detail = serializers.CharField()


class AlarmsView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(
        parameters=[OpenApiParameter("after", str, description="Journal position from an earlier answer.")],
        responses={200: AlarmListSerializer},
    )
    def get(self, request: Request) -> Response:
        after = request.query_params.get("after")
        return Response(_entries_after(after) if after is not None else _snapshot())


class AcknowledgementView(APIView):
    permission_classes = [requires(Permission.ACKNOWLEDGE_ALARMS)]

    @extend_schema(
        request=AcknowledgementSerializer,
        responses={201: AlarmSerializer, 404: RefusalSerializer, 409: RefusalSerializer},
    )
    def post(self, request: Request, alarm_id: int) -> Response:
        body = AcknowledgementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        get_object_or_404(Alarm, pk=alarm_id)
        try:
            alarm = services.acknowledge(
                alarm_id=alarm_id,
                occurrence=body.validated_data["occurrence"],
                by=cast(User, request.user),
                as_of=timezone.now(),
            )
        except services.AcknowledgementRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(selectors.with_response([selectors.document(alarm)])[0], status=status.HTTP_201_CREATED)


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
