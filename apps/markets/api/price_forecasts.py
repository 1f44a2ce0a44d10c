"""Forecasts of prices as they were issued, and how good they were."""

from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.markets import rules
from apps.markets.api.queries import MarketInstantField, MarketSpanQuery, known_zone, read
from apps.markets.api.serializers import MarketProblemSerializer
from apps.markets.choices import PriceMethod
from apps.markets.models import BiddingZone, PriceForecast
from apps.markets.selectors.price_forecasts import SKILL_DAYS, Foretold, price_forecast, price_skill

DECIMALS = 4
MOST_DAYS = 400


class PriceForecastQuery(MarketSpanQuery):
    zone = serializers.CharField(max_length=40, help_text="Code of a bidding zone; see markets/zones.")

    def validate_zone(self, value: str) -> str:
        return known_zone(value)


class PriceSkillQuery(serializers.Serializer):
    zone = serializers.CharField(max_length=40, help_text="Code of a bidding zone; see markets/zones.")
    days = serializers.IntegerField(required=False, default=SKILL_DAYS, min_value=1, max_value=MOST_DAYS)
    as_of = MarketInstantField(required=False, help_text="Days up to the one after it; default: now.")

    def validate_zone(self, value: str) -> str:
        return known_zone(value)


class IssuedPriceForecastSerializer(serializers.ModelSerializer[PriceForecast]):
    method = serializers.ChoiceField(choices=PriceMethod.choices)
    method_label = serializers.CharField(source="get_method_display")
    was_there = serializers.BooleanField(help_text="False: worked out again later, from what was known at as_of.")
    inputs = serializers.DictField(help_text="Days learned from, columns known ahead, weights of the members.")

    class Meta:
        model = PriceForecast
        fields = [
            "id",
            "day",
            "issued_at",
            "as_of",
            "was_there",
            "method",
            "method_label",
            "reason",
            "model_version",
            "inputs",
            "duration_ms",
        ]


class PriceForecastSerializer(serializers.Serializer):
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Unix seconds of the begin of each step.")
    unit = serializers.CharField()
    levels = serializers.ListField(child=serializers.FloatField())
    quantiles = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="One row a level, each by steps; null where nothing was issued.",
    )
    issued = IssuedPriceForecastSerializer(many=True, help_text="Those that were used: the newest of each day.")


class PriceScoreSerializer(serializers.Serializer):
    day = serializers.DateField()
    as_of = serializers.DateTimeField(source="forecast.as_of")
    was_there = serializers.BooleanField(source="forecast.was_there")
    method = serializers.ChoiceField(choices=PriceMethod.choices, source="forecast.method")
    steps = serializers.IntegerField()
    mae = serializers.FloatField()
    naive_mae = serializers.FloatField(allow_null=True)
    pinball = serializers.FloatField(allow_null=True)
    inside_80 = serializers.IntegerField(allow_null=True, help_text="Of the steps.")
    inside_90 = serializers.IntegerField(allow_null=True, help_text="Of the steps.")


class PriceSkillSerializer(serializers.Serializer):
    unit = serializers.CharField()
    days = serializers.IntegerField(help_text="That were scored.")
    worked_out_again = serializers.IntegerField(help_text="Of them, later from what was known at their gate.")
    by_model = serializers.IntegerField()
    mae = serializers.FloatField(allow_null=True, help_text="Of the median.")
    naive_mae = serializers.FloatField(allow_null=True, help_text="Of the same weekday a week before.")
    mae_ratio = serializers.FloatField(allow_null=True, help_text="Ours over that; below 1 it is better.")
    pinball = serializers.FloatField(allow_null=True)
    coverage_80 = serializers.FloatField(allow_null=True)
    coverage_90 = serializers.FloatField(allow_null=True)
    rows = PriceScoreSerializer(many=True)


class PriceForecastsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        operation_id="markets_price_forecasts",
        parameters=[PriceForecastQuery],
        responses={200: PriceForecastSerializer, 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """What was foretold of day-ahead prices, of each day by the newest forecast that was there at an instant."""
        asked = read(PriceForecastQuery, request)
        grid = {name: asked[name] for name in ("zone", "starts_at", "steps", "step_s")}
        found = price_forecast(**grid, as_of=asked.get("as_of") or timezone.now())
        return Response(PriceForecastSerializer(_told(found)).data)


class PriceSkillView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        operation_id="markets_price_forecast_skill",
        parameters=[PriceSkillQuery],
        responses={200: PriceSkillSerializer, 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """How good the forecasts that stood at each gate were, over the last days whose prices are out."""
        asked = read(PriceSkillQuery, request)
        zone = BiddingZone.objects.get(code=asked["zone"])
        as_of = asked.get("as_of") or timezone.now()
        until = as_of.astimezone(rules.clock_of(zone)).date() + timedelta(days=1)
        return Response(PriceSkillSerializer(price_skill(zone=zone, until=until, days=asked["days"])).data)


def _told(found: Foretold) -> dict[str, Any]:
    first, step_s = int(found.span.starts_at.timestamp()), found.span.step_s
    rows = np.round(found.quantiles.T, DECIMALS)
    return {
        "t": [first + n * step_s for n in range(found.span.steps)],
        "unit": found.issued[-1].unit if found.issued else "",
        "levels": found.levels,
        "quantiles": [[float(one) if np.isfinite(one) else None for one in row] for row in rows],
        "issued": found.issued,
    }
