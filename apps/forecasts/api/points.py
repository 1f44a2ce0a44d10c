from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.forecasts.api.queries import AtQuery, read
from apps.forecasts.api.serializers import ForecastProblemSerializer
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.selectors.points import forecasts_of_points

IDS_REMEDY = "Give up to 50 numbers of points, separated by commas, such as 12,13."


class PointsQuery(AtQuery):
    points = serializers.RegexField(r"^\d{1,15}(,\d{1,15}){0,49}$", error_messages={"invalid": IDS_REMEDY})


class PointForecastSerializer(serializers.Serializer):
    point = serializers.IntegerField()
    series = serializers.IntegerField()
    name = serializers.CharField()
    factor = serializers.FloatField(help_text="The value of the point is that of the series times it.")


class PointForecastsView(ForecastApi):
    @extend_schema(
        parameters=[PointsQuery],
        responses={200: PointForecastSerializer(many=True), 400: ForecastProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """Which series forecasts what a point measures. Points of which there is none are left out."""
        asked = read(PointsQuery, request)
        return Response(forecasts_of_points([int(one) for one in asked["points"].split(",")]))
