"""What the trading desk works out: bids on request, and what each weight of the worst cases would earn."""

from datetime import date
from typing import Any, cast

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import chosen
from apps.markets.models import DraftRun, RiskFrontier, TradingPortfolio
from apps.markets.rules import day_to_bid
from apps.markets.selectors.trading_documents import draft_document, frontier_document
from apps.renewables import tasks
from apps.renewables.adapters.trading import Risk
from apps.renewables.services import trading_bids

NO_QUEUE = "The queue of the workers cannot be reached. Try again."


class DraftProblemSerializer(serializers.Serializer):
    field = serializers.CharField()
    reason = serializers.CharField()


class NewDraftSerializer(serializers.Serializer):
    portfolio = serializers.IntegerField(help_text="Of markets/portfolios.")
    day = serializers.DateField(required=False, help_text="Of delivery; default: the next whose gate is open.")
    risk_weight = serializers.FloatField(
        min_value=0, max_value=1, help_text="Of the worst cases: 0 looks at the mean alone, 1 at the worst alone."
    )
    risk_level = serializers.FloatField(
        required=False, min_value=0.5, max_value=0.99, help_text="0.9: the worst tenth. Default: the portfolio's."
    )


class BidDraftSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    delivery_day = serializers.DateField()
    risk_weight = serializers.FloatField()
    risk_level = serializers.FloatField()
    asked_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True, help_text="null: a worker is at it, or will be.")
    bid = serializers.IntegerField(allow_null=True)
    problems = DraftProblemSerializer(many=True)
    duration_ms = serializers.FloatField()


class FrontierQuery(serializers.Serializer):
    portfolio = serializers.IntegerField()
    day = serializers.DateField(required=False)


class FrontierPointSerializer(serializers.Serializer):
    weight = serializers.FloatField()
    expected = serializers.FloatField()
    worst = serializers.FloatField(help_text="Mean of the worst cases (CVaR).")


class RiskFrontierSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    delivery_day = serializers.DateField()
    asked_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True)
    risk_level = serializers.FloatField()
    points = FrontierPointSerializer(many=True)
    reason = serializers.CharField()
    duration_ms = serializers.FloatField()


class NewestFrontierSerializer(serializers.Serializer):
    frontier = RiskFrontierSerializer(allow_null=True, help_text="null where none was asked for.")


class TradingProblemSerializer(serializers.Serializer):
    detail = serializers.CharField()


def _asked(serializer: type[serializers.Serializer], data: Any) -> tuple[TradingPortfolio, date, dict[str, Any]]:
    body = serializer(data=data)
    body.is_valid(raise_exception=True)
    told = dict(body.validated_data)
    portfolio = chosen(TradingPortfolio.objects.select_related("zone"), "portfolio", pk=told["portfolio"])
    return portfolio, told.get("day") or day_to_bid(portfolio.zone, timezone.now()), told


def _queued(task: Any, key: int, answer: dict[str, Any]) -> Response:
    try:
        task.delay(key)
    except OperationalError:
        return Response({"detail": NO_QUEUE}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
    return Response(answer, status=status.HTTP_202_ACCEPTED)


class BidDraftsView(APIView):
    permission_classes = [requires(Permission.TRADE)]

    @extend_schema(
        operation_id="trading_draft_new",
        request=NewDraftSerializer,
        responses={202: BidDraftSerializer, 503: TradingProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        """A worker drafts the bid; the draft tells which bid it became, or what stands against it."""
        portfolio, day, told = _asked(NewDraftSerializer, request.data)
        risk = Risk(told["risk_weight"], told.get("risk_level", portfolio.risk_level))
        by, now = cast(User, request.user), timezone.now()
        run = trading_bids.ask_draft(portfolio=portfolio, day=day, risk=risk, by=by, as_of=now)
        return _queued(tasks.draft_bid, run.pk, BidDraftSerializer(draft_document(run)).data)


class BidDraftView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(operation_id="trading_draft", responses=BidDraftSerializer)
    def get(self, request: Request, draft_id: int) -> Response:
        return Response(BidDraftSerializer(draft_document(get_object_or_404(DraftRun, pk=draft_id))).data)


class FrontiersView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.TRADE)()]

    @extend_schema(operation_id="trading_frontier", parameters=[FrontierQuery], responses=NewestFrontierSerializer)
    def get(self, request: Request) -> Response:
        """The newest of a day."""
        portfolio, day, _ = _asked(FrontierQuery, request.query_params)
        row = RiskFrontier.objects.filter(portfolio=portfolio, delivery_day=day).first()
        told = {"frontier": None if row is None else frontier_document(row)}
        return Response(NewestFrontierSerializer(told).data)

    @extend_schema(
        operation_id="trading_frontier_new",
        request=FrontierQuery,
        responses={202: RiskFrontierSerializer, 503: TradingProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        """A worker works out what each weight of the worst cases would be expected to earn."""
        portfolio, day, _ = _asked(FrontierQuery, request.data)
        row = trading_bids.ask_frontier(portfolio=portfolio, day=day, as_of=timezone.now())
        return _queued(tasks.make_frontier, row.pk, RiskFrontierSerializer(frontier_document(row)).data)
