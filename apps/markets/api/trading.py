"""The books of trading: portfolios and their limits, bids, positions, orders, results."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.markets.api import trading_bodies as bodies
from apps.markets.api.queries import read
from apps.markets.choices import DropFormat
from apps.markets.models import Bid, ImbalanceSettlement, TradingPortfolio
from apps.markets.rules import DAY, clock_of, delivery_span
from apps.markets.selectors import trading_documents as documents
from apps.markets.selectors.books import PEOPLE, STEP, position


def portfolio_of(key: int) -> TradingPortfolio:
    return get_object_or_404(TradingPortfolio.objects.select_related("zone"), pk=key)


class _Reading(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]


class TradingPortfoliosView(_Reading):
    @extend_schema(
        operation_id="trading_portfolios",
        parameters=[bodies.TradingAsOfQuery],
        responses=bodies.TradingPortfolioSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """With the limits in force, and when the gate of the next day closes."""
        as_of = read(bodies.TradingAsOfQuery, request).get("as_of") or timezone.now()
        found = documents.portfolio_documents(as_of=as_of)
        return Response(bodies.TradingPortfolioSerializer(found, many=True).data)


class BidsView(_Reading):
    @extend_schema(
        operation_id="trading_bids",
        parameters=[bodies.TradingDayQuery],
        responses=bodies.BidSerializer(many=True),
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Newest first, at most 60, without their curves."""
        asked = read(bodies.TradingDayQuery, request)
        as_of = asked.get("as_of") or timezone.now()
        found = documents.bid_documents(portfolio_of(portfolio_id), day=asked.get("day"), as_of=as_of)
        return Response(bodies.BidSerializer(found, many=True).data)


class BidView(_Reading):
    @extend_schema(
        operation_id="trading_bid", parameters=[bodies.TradingAsOfQuery], responses=bodies.BidCurveSerializer
    )
    def get(self, request: Request, bid_id: int) -> Response:
        """With its curve, and what of it was cleared."""
        as_of = read(bodies.TradingAsOfQuery, request).get("as_of") or timezone.now()
        bid = get_object_or_404(Bid.objects.select_related(*PEOPLE).prefetch_related("trades"), pk=bid_id)
        return Response(bodies.BidCurveSerializer(documents.bid_with_curve(bid, as_of)).data)


class BidDocumentView(_Reading):
    @extend_schema(
        operation_id="trading_bid_document",
        parameters=[bodies.TradingDocumentQuery],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, bid_id: int) -> HttpResponse:
        """The document as it is, or would be, put into the drop folder."""
        wanted = DropFormat(read(bodies.TradingDocumentQuery, request)["kind"])
        document = documents.document_of(get_object_or_404(Bid.objects.select_related("portfolio__zone"), pk=bid_id))
        content_type = "application/xml" if wanted is DropFormat.XML else "text/csv"
        answer = HttpResponse(document.text(wanted), content_type=f"{content_type}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{document.file_name(wanted)}"'
        return answer


class TradingPositionView(_Reading):
    @extend_schema(
        operation_id="trading_position",
        parameters=[bodies.TradingDayQuery],
        responses=bodies.TradingPositionSerializer,
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Of a day of delivery, today if none is given: what is sold, what is expected, what would be imbalance."""
        asked, portfolio = read(bodies.TradingDayQuery, request), portfolio_of(portfolio_id)
        as_of = asked.get("as_of") or timezone.now()
        day = asked.get("day") or as_of.astimezone(clock_of(portfolio.zone)).date()
        found = documents.position_document(position(portfolio, day, as_of=as_of))
        return Response(bodies.TradingPositionSerializer(found).data)


class IntradayOrdersView(_Reading):
    @extend_schema(
        operation_id="trading_orders",
        parameters=[bodies.TradingDayQuery],
        responses=bodies.IntradayOrderSerializer(many=True),
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """From a day of delivery on, today if none is given; the newest first, at most 400."""
        asked, portfolio = read(bodies.TradingDayQuery, request), portfolio_of(portfolio_id)
        as_of = asked.get("as_of") or timezone.now()
        day = asked.get("day") or as_of.astimezone(clock_of(portfolio.zone)).date()
        since, _ = delivery_span(portfolio.zone, day)
        found = documents.order_documents(portfolio, since=since, until=as_of)
        return Response(bodies.IntradayOrderSerializer(found, many=True).data)


class TradingResultsView(_Reading):
    @extend_schema(
        operation_id="trading_results",
        parameters=[bodies.TradingResultsQuery],
        responses=bodies.TradingResultSerializer(many=True),
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Profit and loss by day, the newest first."""
        asked = read(bodies.TradingResultsQuery, request)
        as_of = asked.get("as_of") or timezone.now()
        found = documents.result_documents(portfolio_of(portfolio_id), days=asked["days"], as_of=as_of)
        return Response(bodies.TradingResultSerializer(found, many=True).data)


class ImbalancesView(_Reading):
    @extend_schema(
        operation_id="trading_imbalances",
        parameters=[bodies.TradingDayQuery],
        responses=bodies.ImbalanceSerializer(many=True),
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """The quarter hours of a settled day; yesterday if none is given."""
        asked, portfolio = read(bodies.TradingDayQuery, request), portfolio_of(portfolio_id)
        yesterday = timezone.now().astimezone(clock_of(portfolio.zone)).date() - DAY
        begin, steps = delivery_span(portfolio.zone, asked.get("day") or yesterday)
        rows = ImbalanceSettlement.objects.filter(
            portfolio=portfolio, delivery_at__gte=begin, delivery_at__lt=begin + steps * STEP
        )
        return Response(bodies.ImbalanceSerializer(documents.settlement_documents(rows), many=True).data)
