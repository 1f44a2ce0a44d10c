from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.markets import selectors
from apps.markets.api.queries import MarketFilesQuery, PricesQuery, TariffCourseQuery, TariffsQuery, ZonesQuery, read
from apps.markets.api.serializers import (
    BiddingZoneSerializer,
    MarketFeedSerializer,
    MarketFileSerializer,
    MarketProblemSerializer,
    PricesSerializer,
    TariffCourseSerializer,
    TariffSerializer,
)
from apps.markets.choices import Product
from apps.markets.models import MarketFile
from apps.markets.selectors.days import zones_with_days
from apps.markets.selectors.health import feeds_health
from apps.markets.selectors.tariffs import NoTariff, tariff_course, tariffs_in_force

DECIMALS, TARIFF_DECIMALS = 4, 6


class MarketsApi(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]


class ZonesView(MarketsApi):
    @extend_schema(
        operation_id="markets_zones",
        parameters=[ZonesQuery],
        responses={200: BiddingZoneSerializer(many=True), 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """Bidding zones with their series, and whether the day-ahead prices of today and tomorrow are there."""
        as_of = read(ZonesQuery, request).get("as_of") or timezone.now()
        return Response(BiddingZoneSerializer(zones_with_days(as_of=as_of), many=True).data)


class FeedsView(MarketsApi):
    @extend_schema(operation_id="markets_feeds", responses=MarketFeedSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Each feed with what came last and what was refused."""
        return Response(MarketFeedSerializer(feeds_health(as_of=timezone.now()), many=True).data)


class FilesView(MarketsApi):
    @extend_schema(
        operation_id="markets_files",
        parameters=[MarketFilesQuery],
        responses={200: MarketFileSerializer(many=True), 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """What came, newest first, with the reason where it was refused."""
        asked = read(MarketFilesQuery, request)
        files = MarketFile.objects.select_related("feed").order_by("-received_at", "-pk")
        if "outcome" in asked:
            files = files.filter(outcome=asked["outcome"])
        return Response(MarketFileSerializer(files[: asked["limit"]], many=True).data)


class PricesView(MarketsApi):
    @extend_schema(
        operation_id="markets_prices",
        parameters=[PricesQuery],
        responses={200: PricesSerializer, 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """Prices or emission factors of a zone as they were known at an instant. Of day-ahead prices also what is
        expected where none was known, and by what."""
        asked = read(PricesQuery, request)
        product, as_of = Product(asked["product"]), asked.get("as_of") or timezone.now()
        grid = {name: asked[name] for name in ("zone", "starts_at", "steps", "step_s")}
        if product == Product.DAY_AHEAD and "auction" not in asked:
            found = selectors.expected(**grid, as_of=as_of, product=product)
            usual, basis = np.where(found.is_known, np.nan, found.values), found.basis
            known = found.known
        else:
            known = selectors.prices(**grid, as_of=as_of, product=product, auction=asked.get("auction"))
            usual, basis = np.full(asked["steps"], np.nan), ""
        told = {
            "t": _times(asked),
            "values": _plain(known.values),
            "unit": known.unit,
            "known_at": known.known_at,
            "series": known.series,
            "expected": _plain(usual),
            "basis": basis,
        }
        return Response(PricesSerializer(told).data)


class TariffsView(MarketsApi):
    @extend_schema(
        operation_id="markets_tariffs",
        parameters=[TariffsQuery],
        responses={200: TariffSerializer(many=True), 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """The tariffs that hold on a day, with their parts."""
        asked = read(TariffsQuery, request)
        day = asked.get("day") or timezone.localtime(asked.get("as_of")).date()
        return Response(TariffSerializer(tariffs_in_force(day=day), many=True).data)


class TariffCourseView(MarketsApi):
    @extend_schema(
        operation_id="markets_tariff_course",
        parameters=[TariffCourseQuery],
        responses={200: TariffCourseSerializer, 400: MarketProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """What is paid and got by a tariff in each step."""
        asked = read(TariffCourseQuery, request)
        as_of: datetime = asked.get("as_of") or timezone.now()
        grid = {name: asked[name] for name in ("name", "starts_at", "steps", "step_s")}
        try:
            found = tariff_course(**grid, as_of=as_of)
        except NoTariff as none:
            raise ValidationError({"name": f"{none} See markets/tariffs."}) from None
        told = {
            "t": _times(asked),
            "currency": found.currency,
            "buy_per_kwh": _plain(found.buy, TARIFF_DECIMALS),
            "sell_per_kwh": _plain(found.sell, TARIFF_DECIMALS),
            "demand_per_kw_month": _plain(found.demand, TARIFF_DECIMALS),
            "is_known": found.is_known.tolist(),
            "standing_per_month": found.standing_per_month,
        }
        return Response(TariffCourseSerializer(told).data)


def _times(asked: dict[str, Any]) -> list[int]:
    first = int(asked["starts_at"].timestamp())
    return [first + n * asked["step_s"] for n in range(asked["steps"])]


def _plain(column: Any, decimals: int = DECIMALS) -> list[float | None]:
    return [round(float(one), decimals) if np.isfinite(one) else None for one in column]
