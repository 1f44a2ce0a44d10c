from dataclasses import asdict
from datetime import datetime, timedelta

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.alarms import selectors

LONGEST = timedelta(days=92)


class PeriodSerializer(serializers.Serializer):
    start = serializers.DateTimeField(required=False, help_text="Without it: 24 hours before the end.")
    end = serializers.DateTimeField(required=False, help_text="Without it: now.")

    def validate(self, asked: dict[str, datetime]) -> dict[str, datetime]:
        end = asked.get("end") or timezone.now()
        start = asked.get("start") or end - timedelta(days=1)
        if not timedelta(0) < end - start <= LONGEST:
            raise serializers.ValidationError({"start": "Give a start before the end, at most 92 days before it."})
        return {"start": start, "end": end}


class AnsweredSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    p50_s = serializers.FloatField(allow_null=True)
    p95_s = serializers.FloatField(allow_null=True)


class FiguresSerializer(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    told = serializers.IntegerField(help_text="Occurrences that somebody was told of.")
    per_10_min = serializers.FloatField()
    most_in_10_min = serializers.IntegerField()
    share_of_10_min_above = serializers.FloatField()
    share_of_hours_above = serializers.FloatField()
    flood_share = serializers.FloatField()
    floods = serializers.IntegerField()
    top = serializers.ListField(child=serializers.ListField())
    top_share = serializers.FloatField()
    chattering = serializers.ListField(child=serializers.CharField())
    fleeting = serializers.IntegerField()
    stale = serializers.IntegerField()
    by_priority = serializers.DictField(child=serializers.IntegerField())
    answered = serializers.DictField(child=AnsweredSerializer())
    shelved_standing = serializers.IntegerField()
    shelvings = serializers.IntegerField()


class FiguresView(APIView):
    """The standard's figures of a period, computed from the alarm journal."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(parameters=[PeriodSerializer], responses={200: FiguresSerializer, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(asdict(selectors.alarm_figures(**asked.validated_data)))
