from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.forecasts.adapters.scenarios import Change
from apps.forecasts.api.queries import ForecastQuery, read, series_or_404
from apps.forecasts.api.serializers import ForecastProblemSerializer, IssueSerializer
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.selectors.scenarios import NoScenario, scenario_document

MOST_C, MOST_PERCENT = 15.0, 100.0
DAYS_REMEDY = "Give days as YYYY-MM-DD separated by commas, such as 2026-12-25,2026-12-26; or 'none'."


class ScenarioQuery(ForecastQuery):
    temperature_c = serializers.FloatField(
        required=False, default=0.0, min_value=-MOST_C, max_value=MOST_C, help_text="Warmer by so much."
    )
    sun_percent = serializers.FloatField(
        required=False, default=0.0, min_value=-MOST_PERCENT, max_value=MOST_PERCENT, help_text="More irradiance."
    )
    wind_percent = serializers.FloatField(
        required=False, default=0.0, min_value=-MOST_PERCENT, max_value=MOST_PERCENT, help_text="More wind speed."
    )
    holidays = serializers.CharField(
        required=False, default=None, max_length=200, help_text=f"Which days ahead are holidays. {DAYS_REMEDY}"
    )

    def validate_holidays(self, value: str | None) -> frozenset[date] | None:
        if value is None:
            return None
        try:
            return frozenset(date.fromisoformat(day.strip()) for day in value.split(",") if day.strip() != "none")
        except ValueError:
            raise serializers.ValidationError(DAYS_REMEDY) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("temperature_c", "sun_percent", "wind_percent", "holidays")
        return attrs | {"change": Change(**{name: attrs[name] for name in names})}


class ScenarioPeakSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    p50 = serializers.FloatField()


class ScenarioPeaksSerializer(serializers.Serializer):
    issued = ScenarioPeakSerializer()
    scenario = ScenarioPeakSerializer()


class ScenarioDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    is_holiday = serializers.BooleanField(help_text="In the calendar, whatever the scenario says.")


class ScenarioSerializer(serializers.Serializer):
    series = serializers.IntegerField()
    unit = serializers.CharField()
    is_scenario = serializers.BooleanField(help_text="Always true: this is no forecast and is stored nowhere.")
    issue = IssueSerializer()
    step_s = serializers.IntegerField()
    levels = serializers.ListField(child=serializers.FloatField())
    t = serializers.ListField(child=serializers.IntegerField())
    quantiles = serializers.DictField(help_text="By level, of the scenario.")
    issued = serializers.DictField(help_text="By level, as it was issued.")
    days = ScenarioDaySerializer(many=True, help_text="Local days that the forecast touches.")
    peak = ScenarioPeaksSerializer()
    energy_kwh = serializers.FloatField(help_text="How much more than was issued, by P50.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What of it is not possible or unheard of.")


class SeriesScenarioView(ForecastApi):
    @extend_schema(
        parameters=[ScenarioQuery],
        responses={
            200: ScenarioSerializer,
            400: ForecastProblemSerializer,
            404: ForecastProblemSerializer,
            409: ForecastProblemSerializer,
        },
    )
    def get(self, request: Request, series_id: int) -> Response:
        """What the model would say of other weather or holidays. No forecast, stored nowhere; 409 tells why not."""
        asked, series = read(ScenarioQuery, request), series_or_404(series_id)
        as_of = min(asked["as_of"] or asked["at"], asked["at"])
        try:
            found = scenario_document(series, asked["change"], as_of=as_of, horizon=asked["horizon"])
        except NoScenario as reason:
            return Response({"detail": str(reason)}, status=status.HTTP_409_CONFLICT)
        return Response(found)
