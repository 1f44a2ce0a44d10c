"""What is asked in addresses; a wrong value is told by its name and the remedy."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apps.markets.choices import FileFormat, FileOutcome, Product
from apps.markets.models import BiddingZone

MOST_STEPS = 10_000
MOST_ROWS = 200
SHA256_LETTERS = 64
REMEDY = "Give an ISO 8601 instant of the years 1990 to 2200 with its offset, such as 2026-01-31T12:00:00Z."


def known_zone(code: str) -> str:
    if not BiddingZone.objects.filter(code=code).exists():
        raise serializers.ValidationError("There is no bidding zone of this code; see markets/zones.")
    return code


class MarketInstantField(serializers.DateTimeField):
    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or not 1990 <= value.year <= 2200:
            raise serializers.ValidationError(REMEDY)
        return value.astimezone(UTC)


class MarketSpanQuery(serializers.Serializer):
    starts_at = MarketInstantField()
    ends_at = MarketInstantField()
    step_s = serializers.IntegerField(required=False, default=900, min_value=300, max_value=86_400)
    as_of = MarketInstantField(required=False, help_text="What was known then; default: now.")

    def validate_step_s(self, value: int) -> int:
        if value % 300:
            raise serializers.ValidationError("Give a multiple of 300 s.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        steps = (attrs["ends_at"] - attrs["starts_at"]).total_seconds() / attrs["step_s"]
        if not 1 <= steps <= MOST_STEPS:
            raise serializers.ValidationError({"ends_at": f"Give a span of 1 to {MOST_STEPS} steps of step_s."})
        return {**attrs, "steps": int(steps)}


class PricesQuery(MarketSpanQuery):
    zone = serializers.CharField(max_length=40, help_text="Code of a bidding zone; see markets/zones.")
    product = serializers.ChoiceField(choices=Product.choices, required=False, default=Product.DAY_AHEAD)
    auction = serializers.CharField(
        max_length=20, required=False, allow_blank=True, help_text="Only this auction; default: the one believed first."
    )

    def validate_zone(self, value: str) -> str:
        return known_zone(value)


class TariffCourseQuery(MarketSpanQuery):
    name = serializers.CharField(max_length=120, help_text="Of a tariff; see markets/tariffs.")


class MarketFilesQuery(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=FileOutcome.choices, required=False)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST_ROWS)


class ZonesQuery(serializers.Serializer):
    as_of = MarketInstantField(required=False, help_text="What was known then; default: now.")


class TariffsQuery(ZonesQuery):
    day = serializers.DateField(required=False, help_text="On which they hold; default: the day of as_of.")


class MarketImportQuery(serializers.Serializer):
    holds = serializers.ChoiceField(choices=FileFormat.choices, help_text="What the file is.")
    name = serializers.CharField(max_length=200, required=False, default="upload", help_text="Of the file.")
    zone = serializers.CharField(max_length=40, required=False, default="", help_text="Where the file names none.")
    product = serializers.ChoiceField(choices=Product.choices, required=False, default=Product.DAY_AHEAD)
    is_archive = serializers.BooleanField(
        required=False, default=False, help_text="A past that was known when it was published; else it is known now."
    )
    confirm = serializers.RegexField(
        f"^[0-9a-f]{{{SHA256_LETTERS}}}$",
        required=False,
        help_text="The sha256 of the preview. Without it nothing is changed.",
        error_messages={"invalid": "Give the sha256 of the preview: 64 hexadecimal digits."},
    )

    def validate_name(self, value: str) -> str:
        if not value.isprintable():
            raise serializers.ValidationError("Give a name of printable characters.")
        return value


def read(query: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    given = query(data=request.query_params)
    given.is_valid(raise_exception=True)
    return {**given.validated_data}
