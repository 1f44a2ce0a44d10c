"""A market on paper: it reads bids from the drop folder, clears them and answers by files. Nobody's money moves.

What others bid is a deep book at the day-ahead price that the field publishes, so ours takes that price and moves it by
nothing: all that is offered at a better one is accepted, what stands at the price itself shares with the others.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.optimization.trading.clearing import cleared
from gridops.simulator.market_forecasts import ZONE
from gridops.simulator.market_post import DAY, PUBLISHED
from gridops.simulator.market_service import STEP_S
from gridops.simulator.paper_documents import INTRADAY, Document, NoDocument, Point, read_document
from gridops.simulator.paper_prices import SPREAD, PaperPrices
from gridops.simulator.posted import is_told, write_whole

log = logging.getLogger("gridops.simulator.market")

GATE: Final = time(12, 0)  # by the market's clock, of the day before
BIDS, RESULTS, WAITING, TAKEN, REFUSED = "bids", "results", "waiting", "taken", "refused"
BOOK_MW: Final = 5000.0  # what others bid, and offer, at the price
DEPTH_MW: Final = 50.0  # what an intraday order may be of
LEAST_PRICE, MOST_PRICE = -500.0, 4000.0
ORDER_LEAD: Final = timedelta(minutes=5)
QUARTER: Final = timedelta(seconds=STEP_S)
HEAD = "document;outcome;starts_at;quantity_mw;price;reason"
INTRADAY_PRICES, IMBALANCE_PRICES = "intraday", "imbalance"
AHEAD_STEPS: Final = 32  # of intraday prices that are told
ARCHIVE_DAYS: Final = 100
MARK = ".traded-archive-of"


class PaperMarket:
    def __init__(self, prices: PaperPrices, folder: Path, identity: str, clock: ZoneInfo) -> None:
        self.prices, self.folder, self.identity, self.clock = prices, folder, identity, clock
        self._told_until: datetime | None = None

    def step(self, now: datetime) -> None:
        """Takes what came, holds the auction that is due, and tells the prices of the quarter hour."""
        for path in _files(self.folder / BIDS):
            self._take(path, now)
        for path in _files(self.folder / BIDS / WAITING):
            self._auction(path, now)
        self._publish(now)

    def archive(self, now: datetime) -> bool:
        """What intraday power and imbalances cost in the past, once for each field."""
        if is_told(self.folder / MARK, self.identity):
            return False
        end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        times = np.arange((end - ARCHIVE_DAYS * DAY).timestamp(), end.timestamp(), STEP_S)
        for name, values in (
            (INTRADAY_PRICES, self.prices.intraday(times)),
            (IMBALANCE_PRICES, self.prices.imbalance(times)),
        ):
            path = self.folder / f"archive-{name}" / f"{name}_{end:%Y%m%dT%H%MZ}.csv"
            write_whole(path, _sheet(name, times, values, has_passed=True))
        write_whole(self.folder / MARK, self.identity)
        return True

    def _take(self, path: Path, now: datetime) -> None:
        arrived = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        try:
            document = read_document(path)
        except NoDocument as fault:
            _put(path, REFUSED)
            write_whole(path.parent / REFUSED / f"{path.name}.txt", f"{fault}\n")
            return
        if document.venue == INTRADAY:
            self._fill(document, now)
            path.unlink()  # it is answered; there are many
            return
        if reason := self._objection(document, arrived):
            self._answer(document, now, [_row(document, "refused", reason=reason)])
        else:
            self._keep(document, path, now)
            return
        _put(path, TAKEN)

    def _keep(self, document: Document, path: Path, now: datetime) -> None:
        """Until the auction. A later document takes the place of an earlier one of the same identity."""
        for other in _files(self.folder / BIDS / WAITING):
            if read_document(other).identity == document.identity:
                _put(other, TAKEN, up=2)
        _put(path, TAKEN if document.is_cancelled else WAITING)
        if not document.is_cancelled:
            self._answer(document, now, [_row(document, "received")])

    def _objection(self, document: Document, arrived: datetime) -> str:
        if document.zone != ZONE:
            return f"the zone {document.zone} is not that of this market, {ZONE}"
        day = document.starts_at.astimezone(self.clock).date()
        gate = self._at(day - DAY, GATE)
        if arrived > gate:
            return f"it came at {arrived:%H:%M:%S} UTC, after the gate for {day} had closed at {gate:%H:%M} UTC"
        begin, end = self._at(day, time()), self._at(day + DAY, time())
        if any(not begin <= one.at < end or one.at.timestamp() % STEP_S for one in document.points):
            return f"a point lies on no quarter hour of {day}"
        if any(not LEAST_PRICE <= one.price <= MOST_PRICE for one in document.points):
            return f"a price lies outside {LEAST_PRICE:g} to {MOST_PRICE:g} EUR/MWh"
        return ""

    def _auction(self, path: Path, now: datetime) -> None:
        document = read_document(path)
        day = document.starts_at.astimezone(self.clock).date()
        if now < self._at(day - DAY, PUBLISHED):
            return
        by_time: dict[datetime, list[Point]] = defaultdict(list)
        for point in document.points:
            by_time[point.at].append(point)
        times = np.array([at.timestamp() for at in by_time])
        published = self.prices.service.at(times).price.tolist() if len(times) else []
        rows = [
            _row(document, "cleared", at=at, quantity_mw=_accepted(points, price), price=price)
            for (at, points), price in zip(by_time.items(), published, strict=True)
        ]
        self._answer(document, now, rows)
        _put(path, TAKEN, up=2)
        log.info("%s cleared", document.identity)

    def _fill(self, document: Document, now: datetime) -> None:
        """At once or not at all, at what others ask or give."""
        rows = [self._filled(document, point, now) for point in document.points[:1]]
        self._answer(document, now, rows or [_row(document, "refused", reason="it holds no order")])

    def _filled(self, document: Document, point: Point, now: datetime) -> str:
        if now > point.at - ORDER_LEAD:
            return _row(document, "refused", reason=f"the quarter hour of {point.at:%H:%M} UTC is not traded any more")
        if abs(point.quantity_mw) > DEPTH_MW:
            return _row(document, "refused", reason=f"it is more than {DEPTH_MW:g} MW")
        middle = float(self.prices.intraday(np.array([point.at.timestamp()]), now.timestamp())[0])
        sells = point.quantity_mw > 0
        price = middle - SPREAD if sells else middle + SPREAD
        if (price < point.price) if sells else (price > point.price):
            side = "gives" if sells else "asks"
            return _row(document, "refused", reason=f"the market {side} {price:.2f}, the limit is {point.price:.2f}")
        return _row(document, "cleared", at=point.at, quantity_mw=point.quantity_mw, price=price)

    def _publish(self, now: datetime) -> None:
        """Intraday prices of the hours ahead, and the imbalance price of the quarter hour before last."""
        quarter = _quarter(now)
        if self._told_until == quarter:
            return
        first = (self._told_until or quarter - DAY) - QUARTER
        passed = np.arange(first.timestamp(), (quarter - QUARTER).timestamp(), STEP_S)
        ahead = np.arange(first.timestamp(), (quarter + AHEAD_STEPS * QUARTER).timestamp(), STEP_S)
        name = f"{quarter:%Y%m%dT%H%MZ}.csv"
        prices = self.prices.intraday(ahead, now.timestamp())
        write_whole(self.folder / INTRADAY_PRICES / f"intraday_{name}", _sheet(INTRADAY_PRICES, ahead, prices))
        sheet = _sheet(IMBALANCE_PRICES, passed, self.prices.imbalance(passed))
        write_whole(self.folder / IMBALANCE_PRICES / f"imbalance_{name}", sheet)
        self._told_until = quarter

    def _answer(self, document: Document, now: datetime, rows: Sequence[str]) -> None:
        name = f"{document.identity}_{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.csv".replace("/", "-")
        write_whole(self.folder / RESULTS / name, "\n".join([HEAD, *rows]) + "\n")

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.clock).astimezone(UTC)


def _accepted(points: Iterable[Point], price: float) -> float:
    """MW sold of a curve at the price, in a deep book of others."""
    bids, asks = _orders(sorted(points, key=lambda one: one.price))
    found = cleared(
        [one[0] for one in bids] + [price],
        [one[1] for one in bids] + [BOOK_MW],
        [one[0] for one in asks] + [price],
        [one[1] for one in asks] + [BOOK_MW],
    )
    return round(float(found.asks[:-1].sum() - found.bids[:-1].sum()), 3)


def _orders(points: Sequence[Point]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """A rising curve as orders to buy up to a price and to sell from one on."""
    bids: list[tuple[float, float]] = []
    asks: list[tuple[float, float]] = []
    first = points[0].quantity_mw
    if first > 0:
        asks.append((LEAST_PRICE, first))
    for before, here in pairwise(points):
        low, high = before.quantity_mw, here.quantity_mw
        if (bought := min(high, 0.0) - min(low, 0.0)) > 0:
            bids.append((here.price, bought))
        if (sold := max(high, 0.0) - max(low, 0.0)) > 0:
            asks.append((here.price, sold))
    if points[-1].quantity_mw < 0:
        bids.append((MOST_PRICE, -points[-1].quantity_mw))
    return bids, asks


def _row(
    document: Document,
    outcome: str,
    *,
    at: datetime | None = None,
    quantity_mw: float = 0.0,
    price: float = 0.0,
    reason: str = "",
) -> str:
    if at is None:
        return f"{document.identity};{outcome};;;;{reason.replace(';', ',')}"
    return f"{document.identity};{outcome};{at.astimezone(UTC):%Y-%m-%dT%H:%MZ};{quantity_mw:.3f};{price:.2f};"


def _sheet(product: str, times: "np.ndarray", values: "np.ndarray", *, has_passed: bool = False) -> str:
    """has_passed: each day was known when it had ended."""
    rows = ["time;price;product;zone;resolution;unit" + (";known_at" if has_passed else "")]
    for at, value in zip(times, values, strict=True):
        moment = datetime.fromtimestamp(at, UTC)
        known = f";{moment.date() + DAY}T00:15Z" if has_passed else ""
        rows.append(f"{moment:%Y-%m-%dT%H:%MZ};{value:.2f};{product};{ZONE};PT15M;EUR/MWh{known}")
    return "\n".join(rows) + "\n"


def _quarter(now: datetime) -> datetime:
    return datetime.fromtimestamp(now.timestamp() // STEP_S * STEP_S, UTC)


def _files(folder: Path) -> list[Path]:
    """Whole ones, by name."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _put(path: Path, place: str, *, up: int = 1) -> None:
    folder = path.parents[up - 1] / place
    folder.mkdir(parents=True, exist_ok=True)
    path.replace(folder / path.name)
