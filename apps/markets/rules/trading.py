"""What stands against an act of trading. Each problem names the field and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.markets.choices import BidStatus, OrderStatus
from apps.markets.models import Bid, IntradayOrder, TradingLimits
from apps.markets.rules.days import clock_of, gate_closes

HAIR_KW = 0.001
ORDER_LEAD = timedelta(minutes=5)  # before delivery the market takes no order any more


@dataclass(frozen=True, slots=True)
class Problem:
    """`field`: what would have to change."""

    field: str
    reason: str


def curve_problems(limits: TradingLimits | None, curve: dict[str, Any], worst_profit: float) -> list[Problem]:
    """Of a bid against the limits of its portfolio."""
    if limits is None:
        return [Problem("limits", "The portfolio has no limits; set them before anything is bid.")]
    kw = [value for row in curve["kw"] for value in row]
    prices = [value for row in curve["price"] for value in row]
    if not kw:
        return [Problem("curve", "The bid holds nothing: neither plants nor batteries have anything to offer.")]
    found = [
        _above("most_sell_kw", max(kw), limits.most_sell_kw, "kW would be sold in a quarter hour", "give up a part"),
        _above("most_buy_kw", -min(kw), limits.most_buy_kw, "kW would be bought in a quarter hour", "give up a part"),
        _above(
            "most_loss", -worst_profit, limits.most_loss, "would be lost in the worst cases", "raise the risk weight"
        ),
    ]
    found += [_price(limits, value) for value in (min(prices), max(prices))]
    return [one for one in found if one is not None]


def _above(field: str, value: float, most: float, words: str, remedy: str) -> Problem | None:
    if value <= most + HAIR_KW:
        return None
    return Problem(field, f"{value:.1f} {words}, the limit is {most:g}: {remedy}, or have the limit changed.")


def _price(limits: TradingLimits, value: float) -> Problem | None:
    if limits.least_price <= value <= limits.most_price:
        return None
    return Problem(
        "least_price" if value < limits.least_price else "most_price",
        f"A price of {value:.2f} lies outside the limits of {limits.least_price:g} to {limits.most_price:g} per MWh; "
        "have the limits changed.",
    )


def gate_problems(bid: Bid, *, as_of: datetime) -> list[Problem]:
    closes = gate_closes(bid.portfolio.zone, bid.delivery_day)
    if as_of < closes:
        return []
    local = closes.astimezone(clock_of(bid.portfolio.zone))
    return [
        Problem(
            "delivery_day",
            f"The gate for {bid.delivery_day} closed at {local:%H:%M on %Y-%m-%d}; bid for the next day, and trade the "
            "rest intraday.",
        )
    ]


def may_stand_at(status: str, allowed: BidStatus, act: str) -> list[Problem]:
    if BidStatus(status) == allowed:
        return []
    return [
        Problem("status", f"Only a bid that is '{allowed.label}' is {act}; this one is '{BidStatus(status).label}'.")
    ]


def four_eyes(bid: Bid, user: User) -> list[Problem]:
    """Whoever drafted or submitted has had their say."""
    if user.pk in {bid.drafted_by_id, bid.submitted_by_id}:
        return [Problem("approved_by", "Who drafted or submitted a bid does not approve it; ask another person.")]
    return []


def order_problems(limits: TradingLimits | None, order: IntradayOrder, *, as_of: datetime) -> list[Problem]:
    if limits is None:
        return [Problem("limits", "The portfolio has no limits; set them before anything is ordered.")]
    found = []
    if abs(order.quantity_kw) > limits.most_order_kw + HAIR_KW:
        found.append(
            Problem(
                "most_order_kw", f"{abs(order.quantity_kw):.1f} kW is more than an order of {limits.most_order_kw:g}."
            )
        )
    if not limits.least_price <= order.price_limit <= limits.most_price:
        found.append(Problem("price_limit", f"The price limit of {order.price_limit:.2f} lies outside the limits."))
    if as_of >= order.delivery_at - ORDER_LEAD:
        found.append(Problem("delivery_at", "The market takes no order for this quarter hour any more."))
    return found


def may_approve_order(order: IntradayOrder, user: User) -> list[Problem]:
    if OrderStatus(order.status) != OrderStatus.PROPOSED:
        return [Problem("status", f"Only a proposed order is approved; this one is '{order.get_status_display()}'.")]
    if order.proposed_by_id == user.pk:
        return [Problem("approved_by", "Who proposed an order does not approve it; ask another person.")]
    return []


def words_of(problems: Sequence[Problem]) -> str:
    return " ".join(one.reason for one in problems)
