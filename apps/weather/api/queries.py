"""What is asked in addresses; a wrong value is told by its name and the remedy."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apps.weather.choices import DIRECTIONS, DataKind, FileOutcome, Told, Variable
from apps.weather.models import Location

MOST_STEPS = 10_000
MOST_ROWS = 200
REMEDY = "Give an ISO 8601 instant of the years 1971 to 2200 with its offset, such as 2026-01-31T12:00:00Z."


class InstantField(serializers.DateTimeField):
    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or not 1971 <= value.year <= 2200:
            raise serializers.ValidationError(REMEDY)
        return value.astimezone(UTC)


class FilesQuery(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=FileOutcome.choices, required=False)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST_ROWS)


class RunsQuery(serializers.Serializer):
    data_kind = serializers.ChoiceField(choices=DataKind.choices, required=False)
    as_of = InstantField(required=False, help_text="Only what was known then.")
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST_ROWS)


class PlaceQuery(serializers.Serializer):
    location = serializers.IntegerField(min_value=1, max_value=2**62)
    as_of = InstantField(required=False, help_text="What was known then; default: now.")

    def validate_location(self, value: int) -> int:
        if not Location.objects.filter(pk=value).exists():
            raise serializers.ValidationError("There is no location of this number; see weather/locations.")
        return value


class SeriesQuery(PlaceQuery):
    variables = serializers.CharField(help_text=f"With commas between: {', '.join(Variable.values)}.")
    starts_at = InstantField()
    ends_at = InstantField()
    step_s = serializers.IntegerField(required=False, default=3600, min_value=60, max_value=86_400)
    told = serializers.ChoiceField(choices=Told.choices, required=False, default=Told.FORECAST)

    def validate_variables(self, value: str) -> list[Variable]:
        names = list(dict.fromkeys(value.split(",")))
        if unknown := [name for name in names if name not in Variable.values]:
            raise serializers.ValidationError(f"{unknown[0][:40]!r} is none of {', '.join(Variable.values)}.")
        return [Variable(name) for name in names]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        steps = (attrs["ends_at"] - attrs["starts_at"]).total_seconds() / attrs["step_s"]
        if not 1 <= steps <= MOST_STEPS:
            raise serializers.ValidationError({"ends_at": f"Give a span of 1 to {MOST_STEPS} steps of step_s."})
        return {**attrs, "steps": int(steps)}


class ErrorsQuery(PlaceQuery):
    variable = serializers.ChoiceField(choices=[(v.value, v.label) for v in Variable if v not in DIRECTIONS])
    days = serializers.IntegerField(required=False, default=14, min_value=1, max_value=60)


def read(query: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    given = query(data=request.query_params)
    given.is_valid(raise_exception=True)
    return {**given.validated_data}
