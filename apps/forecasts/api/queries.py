"""What is asked in addresses, read once; a wrong value is told by its name and the remedy."""

from datetime import UTC, datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from apps.forecasts.choices import Horizon, Quantity, Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.desk import Asked
from apps.forecasts.selectors.fan import MOST_DAYS

FIRST_YEAR, LAST_YEAR = 2000, 2200
REMEDY = "Give an ISO 8601 instant of the years 2000 to 2200 with its offset, such as 2026-01-31T12:00:00Z."
MOST_ROWS = 200
LONGEST_S = 40 * 86_400


class InstantField(serializers.DateTimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise serializers.ValidationError(REMEDY)
        return super().enforce_timezone(value)


class SeriesListQuery(serializers.Serializer):
    subject = serializers.ChoiceField(choices=Subject.choices, required=False, default="")
    quantity = serializers.ChoiceField(choices=Quantity.choices, required=False, default="")
    parent = serializers.IntegerField(required=False, default=None, min_value=0, max_value=2**62)  # type: ignore[assignment]
    mrid = serializers.CharField(required=False, default="", max_length=64, help_text="Of the equipment or place.")
    q = serializers.CharField(required=False, default="", max_length=100, help_text="Part of the name, or an mRID.")
    fallback = serializers.BooleanField(required=False, default=False, help_text="Only those below the full model.")
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST_ROWS)
    offset = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10_000_000)
    at = InstantField(required=False, default=None, help_text="As it was known then.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = Asked(
            subject=attrs["subject"],
            quantity=attrs["quantity"],
            parent=attrs["parent"],
            text=attrs["q"],
            subject_mrid=attrs["mrid"],
            is_fallback=attrs["fallback"],
        )
        return attrs | {"asked": asked}


class ForecastQuery(serializers.Serializer):
    as_of = InstantField(required=False, default=None, help_text="The newest issue of then; default: of now.")
    at = InstantField(required=False, default=None, help_text="Overrides as they were then; default: now.")
    horizon = serializers.ChoiceField(choices=Horizon.choices, required=False, default=Horizon.INTRADAY)


class ActualQuery(serializers.Serializer):
    start = InstantField(required=False, default=None)
    end = InstantField(required=False, default=None)
    at = InstantField(required=False, default=None, help_text="As it was known then.")
    leads = serializers.RegexField(
        r"^\d{1,3}(,\d{1,3}){0,7}$",
        required=False,
        default="6,24,48",
        error_messages={"invalid": "Give up to eight whole numbers of hours, separated by commas, such as 6,24,48."},
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"from": fields["start"], "to": fields["end"], "at": fields["at"], "leads": fields["leads"]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs["from"], attrs["to"]
        if start and end and not 0 < (end - start).total_seconds() <= LONGEST_S:
            raise serializers.ValidationError({"from": ["Choose a time before 'to' and at most 40 days before it."]})
        return attrs | {"leads_h": [int(lead) for lead in attrs["leads"].split(",")]}


class SkillQuery(serializers.Serializer):
    days = serializers.IntegerField(required=False, default=28, min_value=1, max_value=MOST_DAYS)
    subject = serializers.ChoiceField(choices=Subject.choices, required=False, default="")
    quantity = serializers.ChoiceField(choices=Quantity.choices, required=False, default="")
    at = InstantField(required=False, default=None)


class AtQuery(serializers.Serializer):
    at = InstantField(required=False, default=None)


AN_INSTANT: Any = {"type": "string", "format": "date-time"}
AS_OF = OpenApiParameter("as_of", AN_INSTANT, description="The newest issue of then; default: of now.")


def read(kind: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    query = kind(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    given: dict[str, Any] = dict(query.validated_data)
    if "at" in given:
        now = timezone.now()
        given["at"] = min(given["at"] or now, now)
    return given


def series_or_404(series_id: int) -> Series:
    found = Series.objects.select_related("parent").filter(pk=series_id).first()
    if found is None:
        raise Http404("There is no series of this number; GET /api/v1/forecasts/series lists them.")
    return found
