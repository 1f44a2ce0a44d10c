from typing import Any

from django.db.models import prefetch_related_objects
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry import selectors
from apps.telemetry.api.history import points_named
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.choices import Quantity
from apps.telemetry.models import PointLimit
from apps.telemetry.selectors.history import MAX_POINTS


class PointsQuery(serializers.Serializer):
    equipment = serializers.UUIDField(required=False)
    ids = serializers.CharField(required=False, help_text=f"Instead of it: 1 to {MAX_POINTS} ids, with commas between.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("equipment" in attrs) == ("ids" in attrs):
            raise serializers.ValidationError({"equipment": "Name one piece of equipment, or points by 'ids'."})
        return attrs


class LimitSerializer(serializers.ModelSerializer[PointLimit]):
    class Meta:
        model = PointLimit
        fields = ["condition", "is_high", "limit", "deadband", "priority"]


class PointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    equipment_mrid = serializers.UUIDField()
    side = serializers.CharField()
    quantity = serializers.ChoiceField(choices=Quantity.choices)
    unit = serializers.CharField()
    gateway = serializers.CharField(source="gateway.name")
    max_silence_s = serializers.FloatField()
    limits = LimitSerializer(many=True)


class PointsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[PointsQuery],
        responses={200: PointSerializer(many=True), 400: ProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        query = PointsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        if "ids" in given:
            points = points_named(given["ids"], most=MAX_POINTS)
        else:
            points = list(selectors.points_of(given["equipment"]))
        prefetch_related_objects(points, "gateway", "limits")
        return Response(PointSerializer(points, many=True).data)
