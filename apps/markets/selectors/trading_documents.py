"""The books of trading as the API tells them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Q

from apps.accounts.models import User
from apps.markets.adapters.bid_documents import BidDocument, of_bid
from apps.markets.choices import BidStatus, Source
from apps.markets.models import (
    Bid,
    DailyResult,
    DraftRun,
    ImbalanceSettlement,
    IntradayOrder,
    RiskFrontier,
    TradingLimits,
    TradingPortfolio,
)
from apps.markets.rules import DAY, clock_of, day_to_bid, gate_closes
from apps.markets.selectors.books import STEP_S, Position

FloatArray = npt.NDArray[np.float64]
MOST_ORDERS, MOST_BIDS = 400, 60


def person(user: User | None) -> str | None:
    return None if user is None else user.get_full_name() or user.get_username()


def portfolio_documents(*, as_of: datetime) -> list[dict[str, Any]]:
    rows = TradingPortfolio.objects.select_related("zone", "limits__set_by").annotate(
        plants=Count("members", filter=Q(members__source=Source.RENEWABLE)),
        batteries=Count("members", filter=Q(members__source=Source.STORAGE)),
    )
    return [_portfolio(row, as_of) for row in rows]


def _portfolio(row: Any, as_of: datetime) -> dict[str, Any]:
    day = day_to_bid(row.zone, as_of)
    return {
        "id": row.pk,
        "name": row.name,
        "zone": row.zone.code,
        "zone_name": str(row.zone),
        "time_zone": row.zone.time_zone,
        "is_traded": row.is_traded,
        "currency": row.currency,
        "plants": row.plants,
        "batteries": row.batteries,
        "today": as_of.astimezone(clock_of(row.zone)).date(),
        "day_to_bid": day,
        "gate_closes_at": gate_closes(row.zone, day),
        "risk_weight": row.risk_weight,
        "risk_level": row.risk_level,
        "scenario_count": row.scenario_count,
        "storage_offer": row.storage_offer,
        "storage_offer_label": row.get_storage_offer_display(),
        "assumed_spread": row.assumed_spread,
        "assumed_spread_source": row.assumed_spread_source,
        "fault": row.fault,
        "note": row.note,
        "limits": limits_document(row.limits) if hasattr(row, "limits") else None,
    }


def limits_document(limits: TradingLimits) -> dict[str, Any]:
    names = ("most_sell_kw", "most_buy_kw", "most_loss", "least_price", "most_price", "most_order_kw", "least_order_kw")
    return {name: getattr(limits, name) for name in names} | {
        "is_automatic": limits.is_automatic,
        "reason": limits.reason,
        "set_by": person(limits.set_by),
        "set_at": limits.set_at,
    }


def status_then(bid: Bid, as_of: datetime) -> BidStatus:
    """How it stood at an instant, by when it went from one state to the next."""
    if bid.ended_at is not None and bid.ended_at <= as_of:
        return BidStatus(bid.status)
    told = (
        (bid.exported_at, BidStatus.EXPORTED),
        (bid.decided_at, BidStatus.APPROVED),
        (bid.submitted_at, BidStatus.SUBMITTED),
    )
    return next((status for at, status in told if at is not None and at <= as_of), BidStatus.DRAFTED)


def bid_document(bid: Bid, as_of: datetime) -> dict[str, Any]:
    """Without its curve, as it stood then."""
    status = status_then(bid, as_of)
    return _bid(bid) | {
        "status": status,
        "status_label": status.label,
        "reason": bid.reason if _has_ended(bid, as_of) else "",
    }


def _has_ended(bid: Bid, as_of: datetime) -> bool:
    return bid.ended_at is not None and bid.ended_at <= as_of


def _bid(bid: Bid) -> dict[str, Any]:
    return {
        "id": bid.pk,
        "portfolio": bid.portfolio_id,
        "document": bid.document_id,
        "delivery_day": bid.delivery_day,
        "currency": bid.currency,
        "risk_weight": bid.risk_weight,
        "risk_level": bid.risk_level,
        "scenario_count": bid.scenario_count,
        "expected_profit": bid.expected_profit,
        "worst_profit": bid.worst_profit,
        "drafted_at": bid.drafted_at,
        "drafted_by": person(bid.drafted_by),
        "submitted_at": bid.submitted_at,
        "submitted_by": person(bid.submitted_by),
        "decided_at": bid.decided_at,
        "decided_by": person(bid.decided_by),
        "exported_at": bid.exported_at,
        "file_name": bid.file_name,
        "received_at": bid.received_at,
        "ended_at": bid.ended_at,
        "withdrawn_by": person(bid.withdrawn_by),
        "inputs": bid.inputs,
    }


def bid_with_curve(bid: Bid, as_of: datetime) -> dict[str, Any]:
    begin = int(bid.starts_at.timestamp())
    accepted = {
        int((one.delivery_at - bid.starts_at).total_seconds()) // STEP_S: one
        for one in bid.trades.all()
        if one.known_at <= as_of
    }
    return bid_document(bid, as_of) | {
        "t": [begin + step * STEP_S for step in range(bid.steps)],
        "price": bid.curve["price"],
        "kw": bid.curve["kw"],
        "storage_kw": bid.curve["storage_kw"],
        "cleared_kw": [accepted[step].quantity_kw if step in accepted else None for step in range(bid.steps)],
        "cleared_price": [accepted[step].price if step in accepted else None for step in range(bid.steps)],
    }


def document_of(bid: Bid) -> BidDocument:
    return of_bid(bid, created_at=bid.exported_at or bid.drafted_at)


def position_document(found: Position) -> dict[str, Any]:
    begin = int(found.starts_at.timestamp())
    return {
        "day": found.day,
        "t": [begin + step * STEP_S for step in range(found.steps)],
        "low_kw": plain(found.expected_kw[:, 0]),
        "expected_kw": plain(found.expected_kw[:, 1]),
        "high_kw": plain(found.expected_kw[:, 2]),
        "day_ahead_kw": plain(found.sold.day_ahead_kw),
        "intraday_kw": plain(found.sold.intraday_kw),
        "sold_kw": plain(found.sold.total_kw),
        "storage_kw": plain(found.sold.storage_kw),
        "imbalance_kw": plain(found.imbalance_kw),
        "price": plain(found.sold.day_ahead_price),
        "as_of": max((one.as_of for one in found.volumes), default=None),
    }


def order_documents(portfolio: TradingPortfolio, *, since: datetime, until: datetime) -> list[dict[str, Any]]:
    rows = IntradayOrder.objects.filter(portfolio=portfolio, delivery_at__gte=since, proposed_at__lte=until)
    return [
        _order(row) for row in rows.select_related("decided_by").order_by("-proposed_at", "delivery_at")[:MOST_ORDERS]
    ]


def _order(row: IntradayOrder) -> dict[str, Any]:
    return {
        "id": row.pk,
        "document": row.document_id,
        "part": row.source,
        "part_label": row.get_source_display(),
        "delivery_at": row.delivery_at,
        "quantity_kw": row.quantity_kw,
        "price_limit": row.price_limit,
        "reason": row.reason,
        "status": row.status,
        "status_label": row.get_status_display(),
        "proposed_at": row.proposed_at,
        "decided_by": person(row.decided_by),
        "is_by_rule": row.is_by_rule,
        "outcome": row.outcome,
    }


def bid_documents(portfolio: TradingPortfolio, *, day: date | None, as_of: datetime) -> list[dict[str, Any]]:
    """Newest first."""
    rows = Bid.objects.filter(portfolio=portfolio, drafted_at__lte=as_of).defer("curve", "stores")
    rows = rows.filter(delivery_day=day) if day else rows
    people = ("drafted_by", "submitted_by", "decided_by", "withdrawn_by")
    return [bid_document(row, as_of) for row in rows.select_related(*people)[:MOST_BIDS]]


def result_documents(portfolio: TradingPortfolio, *, days: int, as_of: datetime) -> list[dict[str, Any]]:
    until = as_of.date() + DAY
    rows = DailyResult.objects.filter(
        portfolio=portfolio,
        delivery_day__gte=until - timedelta(days=days),
        delivery_day__lte=until,
        worked_out_at__lte=as_of,
    )
    return [_result(row) for row in rows]


def _result(row: DailyResult) -> dict[str, Any]:
    names = ("day_ahead", "intraday", "imbalance", "wear", "total", "perfect", "rule", "price_error", "volume_error")
    more = ("delivery_day", "currency", "sold_kwh", "delivered_kwh", "known_share", "reason", "worked_out_at")
    uplift = None if row.rule is None else row.total - row.rule
    return {name: getattr(row, name) for name in (*names, *more)} | {"uplift": uplift}


def settlement_documents(rows: Iterable[ImbalanceSettlement]) -> list[dict[str, Any]]:
    names = ("delivery_at", "planned_kwh", "traded_kwh", "delivered_kwh", "imbalance_price", "amount")
    return [{name: getattr(row, name) for name in names} for row in rows]


def frontier_document(row: RiskFrontier) -> dict[str, Any]:
    names = ("id", "delivery_day", "asked_at", "made_at", "risk_level", "points", "reason", "duration_ms")
    return {name: getattr(row, name) for name in names}


def draft_document(row: DraftRun) -> dict[str, Any]:
    names = ("id", "delivery_day", "risk_weight", "risk_level", "asked_at", "made_at", "problems", "duration_ms")
    return {name: getattr(row, name) for name in names} | {"bid": row.bid_id}


def plain(values: FloatArray) -> list[float | None]:
    return [round(float(one), 3) if np.isfinite(one) else None for one in values]
