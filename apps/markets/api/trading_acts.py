"""What people do about bids, orders and limits."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.markets import tasks
from apps.markets.api import trading_bodies as bodies
from apps.markets.api.trading import portfolio_of
from apps.markets.models import Bid
from apps.markets.selectors import trading_documents as documents
from apps.markets.selectors.books import PEOPLE
from apps.markets.services import bidding, ordering
from apps.markets.services.portfolios import LimitsWanted, set_limits
from apps.markets.services.refusal import By, TradeRefused

REFUSED = {409: bodies.TradeRefusedSerializer}


def actor(request: Request) -> By:
    return By(request.user if isinstance(request.user, User) else None, source_ip(request._request))


def refused(refusal: TradeRefused) -> Response:
    problems = [{"field": one.field, "reason": one.reason} for one in refusal.problems]
    return Response({"detail": str(refusal), "problems": problems}, status=status.HTTP_409_CONFLICT)


class TradingLimitsView(APIView):
    permission_classes = [requires(Permission.APPROVE_TRADES)]

    @extend_schema(
        operation_id="trading_limits_set",
        request=bodies.TradingLimitsSerializer,
        responses={200: bodies.TradingLimitsSerializer, **REFUSED},
    )
    def put(self, request: Request, portfolio_id: int) -> Response:
        """All of them, in the name of who sets them."""
        body = bodies.TradingLimitsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = LimitsWanted(**body.validated_data)
        portfolio = portfolio_of(portfolio_id)
        try:
            limits = set_limits(portfolio=portfolio, wanted=wanted, by=actor(request), as_of=timezone.now())
        except TradeRefused as refusal:
            return refused(refusal)
        return Response(bodies.TradingLimitsSerializer(documents.limits_document(limits)).data)


def _hand_over_soon() -> None:
    """Without a queue nothing is lost: what was decided is stored, and the clock hands it over when it is back."""
    with suppress(OperationalError):
        tasks.hand_over.delay()


class _BidAct(APIView):
    """`act`: the service that does it; a body with a reason where `has_reason`."""

    act: Callable[..., Bid]
    has_reason = False

    def _done(self, request: Request, bid_id: int) -> Response:
        told: dict[str, Any] = {}
        if self.has_reason:
            body = bodies.TradeReasonSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            told["reason"] = body.validated_data["reason"]
        get_object_or_404(Bid, pk=bid_id)
        try:
            bid = self.act(bid_id=bid_id, by=actor(request), as_of=timezone.now(), **told)
        except TradeRefused as refusal:
            return refused(refusal)
        _hand_over_soon()
        whole = Bid.objects.select_related(*PEOPLE).get(pk=bid.pk)
        return Response(
            bodies.BidSerializer(documents.bid_document(whole, timezone.now())).data, status=status.HTTP_201_CREATED
        )


DECIDED = {201: bodies.BidSerializer, **REFUSED}


class BidSubmissionView(_BidAct):
    permission_classes = [requires(Permission.TRADE)]
    act = staticmethod(bidding.submit_bid)

    @extend_schema(operation_id="trading_bid_submit", request=None, responses=DECIDED)
    def post(self, request: Request, bid_id: int) -> Response:
        """Asks for the approval of another person."""
        return self._done(request, bid_id)


class BidApprovalView(_BidAct):
    permission_classes = [requires(Permission.APPROVE_TRADES)]
    act = staticmethod(bidding.approve_bid)

    @extend_schema(operation_id="trading_bid_approve", request=None, responses=DECIDED)
    def post(self, request: Request, bid_id: int) -> Response:
        """By another person than who drafted or submitted it; then it is put into the drop folder."""
        return self._done(request, bid_id)


class BidRejectionView(_BidAct):
    permission_classes = [requires(Permission.APPROVE_TRADES)]
    has_reason = True
    act = staticmethod(bidding.reject_bid)

    @extend_schema(operation_id="trading_bid_reject", request=bodies.TradeReasonSerializer, responses=DECIDED)
    def post(self, request: Request, bid_id: int) -> Response:
        """Of one that waits for approval."""
        return self._done(request, bid_id)


class BidWithdrawalView(_BidAct):
    permission_classes = [requires(Permission.TRADE)]
    has_reason = True
    act = staticmethod(bidding.withdraw_bid)

    @extend_schema(operation_id="trading_bid_withdraw", request=bodies.TradeReasonSerializer, responses=DECIDED)
    def post(self, request: Request, bid_id: int) -> Response:
        """Also of one that was handed over, while the gate is open: a document calls it back."""
        return self._done(request, bid_id)


def _orders_done(act: Callable[[], int]) -> Response:
    try:
        count = act()
    except TradeRefused as refusal:
        return refused(refusal)
    _hand_over_soon()
    return Response({"orders": count}, status=status.HTTP_201_CREATED)


ORDERS = {201: bodies.OrdersActedSerializer, **REFUSED}


class OrdersApprovalView(APIView):
    permission_classes = [requires(Permission.APPROVE_TRADES)]

    @extend_schema(operation_id="trading_orders_approve", request=None, responses=ORDERS)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """All orders that wait, by a person who proposed none of them."""
        portfolio, by, now = portfolio_of(portfolio_id), actor(request), timezone.now()
        return _orders_done(lambda: ordering.approve_orders(portfolio=portfolio, by=by, as_of=now))


class OrdersWithdrawalView(APIView):
    permission_classes = [requires(Permission.TRADE)]

    @extend_schema(operation_id="trading_orders_withdraw", request=bodies.TradeReasonSerializer, responses=ORDERS)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """All orders that were not handed over yet."""
        body = bodies.TradeReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        portfolio, by, now = portfolio_of(portfolio_id), actor(request), timezone.now()
        told: dict[str, Any] = {"portfolio": portfolio, "reason": body.validated_data["reason"], "by": by, "as_of": now}
        return _orders_done(lambda: ordering.withdraw_orders(**told))
