from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry import selectors
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.choices import Quantity


class PointsQuery(serializers.Serializer):
    equipment = serializers.UUIDField()


class PointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    equipment_mrid = serializers.UUIDField()
    side = serializers.CharField()
    quantity = serializers.ChoiceField(choices=Quantity.choices)
    unit = serializers.CharField()
    gateway = serializers.CharField(source="gateway.name")


class PointsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[PointsQuery],
        responses={200: PointSerializer(many=True), 400: ProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        query = PointsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        points = selectors.points_of(query.validated_data["equipment"]).select_related("gateway")
        return Response(PointSerializer(points, many=True).data)
