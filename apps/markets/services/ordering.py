"""Intraday orders: proposed by the desk, approved by another person or by a rule that a person has switched on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts import acts
from apps.markets.choices import WAITING_ORDERS, OrderStatus, Source
from apps.markets.models import IntradayOrder, TradingLimits, TradingPortfolio
from apps.markets.rules.trading import Problem, may_approve_order, order_problems
from apps.markets.selectors.portfolios import limits_of
from apps.markets.services.refusal import By, TradeRefused, insist

OLDER = "A newer look at the hours ahead took its place."
UNFILLED_FOR = timedelta(days=30)
TOO_LATE = "Its quarter hour began before it was filled."


@dataclass(frozen=True, slots=True)
class Wanted:
    """kW sold positive; money per MWh."""

    source: Source
    delivery_at: datetime
    quantity_kw: float
    price_limit: float
    reason: str


@transaction.atomic
def propose_orders(
    *, portfolio: TradingPortfolio, wanted: Sequence[Wanted], by: By, as_of: datetime
) -> list[IntradayOrder]:
    """What had been proposed before is withdrawn. What a limit forbids is cut to it; where a rule of a person is on, it
    approves in that person's name."""
    limits = limits_of(portfolio)
    if limits is None:
        raise TradeRefused(Problem("limits", f"{portfolio} has no limits; set them before anything is ordered."))
    old = IntradayOrder.objects.select_for_update().filter(portfolio=portfolio, status=OrderStatus.PROPOSED)
    old.update(status=OrderStatus.WITHDRAWN, ended_at=as_of, outcome=OLDER)
    rows = [_row(portfolio, limits, one, by, as_of) for one in wanted]
    allowed = [row for row in rows if not order_problems(limits, row, as_of=as_of)]
    made = IntradayOrder.objects.bulk_create(allowed)
    if made and limits.is_automatic:
        _tell(portfolio, "approved-by-rule", len(made), By(limits.set_by), as_of)
    return made


@transaction.atomic
def approve_orders(*, portfolio: TradingPortfolio, by: By, as_of: datetime) -> int:
    """All that wait, by a person who proposed none of them. How many. Raises TradeRefused."""
    if by.user is None:
        raise TradeRefused(Problem("approved_by", "Orders are approved by a person."))
    waiting = IntradayOrder.objects.select_for_update().filter(portfolio=portfolio, status=OrderStatus.PROPOSED)
    limits, rows = limits_of(portfolio), list(waiting)
    insist([] if rows else [Problem("orders", "No order waits for approval.")])
    fit = [row for row in rows if not order_problems(limits, row, as_of=as_of)]
    for row in fit:
        insist(may_approve_order(row, by.user))
        fields = {"decided_at": as_of, "decided_by": by.user}
        IntradayOrder.objects.move(row.pk, OrderStatus.PROPOSED, OrderStatus.APPROVED, **fields)
    _tell(portfolio, "approved", len(fit), by, as_of)
    return len(fit)


@transaction.atomic
def withdraw_orders(*, portfolio: TradingPortfolio, reason: str, by: By, as_of: datetime) -> int:
    """All that were not handed over yet. How many."""
    open_ones = IntradayOrder.objects.filter(
        portfolio=portfolio, status__in=[OrderStatus.PROPOSED, OrderStatus.APPROVED]
    )
    count = open_ones.update(status=OrderStatus.WITHDRAWN, ended_at=as_of, outcome=reason[:300])
    _tell(portfolio, "withdrawn", count, by, as_of)
    return count


def expire_orders(*, as_of: datetime) -> int:
    """Whose quarter hour has begun without an answer."""
    late = IntradayOrder.objects.filter(status__in=WAITING_ORDERS, delivery_at__lte=as_of)
    return late.update(status=OrderStatus.EXPIRED, ended_at=as_of, outcome=TOO_LATE)


def forget_orders(*, as_of: datetime) -> int:
    """Of those that were never filled; how many."""
    unfilled = [OrderStatus.WITHDRAWN, OrderStatus.EXPIRED, OrderStatus.REJECTED]
    old = IntradayOrder.objects.filter(status__in=unfilled, ended_at__lt=as_of - UNFILLED_FOR)
    return old.delete()[0]


def _row(portfolio: TradingPortfolio, limits: TradingLimits, one: Wanted, by: By, as_of: datetime) -> IntradayOrder:
    quantity = max(-limits.most_order_kw, min(limits.most_order_kw, one.quantity_kw))
    row = IntradayOrder(
        portfolio=portfolio,
        source=one.source,
        delivery_at=one.delivery_at,
        quantity_kw=round(quantity, 1),
        price_limit=round(one.price_limit, 2),
        reason=one.reason[:300],
        proposed_at=as_of,
        proposed_by=by.user,
    )
    if limits.is_automatic and (by.user is None or by.user != limits.set_by):
        row.status, row.is_by_rule = OrderStatus.APPROVED, True
        row.decided_at, row.decided_by = as_of, limits.set_by
    return row


def _tell(portfolio: TradingPortfolio, act: str, count: int, by: By, at: datetime) -> None:
    acts.record(
        actor=by.user,
        action=f"markets.orders.{act}",
        target=f"orders of {portfolio}"[:200],
        detail={"orders": count},
        at=at,
        source_ip=by.source_ip,
    )
