"""Bids and orders -> the documents that are put into the drop folder; docs/user/trading.md tells the format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from apps.markets.choices import DropFormat, Venue
from apps.markets.models import Bid, IntradayOrder

NAMESPACE = "urn:gridops:market:bid:1"
STEP = timedelta(minutes=15)
ACTIVE, CANCELLED = "A01", "A09"
PROCESS = {Venue.DAY_AHEAD: "A01", Venue.INTRADAY: "A40"}
KW_A_MW = 1000.0
COLUMNS = "document;status;venue;portfolio;zone;created_at;starts_at;step_s;price;quantity_mw;currency"


@dataclass(frozen=True, slots=True)
class Point:
    """From the price on so much is sold, below zero bought; MWh and MW."""

    at: datetime
    price: float
    quantity_mw: float


@dataclass(frozen=True, slots=True)
class BidDocument:
    document_id: str
    venue: Venue
    portfolio: str
    zone: str
    currency: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    points: Sequence[Point]
    is_cancelled: bool = False

    def text(self, drop_format: DropFormat) -> str:
        return _xml(self) if drop_format is DropFormat.XML else _csv(self)

    def file_name(self, drop_format: DropFormat) -> str:
        word = "_withdrawn" if self.is_cancelled else ""
        return f"{self.document_id}{word}_{self.created_at:%Y%m%dT%H%M%SZ}.{drop_format.value}"


def of_bid(bid: Bid, *, created_at: datetime, is_cancelled: bool = False) -> BidDocument:
    points = [] if is_cancelled else list(_points(bid))
    return BidDocument(
        document_id=bid.document_id,
        venue=Venue.DAY_AHEAD,
        portfolio=bid.portfolio.name,
        zone=bid.portfolio.zone.code,
        currency=bid.currency,
        created_at=created_at.astimezone(UTC),
        starts_at=bid.starts_at,
        ends_at=bid.starts_at + bid.steps * STEP,
        points=points,
        is_cancelled=is_cancelled,
    )


def of_order(order: IntradayOrder, *, currency: str, created_at: datetime) -> BidDocument:
    """To sell at the limit or above is a curve that begins there; to buy, one that is at once and ends there."""
    return BidDocument(
        document_id=order.document_id,
        venue=Venue.INTRADAY,
        portfolio=order.portfolio.name,
        zone=order.portfolio.zone.code,
        currency=currency,
        created_at=created_at.astimezone(UTC),
        starts_at=order.delivery_at,
        ends_at=order.delivery_at + STEP,
        points=[Point(order.delivery_at, order.price_limit, order.quantity_kw / KW_A_MW)],
    )


def _points(bid: Bid) -> Iterator[Point]:
    for step, (prices, kw) in enumerate(zip(bid.curve["price"], bid.curve["kw"], strict=True)):
        for price, value in zip(prices, kw, strict=True):
            yield Point(bid.starts_at + step * STEP, price, value / KW_A_MW)


def _csv(document: BidDocument) -> str:
    """A withdrawal is a row without a quantity."""
    status = CANCELLED if document.is_cancelled else ACTIVE
    head = (document.document_id, status, document.venue, document.portfolio, document.zone)
    begin = ";".join(str(one).replace(";", ",") for one in (*head, _instant(document.created_at)))
    points = document.points or [Point(document.starts_at, 0.0, 0.0)]
    rows = [
        f"{begin};{_instant(one.at)};900;{one.price:.2f};{one.quantity_mw:.3f};{document.currency}" for one in points
    ]
    return "\n".join([COLUMNS, *rows]) + "\n"


def _xml(document: BidDocument) -> str:
    status = CANCELLED if document.is_cancelled else ACTIVE
    series = "".join(_period(at, found) for at, found in _by_time(document.points))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Bid_MarketDocument xmlns="{NAMESPACE}">'
        f"<mRID>{document.document_id}</mRID>"
        f"<process.processType>{PROCESS[document.venue]}</process.processType>"
        f"<sender_MarketParticipant.mRID>{escape(document.portfolio)}</sender_MarketParticipant.mRID>"
        f"<createdDateTime>{_instant(document.created_at)}</createdDateTime>"
        f"<docStatus>{status}</docStatus><domain.mRID>{escape(document.zone)}</domain.mRID>"
        f"<currency_Unit.name>{document.currency}</currency_Unit.name>"
        "<price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        "<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>"
        f"<period.timeInterval><start>{_instant(document.starts_at)}</start><end>{_instant(document.ends_at)}</end>"
        f"</period.timeInterval><resolution>PT15M</resolution>{series}</Bid_MarketDocument>\n"
    )


def _by_time(points: Sequence[Point]) -> Iterator[tuple[datetime, list[Point]]]:
    found: dict[datetime, list[Point]] = {}
    for point in points:
        found.setdefault(point.at, []).append(point)
    yield from found.items()


def _period(at: datetime, points: Sequence[Point]) -> str:
    steps = "".join(
        f"<Point><price.amount>{one.price:.2f}</price.amount><quantity>{one.quantity_mw:.3f}</quantity></Point>"
        for one in points
    )
    return f"<Period><start>{_instant(at)}</start>{steps}</Period>"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
