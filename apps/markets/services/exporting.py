"""Approved bids and orders become files in the drop folder of their portfolio. No exchange is reached from here."""

from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts import acts
from apps.markets.adapters.bid_documents import BidDocument, of_bid, of_order
from apps.markets.choices import BidStatus, DropFormat, OrderStatus
from apps.markets.models import Bid, IntradayOrder, TradingPortfolio
from apps.markets.rules.trading import gate_problems, order_problems, words_of
from apps.markets.selectors.portfolios import limits_of
from gridops.intake.folders import FolderRefused, folder_inside

AT_ONCE = 500
Row = TypeVar("Row", Bid, IntradayOrder)


def export_due(*, as_of: datetime) -> int:
    """How many documents were put there. What cannot be written stays approved, with the reason, and is tried again."""
    bids = Bid.objects.filter(status=BidStatus.APPROVED).values_list("pk", flat=True)
    done = sum(_export_bid(key, as_of) for key in bids)
    called_back = Bid.objects.filter(status=BidStatus.WITHDRAWN, exported_at__isnull=False, file_name__gt="")
    done += sum(
        _call_back(key, as_of)
        for key in called_back.exclude(file_name__contains="_withdrawn").values_list("pk", flat=True)
    )
    orders = IntradayOrder.objects.filter(status=OrderStatus.APPROVED).values_list("pk", flat=True)
    return done + sum(_export_order(key, as_of) for key in orders[:AT_ONCE])


@transaction.atomic
def _export_bid(key: int, as_of: datetime) -> int:
    bid = _locked(Bid.objects.filter(status=BidStatus.APPROVED), key)
    if bid is None or gate_problems(bid, as_of=as_of):
        return 0
    name = _put(bid.portfolio, of_bid(bid, created_at=as_of))
    if name is None:
        return 0
    Bid.objects.move(bid.pk, BidStatus.APPROVED, BidStatus.EXPORTED, exported_at=as_of, file_name=name, reason="")
    return _told("markets.bid.exported", f"bid {bid.pk} of {bid.portfolio} for {bid.delivery_day}", name, as_of)


@transaction.atomic
def _call_back(key: int, as_of: datetime) -> int:
    bid = _locked(Bid.objects.filter(status=BidStatus.WITHDRAWN), key)
    if bid is None:
        return 0
    name = _put(bid.portfolio, of_bid(bid, created_at=as_of, is_cancelled=True))
    if name is None:
        return 0
    Bid.objects.filter(pk=bid.pk).update(file_name=name)
    return _told("markets.bid.called-back", f"bid {bid.pk} of {bid.portfolio} for {bid.delivery_day}", name, as_of)


@transaction.atomic
def _export_order(key: int, as_of: datetime) -> int:
    order = _locked(IntradayOrder.objects.filter(status=OrderStatus.APPROVED), key)
    if order is None:
        return 0
    if problems := order_problems(limits_of(order.portfolio), order, as_of=as_of):
        said = {"ended_at": as_of, "outcome": words_of(problems)[:300]}
        IntradayOrder.objects.move(order.pk, OrderStatus.APPROVED, OrderStatus.EXPIRED, **said)
        return 0
    document = of_order(order, currency=order.portfolio.currency, created_at=as_of)
    name = _put(order.portfolio, document)
    if name is None:
        return 0
    IntradayOrder.objects.move(order.pk, OrderStatus.APPROVED, OrderStatus.EXPORTED, exported_at=as_of, outcome="")
    return _told("markets.order.exported", f"order {order.pk} of {order.portfolio}", name, as_of)


def _locked(rows: "QuerySet[Row]", key: int) -> "Row | None":
    return (
        rows.select_for_update(of=("self",), skip_locked=True).select_related("portfolio__zone").filter(pk=key).first()
    )


def _put(portfolio: TradingPortfolio, document: BidDocument) -> str | None:
    """The name of the file; None where the folder cannot be written. Whole or not at all."""
    drop_format = DropFormat(portfolio.drop_format)
    name = document.file_name(drop_format)
    try:
        folder = folder_inside(Path(settings.MARKET_ROOT), portfolio.folder)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.part"
        part.write_text(document.text(drop_format), encoding="utf-8")
        part.replace(folder / name)
    except (FolderRefused, OSError) as fault:
        _note(portfolio, f"{name} was not written: {fault}")
        return None
    _note(portfolio, "")
    return name


def _note(portfolio: TradingPortfolio, fault: str) -> None:
    TradingPortfolio.objects.filter(pk=portfolio.pk).update(fault=fault[:300])


def _told(action: str, target: str, name: str, at: datetime) -> int:
    acts.record(actor=None, action=action, target=target[:200], detail={"file": name}, at=at)
    return 1
