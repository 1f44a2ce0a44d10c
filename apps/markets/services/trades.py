"""What a market says of documents that were handed over: received, refused with its reason, or cleared."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from apps.accounts import acts
from apps.markets.adapters.csv_results import Answer
from apps.markets.adapters.parsed import FileRefused
from apps.markets.choices import BidStatus, MarketAnswer, OrderStatus, Venue
from apps.markets.models import Bid, IntradayOrder, MarketFile, Trade

BID, ORDER = "GRIDOPS-DA-", "GRIDOPS-ID-"


def store_results(answers: Sequence[Answer], *, file: MarketFile, as_of: datetime) -> int:
    """How many trades were made; what was told already counts for nothing. Inside the caller's transaction. Raises
    FileRefused for documents that were never handed over."""
    by_document: dict[str, list[Answer]] = {}
    for answer in answers:
        by_document.setdefault(answer.document, []).append(answer)
    bids, orders = _rows(Bid, BID, by_document), _rows(IntradayOrder, ORDER, by_document)
    if strange := sorted(set(by_document) - set(bids) - set(orders)):
        raise FileRefused(f"document {strange[0][:40]!r}: no such bid or order was handed over from here")
    count = sum(_of_bid(row, by_document[key], file, as_of) for key, row in bids.items())
    return count + sum(_of_order(row, by_document[key], file, as_of) for key, row in orders.items())


def _rows(model: Any, prefix: str, wanted: Iterable[str]) -> dict[str, Any]:
    """Locked, by the name of their document."""
    keys = [
        int(one.removeprefix(prefix)) for one in wanted if one.startswith(prefix) and one[len(prefix) :].isdecimal()
    ]
    found = model.objects.select_for_update(of=("self",)).select_related("portfolio__zone").filter(pk__in=keys)
    return {row.document_id: row for row in found.exclude(exported_at=None)}


def _of_bid(bid: Bid, answers: Sequence[Answer], file: MarketFile, as_of: datetime) -> int:
    if any(one.outcome is MarketAnswer.RECEIVED for one in answers):
        Bid.objects.filter(pk=bid.pk, received_at=None).update(received_at=as_of)
    if BidStatus(bid.status) is not BidStatus.EXPORTED:
        return 0
    refused = next((one for one in answers if one.outcome is MarketAnswer.REFUSED), None)
    if refused is not None:
        reason = f"The market refused it: {refused.reason or 'it gave no reason'}"[:300]
        Bid.objects.move(bid.pk, BidStatus.EXPORTED, BidStatus.REJECTED, reason=reason, ended_at=as_of)
        return _told(bid, "refused", reason, as_of)
    cleared = {one.starts_at: one for one in answers if one.starts_at is not None}
    if not cleared:
        return 0
    trades = [_day_ahead(bid, at, one, file, as_of) for at, one in cleared.items()]
    Trade.objects.bulk_create(trades, ignore_conflicts=True)
    Bid.objects.move(bid.pk, BidStatus.EXPORTED, BidStatus.CLEARED, ended_at=as_of)
    _told(bid, "cleared", f"{len(trades)} quarter hours", as_of)
    return len(trades)


def _day_ahead(bid: Bid, at: datetime, answer: Answer, file: MarketFile, as_of: datetime) -> Trade:
    step = int((at - bid.starts_at).total_seconds()) // 900
    if not 0 <= step < bid.steps:
        raise FileRefused(f"document {bid.document_id}: {at:%Y-%m-%d %H:%M} is no part of its day")
    return Trade(
        portfolio=bid.portfolio,
        bid=bid,
        file=file,
        venue=Venue.DAY_AHEAD,
        delivery_at=at,
        quantity_kw=answer.quantity_kw,
        storage_kw=_storage(bid, step, answer),
        price=answer.price,
        known_at=as_of,
    )


def _storage(bid: Bid, step: int, answer: Answer) -> float:
    """By its curve at the price that came; in proportion where the market took a part only."""
    prices = np.array(bid.curve["price"][step])
    place = max(int(np.searchsorted(prices, answer.price, side="right")) - 1, 0)
    whole, storage = float(bid.curve["kw"][step][place]), float(bid.curve["storage_kw"][step][place])
    return storage if abs(whole - answer.quantity_kw) < 1.0 else answer.quantity_kw - (whole - storage)


def _of_order(order: IntradayOrder, answers: Sequence[Answer], file: MarketFile, as_of: datetime) -> int:
    ends = [one for one in answers if one.outcome is not MarketAnswer.RECEIVED]
    if not ends or OrderStatus(order.status) is not OrderStatus.EXPORTED:
        return 0
    answer = ends[0]
    if answer.outcome is MarketAnswer.REFUSED:
        said = (answer.reason or "The market gave no reason.")[:300]
        IntradayOrder.objects.move(order.pk, OrderStatus.EXPORTED, OrderStatus.REJECTED, ended_at=as_of, outcome=said)
        return 0
    words = f"{abs(answer.quantity_kw):g} of {abs(order.quantity_kw):g} kW at {answer.price:g}"
    Trade.objects.create(
        portfolio=order.portfolio,
        order=order,
        file=file,
        venue=Venue.INTRADAY,
        delivery_at=order.delivery_at,
        quantity_kw=answer.quantity_kw,
        storage_kw=answer.quantity_kw if order.is_of_storage else 0.0,
        price=answer.price,
        known_at=as_of,
    )
    IntradayOrder.objects.move(order.pk, OrderStatus.EXPORTED, OrderStatus.FILLED, ended_at=as_of, outcome=words)
    return 1


def _told(bid: Bid, act: str, words: str, at: datetime) -> int:
    target = f"bid {bid.pk} of {bid.portfolio} for {bid.delivery_day}"[:200]
    acts.record(actor=None, action=f"markets.bid.{act}", target=target, detail={"words": words}, at=at)
    return 0
