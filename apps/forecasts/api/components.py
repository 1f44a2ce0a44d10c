from datetime import timedelta

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.forecasts.api.queries import ForecastQuery, read, series_or_404
from apps.forecasts.api.serializers import ForecastProblemSerializer
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.selectors.separations import NotSeparated, separation_document

MOST_BACK_H = 168


class ComponentsQuery(ForecastQuery):
    back_h = serializers.IntegerField(
        required=False, default=24, min_value=0, max_value=MOST_BACK_H, help_text="How many hours of the past."
    )


class ComponentSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kw = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Generation is negative.")
    size = serializers.FloatField(allow_null=True, help_text="Of the effect, in `size_unit`.")
    error = serializers.FloatField(allow_null=True, help_text="Standard error of the size.")
    size_unit = serializers.CharField(allow_blank=True)


class NoComponentSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField()


class ComponentsSerializer(serializers.Serializer):
    series = serializers.IntegerField()
    as_of = serializers.DateTimeField(help_text="When its past was looked at.")
    days = serializers.FloatField(help_text="With values and weather.")
    unit = serializers.CharField()
    step_s = serializers.IntegerField()
    t = serializers.ListField(child=serializers.IntegerField())
    forecast_from = serializers.IntegerField(allow_null=True, help_text="Before it what was, from it on P50.")
    kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    parts = ComponentSerializer(many=True, help_text="They add up to kw.")
    cannot = NoComponentSerializer(many=True, help_text="What cannot be told apart, and why.")
    sentence = serializers.CharField(allow_blank=True)


class SeriesComponentsView(ForecastApi):
    @extend_schema(
        parameters=[ComponentsQuery],
        responses={200: ComponentsSerializer, 400: ForecastProblemSerializer, 404: ForecastProblemSerializer},
    )
    def get(self, request: Request, series_id: int) -> Response:
        """What a load was and will be made of, as far as that can be told. 404 tells why nothing can be."""
        asked, series = read(ComponentsQuery, request), series_or_404(series_id)
        as_of = min(asked["as_of"] or asked["at"], asked["at"])
        start = as_of - timedelta(hours=asked["back_h"])
        given = {"as_of": as_of, "seen_at": asked["at"], "horizon": asked["horizon"]}
        try:
            return Response(separation_document(series, start=start, **given))
        except NotSeparated as reason:
            raise Http404(str(reason)) from None
