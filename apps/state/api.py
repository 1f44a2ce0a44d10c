from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.state.api_past import AT, past_instant
from apps.state.choices import Outcome
from apps.state.selectors import elements, latest
from apps.state.services import phases
from gridops.database_paths import bears_lag

MAX_HOURS = 24 * 31


class SolutionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField()
    model_version = serializers.IntegerField()
    duration_ms = serializers.FloatField()


class ViolationSerializer(serializers.Serializer):
    equipment_mrid = serializers.UUIDField()
    equipment_name = serializers.CharField()
    path = serializers.CharField()
    kind = serializers.CharField()
    value = serializers.FloatField()
    limit = serializers.FloatField()
    unit = serializers.CharField()
    provenance = serializers.CharField()


class BadDataSerializer(serializers.Serializer):
    point_mrid = serializers.UUIDField()
    point_name = serializers.CharField()
    unit = serializers.CharField()
    equipment_mrid = serializers.UUIDField()
    measured = serializers.FloatField()
    estimated = serializers.FloatField()
    normalised_residual = serializers.FloatField()


class DoubtfulSwitchSerializer(serializers.Serializer):
    equipment_mrid = serializers.UUIDField()
    equipment_name = serializers.CharField()
    reported = serializers.CharField()
    likely = serializers.CharField()
    evidence = serializers.FloatField()
    alternatives = serializers.ListField(child=serializers.UUIDField())


class LatestStateSerializer(serializers.Serializer):
    solution = SolutionSerializer(allow_null=True)
    system = serializers.DictField(allow_null=True)
    violations = ViolationSerializer(many=True)
    bad_data = BadDataSerializer(many=True)
    topology = DoubtfulSwitchSerializer(many=True)


class QuantityValueSerializer(serializers.Serializer):
    quantity = serializers.CharField()
    side = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    provenance = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rated = serializers.FloatField(allow_null=True)


class ElementPointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    quantity = serializers.CharField()
    side = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    quality = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rated = serializers.FloatField(allow_null=True)


class PhaseSerializer(serializers.Serializer):
    phase = serializers.ChoiceField(choices=["A", "B", "C"])
    voltage_pu = serializers.FloatField(help_text="To ground.")
    angle_deg = serializers.FloatField()
    provenance = serializers.CharField()


class ElementStateSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    path = serializers.CharField()
    supply = serializers.CharField()
    supplied_by = serializers.CharField(help_text="What feeds it without the grid; empty where nothing does.")
    values = QuantityValueSerializer(many=True)
    points = ElementPointSerializer(many=True)
    phases = PhaseSerializer(many=True, help_text="Of a node now, where the network says what its phases carry.")
    voltage_unbalance_percent = serializers.FloatField(allow_null=True, help_text="Negative over positive sequence.")
    phases_basis = serializers.CharField(help_text="What the phases rest on, or why there are none.")

    def get_fields(self) -> dict[str, serializers.Field]:
        # 'class' is a word of Python and cannot be declared as an attribute.
        return {**super().get_fields(), "class": serializers.CharField()}


class TrendSeriesSerializer(serializers.Serializer):
    quantity = serializers.CharField()
    side = serializers.CharField()
    unit = serializers.CharField()
    t = serializers.ListField(child=serializers.FloatField(), help_text="Seconds since 1970, UTC.")
    v = serializers.ListField(child=serializers.FloatField(allow_null=True))
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rated = serializers.FloatField(allow_null=True)


class TrendQuery(serializers.Serializer):
    hours = serializers.FloatField(min_value=0.05, max_value=MAX_HOURS, default=1.0, help_text="How far back.")

    def validate_hours(self, hours: float) -> float:
        if not isfinite(hours):
            raise serializers.ValidationError("Give a finite number.")
        return hours


class TrendSerializer(serializers.Serializer):
    series = TrendSeriesSerializer(many=True)


class LatestStateView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: LatestStateSerializer})
    def get(self, request: Request) -> Response:
        return Response(latest.latest_state())


class ElementStateView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[AT], responses={200: ElementStateSerializer, 404: serializers.DictField()})
    def get(self, request: Request, mrid: UUID) -> Response:
        at = past_instant(request.query_params)
        if at is not None:
            return Response({**_found(elements.element_state_at(mrid, instant=at)), **phases.NOTHING})
        return Response({**_found(elements.element_state(mrid, as_of=timezone.now())), **phases.phases_at(mrid)})


class ElementTrendView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[TrendQuery, AT],
        responses={200: TrendSerializer, 404: serializers.DictField()},
    )
    @bears_lag
    def get(self, request: Request, mrid: UUID) -> Response:
        query = TrendQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        at = past_instant(request.query_params)
        end: datetime = at or timezone.now()
        start = end - timedelta(hours=query.validated_data["hours"])
        return Response(_found(elements.element_trend(mrid, start=start, end=end, in_past=at is not None)))


def _found(document: dict[str, Any] | None) -> dict[str, Any]:
    if document is None:
        raise Http404("No element of the current network has this mRID.")
    return document
