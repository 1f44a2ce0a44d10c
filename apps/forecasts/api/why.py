from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.forecasts.api.queries import ForecastQuery, read, series_or_404
from apps.forecasts.api.serializers import ForecastProblemSerializer
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.selectors.why import NotExplained, why_document


class DriverSerializer(serializers.Serializer):
    name = serializers.CharField()
    kw = serializers.FloatField(help_text="Its part of the difference to the week before.")
    detail = serializers.CharField(allow_blank=True)


class SimilarDaySerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    days_back = serializers.IntegerField()
    apart = serializers.FloatField(help_text="Root mean square of the difference, in parts of the mean.")
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Of the day that it is like.")
    kw = serializers.ListField(child=serializers.FloatField(allow_null=True))


class DriversSerializer(serializers.Serializer):
    series = serializers.IntegerField()
    at = serializers.DateTimeField(help_text="The peak; figures are the mean of the three hours around it.")
    base_kw = serializers.FloatField(help_text="At the same time a week before.")
    forecast_kw = serializers.FloatField()
    drivers = DriverSerializer(many=True, help_text="They add up to the difference.")
    sentence = serializers.CharField()
    similar = SimilarDaySerializer(many=True, help_text="Past days that went like the day of the peak.")


class SeriesDriversView(ForecastApi):
    @extend_schema(parameters=[ForecastQuery], responses={200: DriversSerializer, 404: ForecastProblemSerializer})
    def get(self, request: Request, series_id: int) -> Response:
        """Why the forecast of 48 hours is what it is. 404 tells why nothing can be told."""
        asked, series = read(ForecastQuery, request), series_or_404(series_id)
        as_of = min(asked["as_of"] or asked["at"], asked["at"])
        try:
            return Response(why_document(series, as_of=as_of, seen_at=asked["at"]))
        except NotExplained as reason:
            raise Http404(str(reason)) from None
