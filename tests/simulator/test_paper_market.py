import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.markets.adapters.bid_documents import BidDocument, Point
from apps.markets.adapters.csv_results import Answer, parse
from apps.markets.choices import DropFormat, MarketAnswer, Venue
from gridops.simulator.market_forecasts import ZONE
from gridops.simulator.market_service import MarketService
from gridops.simulator.paper_market import PaperMarket
from gridops.simulator.paper_prices import SPREAD, PaperPrices
from gridops.simulator.weather_service import by_calendar
from tests.simulator.town import town

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)  # 10:00 there
GATE = datetime(2026, 3, 10, 11, tzinfo=UTC)
PUBLISHED = datetime(2026, 3, 10, 11, 45, tzinfo=UTC)
DAY = datetime(2026, 3, 10, 23, tzinfo=UTC)
SERVICE = MarketService(town(), 1, by_calendar(2016))
PRICES = PaperPrices(SERVICE, 1)
QUARTER = timedelta(minutes=15)


def market(folder: Path) -> PaperMarket:
    return PaperMarket(PRICES, folder, "town 1", BERLIN)


def bid(points: list[Point], **more: object) -> BidDocument:
    usual = {
        "document_id": "GRIDOPS-DA-1",
        "venue": Venue.DAY_AHEAD,
        "portfolio": "City; with <words>",
        "zone": ZONE,
        "currency": "EUR",
        "created_at": MORNING,
        "starts_at": DAY,
        "ends_at": DAY + timedelta(days=1),
        "points": points,
    }
    return BidDocument(**{**usual, **more})  # type: ignore[arg-type]


def put(folder: Path, document: BidDocument, at: datetime, drop_format: DropFormat = DropFormat.XML) -> None:
    path = folder / "bids" / document.file_name(drop_format)
    path.parent.mkdir(exist_ok=True)
    path.write_text(document.text(drop_format), encoding="utf-8")
    os.utime(path, (at.timestamp(), at.timestamp()))


def answers(folder: Path) -> list[Answer]:
    return [one for path in sorted((folder / "results").glob("*.csv")) for one in parse(path.read_bytes())]


def price_of(at: datetime) -> float:
    return float(SERVICE.at(np.array([at.timestamp()])).price[0])


def curve(at: datetime) -> list[Point]:
    """Buys cheap, sells dear, about the price that will be published."""
    price = price_of(at)
    return [Point(at, price - 20, -0.05), Point(at, price - 10, 0.0), Point(at, price + 10, 0.08)]


@pytest.mark.parametrize("drop_format", list(DropFormat))
def test_a_bid_is_received_and_cleared_at_the_price_that_is_published(tmp_path: Path, drop_format: DropFormat) -> None:
    first, second, third = DAY, DAY + QUARTER, DAY + 2 * QUARTER
    points = [
        *curve(first),
        Point(second, -100.0, 0.4),
        Point(second, price_of(second) + 5, 0.9),
        Point(third, price_of(third) + 1, -0.3),
    ]
    put(tmp_path, bid(points), MORNING, drop_format)
    paper = market(tmp_path)
    paper.step(MORNING)
    assert [one.outcome for one in answers(tmp_path)] == [MarketAnswer.RECEIVED]
    paper.step(PUBLISHED)
    cleared = [one for one in answers(tmp_path) if one.outcome is MarketAnswer.CLEARED]
    assert [one.starts_at for one in cleared] == [first, second, third]
    assert [one.quantity_kw for one in cleared] == pytest.approx([0.0, 400.0, -300.0])
    assert [one.price for one in cleared] == pytest.approx([price_of(one) for one in (first, second, third)], abs=0.006)


def test_what_comes_after_the_gate_is_refused_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path, bid(curve(DAY)), GATE + timedelta(seconds=1))
    market(tmp_path).step(GATE + timedelta(minutes=1))
    (answer,) = answers(tmp_path)
    assert answer.outcome is MarketAnswer.REFUSED
    assert "after the gate for 2026-03-11 had closed at 11:00 UTC" in answer.reason


