"""The way of a bid: drafted, submitted, approved by somebody else, handed over, cleared. Each step is audited."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts import acts
from apps.accounts.models import User
from apps.markets.choices import BidStatus
from apps.markets.models import Bid, TradingPortfolio
from apps.markets.rules import delivery_span
from apps.markets.rules.trading import (
    Problem,
    curve_problems,
    four_eyes,
    gate_problems,
    may_stand_at,
)
from apps.markets.selectors.portfolios import limits_of
from apps.markets.services.refusal import By, TradeRefused, insist

REPLACED = "A newer draft took its place."
MOVED = Problem("status", "Somebody was faster; look at the bid again.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a desk offers for a day, and what it reckons with."""

    portfolio: TradingPortfolio
    delivery_day: date
    currency: str
    risk_weight: float
    risk_level: float
    scenario_count: int
    seed: int
    expected_profit: float
    worst_profit: float
    curve: dict[str, Any]
    stores: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_draft(draft: Draft, *, by: By, as_of: datetime) -> Bid:
    """Drafts of the day that nobody submitted are replaced. Raises TradeRefused for what breaks a limit, naming it."""
    begin, steps = delivery_span(draft.portfolio.zone, draft.delivery_day)
    bid = Bid(
        starts_at=begin,
        steps=steps,
        drafted_at=as_of,
        drafted_by=by.user,
        **{name: getattr(draft, name) for name in Draft.__slots__},
    )
    insist(gate_problems(bid, as_of=as_of) + curve_problems(limits_of(draft.portfolio), bid.curve, bid.worst_profit))
    older = Bid.objects.filter(
        portfolio=draft.portfolio, delivery_day=draft.delivery_day, status=BidStatus.DRAFTED
    ).select_for_update()
    for one in older:
        Bid.objects.move(one.pk, BidStatus.DRAFTED, BidStatus.WITHDRAWN, ended_at=as_of, reason=REPLACED)
    bid.save()
    _tell(bid, "drafted", by, as_of)
    return bid


@transaction.atomic
def submit_bid(*, bid_id: int, by: By, as_of: datetime) -> Bid:
    """Raises TradeRefused."""
    bid = _held(bid_id)
    insist(may_stand_at(bid.status, BidStatus.DRAFTED, "submitted") + gate_problems(bid, as_of=as_of))
    insist(curve_problems(limits_of(bid.portfolio), bid.curve, bid.worst_profit))
    try:
        with transaction.atomic():
            return _moved(bid, BidStatus.SUBMITTED, "submitted", by, as_of, submitted_at=as_of, submitted_by=by.user)
    except IntegrityError:
        remedy = "withdraw it first."
        reason = f"Another bid of {bid.portfolio} for {bid.delivery_day} is on its way or cleared; {remedy}"
        raise TradeRefused(Problem("delivery_day", reason)) from None


@transaction.atomic
def approve_bid(*, bid_id: int, by: By, as_of: datetime) -> Bid:
    """By another person than who drafted or submitted it; then it is handed over. Raises TradeRefused."""
    bid = _held(bid_id)
    insist(may_stand_at(bid.status, BidStatus.SUBMITTED, "approved") + gate_problems(bid, as_of=as_of))
    insist(four_eyes(bid, _person(by)))
    insist(curve_problems(limits_of(bid.portfolio), bid.curve, bid.worst_profit))
    return _moved(bid, BidStatus.APPROVED, "approved", by, as_of, decided_at=as_of, decided_by=by.user)


@transaction.atomic
def reject_bid(*, bid_id: int, reason: str, by: By, as_of: datetime) -> Bid:
    """Raises TradeRefused."""
    bid = _held(bid_id)
    insist(may_stand_at(bid.status, BidStatus.SUBMITTED, "rejected"))
    said = {"decided_at": as_of, "decided_by": by.user, "reason": reason[:300], "ended_at": as_of}
    return _moved(bid, BidStatus.REJECTED, "rejected", by, as_of, **said)


@transaction.atomic
def withdraw_bid(*, bid_id: int, reason: str, by: By, as_of: datetime) -> Bid:
    """One that was handed over is called back by a document, while the gate is open. Raises TradeRefused."""
    bid = _held(bid_id)
    if BidStatus(bid.status) in {BidStatus.CLEARED, BidStatus.REJECTED, BidStatus.WITHDRAWN}:
        insist([Problem("status", f"A bid that is '{bid.get_status_display()}' is not withdrawn any more.")])
    if bid.exported_at is not None:
        insist(gate_problems(bid, as_of=as_of))
    said = {"reason": reason[:300], "ended_at": as_of, "withdrawn_by": by.user}
    return _moved(bid, BidStatus.WITHDRAWN, "withdrawn", by, as_of, **said)


def bids_past_gate(*, as_of: datetime) -> int:
    """What was not handed over in time never will be: it is put away with the reason. How many."""
    waiting = Bid.objects.filter(status__in=[BidStatus.DRAFTED, BidStatus.SUBMITTED, BidStatus.APPROVED])
    count = 0
    for bid in waiting.select_related("portfolio__zone"):
        if problems := gate_problems(bid, as_of=as_of):
            late = "The gate closed before it was handed over. " + problems[0].reason
            count += _put_away(bid, late[:300], as_of)
    return count


@transaction.atomic
def _put_away(bid: Bid, reason: str, as_of: datetime) -> int:
    old = BidStatus(bid.status)
    new = BidStatus.REJECTED if old is BidStatus.APPROVED else BidStatus.WITHDRAWN
    if not Bid.objects.move(bid.pk, old, new, reason=reason, ended_at=as_of):
        return 0
    bid.status = new
    _tell(bid, "too-late", By(None), as_of)
    return 1


def _held(bid_id: int) -> Bid:
    return Bid.objects.select_for_update(of=("self",)).select_related("portfolio__zone").get(pk=bid_id)


def _moved(bid: Bid, new: BidStatus, act: str, by: By, as_of: datetime, **fields: Any) -> Bid:
    if not Bid.objects.move(bid.pk, BidStatus(bid.status), new, **fields):
        raise TradeRefused(MOVED)
    bid.refresh_from_db()
    _tell(bid, act, by, as_of)
    return bid


def _tell(bid: Bid, act: str, by: By, as_of: datetime) -> None:
    acts.record(
        actor=by.user,
        action=f"markets.bid.{act}",
        target=f"bid {bid.pk} of {bid.portfolio} for {bid.delivery_day}"[:200],
        detail={
            "expected_profit": bid.expected_profit,
            "worst_profit": bid.worst_profit,
            "risk_weight": bid.risk_weight,
            "reason": bid.reason,
        },
        at=as_of,
        source_ip=by.source_ip,
    )


def _person(by: By) -> User:
    if by.user is None:
        raise TradeRefused(Problem("approved_by", "A bid is approved by a person."))
    return by.user
