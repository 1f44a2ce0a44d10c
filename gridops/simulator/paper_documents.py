"""Documents of bids as they lie in the drop folder: the paper market's own reader of the documented format."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.parsers import expat

NAMESPACE = "urn:gridops:market:bid:1"
MOST_BYTES = 4 * 1024 * 1024
DAY_AHEAD, INTRADAY = "day_ahead", "intraday"
CANCELLED = "A09"
_PROCESSES = {"A01": DAY_AHEAD, "A40": INTRADAY}
_UNITS = {"price_Measure_Unit.name": "MWH", "quantity_Measure_Unit.name": "MAW", "resolution": "PT15M"}


class NoDocument(Exception):
    """Says what is wrong with the file."""


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    price: float
    quantity_mw: float


@dataclass(frozen=True, slots=True)
class Document:
    identity: str
    venue: str
    portfolio: str
    zone: str
    starts_at: datetime
    points: Sequence[Point]
    is_cancelled: bool


def read_document(path: Path) -> Document:
    """Raises NoDocument and OSError."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NoDocument("the file is longer than 4 MB")
    try:
        found = _of_csv(content.decode("utf-8")) if path.suffix == ".csv" else _Reader().read(content)
        return _checked(found)
    except (UnicodeDecodeError, ValueError, KeyError, expat.ExpatError) as fault:
        raise NoDocument(f"it cannot be read: {fault}") from None


def _checked(document: Document) -> Document:
    if not 0 < len(document.identity) <= 40:
        raise ValueError("its identity has no letter, or more than 40")
    if not all(math.isfinite(one.price) and math.isfinite(one.quantity_mw) for one in document.points):
        raise ValueError("a price or quantity is no number")
    return document


class _Reader:
    """Elements by the path of their names; document types are refused, so nothing is fetched or blown up."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text = ""
        self._head: dict[str, str] = {}
        self._points: list[Point] = []
        self._at = ""
        self._price = ""

    def read(self, content: bytes) -> Document:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(content, True)
        for name, unit in _UNITS.items():
            if self._head.get(name) != unit:
                raise ValueError(f"{name} is {self._head.get(name)!r}; only {unit} is taken")
        return Document(
            identity=self._head["mRID"],
            venue=_PROCESSES[self._head["process.processType"]],
            portfolio=self._head["sender_MarketParticipant.mRID"],
            zone=self._head["domain.mRID"],
            starts_at=_instant(self._head["start"]),
            points=self._points,
            is_cancelled=self._head["docStatus"] == CANCELLED,
        )

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type is not taken")

    def _start(self, name: str, _: dict[str, str]) -> None:
        space, word = name.rsplit(" ", 1) if " " in name else ("", name)
        if space != NAMESPACE:
            raise ValueError(f"its namespace is {space[:80]!r}; only {NAMESPACE} is taken")
        self._path.append(word)
        self._text = ""

    def _data(self, text: str) -> None:
        self._text += text

    def _end(self, _: str) -> None:
        word, parent = self._path.pop(), self._path[-1] if self._path else ""
        if parent == "Point" and word == "quantity":
            self._points.append(Point(_instant(self._at), float(self._price), float(self._text)))
        elif parent == "Point":
            self._price = self._text
        elif parent == "Period":
            self._at = self._text if word == "start" else self._at
        elif parent:
            self._head.setdefault(word, self._text)


def _of_csv(text: str) -> Document:
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    if not rows:
        raise ValueError("there is no row")
    first = rows[0]
    if {row["step_s"] for row in rows} != {"900"}:
        raise ValueError("step_s: only quarter hours are taken")
    return Document(
        identity=first["document"],
        venue={one: one for one in (DAY_AHEAD, INTRADAY)}[first["venue"]],
        portfolio=first["portfolio"],
        zone=first["zone"],
        starts_at=_instant(first["starts_at"]),
        points=[Point(_instant(row["starts_at"]), float(row["price"]), float(row["quantity_mw"])) for row in rows],
        is_cancelled=first["status"] == CANCELLED,
    )


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no offset")
    return found