def test_a_withdrawn_bid_is_not_cleared(tmp_path: Path) -> None:
    paper = market(tmp_path)
    put(tmp_path, bid(curve(DAY)), MORNING)
    paper.step(MORNING)
    put(tmp_path, bid([], is_cancelled=True), MORNING)
    paper.step(MORNING + timedelta(minutes=1))
    paper.step(PUBLISHED)
    assert [one.outcome for one in answers(tmp_path)] == [MarketAnswer.RECEIVED]


def test_a_file_that_is_no_document_gets_a_reason_beside_it(tmp_path: Path) -> None:
    (tmp_path / "bids").mkdir()
    (tmp_path / "bids" / "one.xml").write_text("<!DOCTYPE x><Bid_MarketDocument/>")
    (tmp_path / "bids" / "two.xml").write_text("<html/>")
    market(tmp_path).step(MORNING)
    assert "document type" in (tmp_path / "bids" / "refused" / "one.xml.txt").read_text()
    assert "namespace" in (tmp_path / "bids" / "refused" / "two.xml.txt").read_text()
    assert answers(tmp_path) == []


def order(quantity_mw: float, limit: float, at: datetime) -> BidDocument:
    point = [Point(at, limit, quantity_mw)]
    span = {
        "starts_at": at,
        "ends_at": at + QUARTER,
        "document_id": f"GRIDOPS-ID-{abs(hash((quantity_mw, limit))) % 999}",
    }
    return bid(point, venue=Venue.INTRADAY, **span)


def test_an_intraday_order_is_filled_at_what_others_give_or_refused_with_it(tmp_path: Path) -> None:
    at = MORNING + timedelta(hours=2)
    middle = float(PRICES.intraday(np.array([at.timestamp()]), MORNING.timestamp())[0])
    put(tmp_path, order(0.2, middle - 5, at), MORNING)
    put(tmp_path, order(-0.1, middle - 5, at), MORNING)
    market(tmp_path).step(MORNING)
    by_outcome = {one.outcome: one for one in answers(tmp_path)}
    filled = by_outcome[MarketAnswer.CLEARED]
    assert (filled.quantity_kw, filled.price) == (pytest.approx(200), pytest.approx(middle - SPREAD, abs=0.006))
    assert "the limit is" in by_outcome[MarketAnswer.REFUSED].reason


def test_no_order_is_taken_in_the_last_minutes(tmp_path: Path) -> None:
    put(tmp_path, order(0.2, -400, MORNING + timedelta(minutes=4)), MORNING)
    market(tmp_path).step(MORNING)
    assert "not traded any more" in answers(tmp_path)[0].reason


def test_prices_of_intraday_and_imbalance_are_told_each_quarter_hour_without_a_hole(tmp_path: Path) -> None:
    paper = market(tmp_path)
    for minutes in (0, 1, 15, 30):
        paper.step(MORNING + timedelta(minutes=minutes))
    told = [path.read_text().splitlines()[1:] for path in sorted((tmp_path / "imbalance").glob("*.csv"))]
    assert [len(rows) for rows in told] == [96, 1, 1]
    times = [row.partition(";")[0] for rows in told for row in rows]
    assert times == sorted(set(times))
    assert times[-1] == "2026-03-10T09:00Z"  # known one quarter hour after its end
    assert len(list((tmp_path / "intraday").glob("*.csv"))) == 3


def test_intraday_prices_become_plainer_and_imbalance_is_dear_or_cheap() -> None:
    times = DAY.timestamp() + 900.0 * np.arange(96 * 20)
    last, early = PRICES.intraday(times), PRICES.intraday(times, times[0] - 86_400)
    assert np.abs(early - SERVICE.at(times).price).mean() < 0.2 * np.abs(last - SERVICE.at(times).price).mean()
    spread = PRICES.imbalance(times) - SERVICE.at(times).price
    assert 0.4 < (spread > 0).mean() < 0.6
    assert 10 < np.abs(spread).mean() < 60


def test_the_past_is_told_once_and_known_day_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.paper_market.ARCHIVE_DAYS", 3)
    assert market(tmp_path).archive(MORNING)
    assert not market(tmp_path).archive(MORNING)
    rows = next((tmp_path / "archive-imbalance").glob("*.csv")).read_text().splitlines()
    assert len(rows) == 1 + 3 * 96
    assert rows[-1].endswith(";2026-03-10T00:15Z")
