"""A value a row: time and price, and where the file tells it zone, resolution, product, auction, currency, unit, and
since when it was known. Emission factors come in the same form."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np

from apps.markets.adapters.parsed import (
    MOST_TOLD,
    STEPS_S,
    Defaults,
    FileRefused,
    ParsedFile,
    ParsedSeries,
    SeriesKey,
    Stretch,
    implausible,
    instant,
    laid,
    unit_of,
)
from apps.markets.adapters.sheet import LocalClock, minutes, number, rows_of, stamp
from apps.markets.choices import EMISSIONS, FUNDAMENTALS, Product

TIME, PRICE = "time", "price"
COLUMNS: Final = ("zone", "resolution", "product", "auction", "currency", "unit", "known_at")
NAMES: Final = {one: one for one in (TIME, PRICE, *COLUMNS)} | {
    "timestamp": TIME,
    "datetime": TIME,
    "date": TIME,
    "start": TIME,
    "value": PRICE,
    "factor": PRICE,
}
# What a unit is of ours: currency per MWh, g/kWh.
PRICE_UNITS: Final = {"mwh": 1.0, "kwh": 1000.0}
EMISSION_UNITS: Final = {"g/kwh": 1.0, "gco2/kwh": 1.0, "kg/mwh": 1.0, "kg/kwh": 1000.0, "t/mwh": 1000.0}
POWER_UNITS: Final = {"mw": 1.0, "kw": 0.001, "gw": 1000.0}
MOST_SERIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Course:
    """What makes rows one series, but for its resolution, which may have to be found."""

    zone: str
    product: Product
    auction: str
    unit: str
    step_s: int  # 0: as the rows stand
    known_at: datetime | None


@dataclass(slots=True)
class _Rows:
    clock: LocalClock
    at: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class _Reader:
    def __init__(self, defaults: Defaults) -> None:
        self.defaults = defaults
        self.found: dict[_Course, _Rows] = {}
        self.problems: list[str] = []

    def take(self, row: dict[str, str], number_of_row: int) -> None:
        where = f"row {number_of_row}"
        try:
            course = self._course(row, where)
            rows = self.found.get(course) or self._new(course, where)
            at, value = self._time(row, rows, where), self._value(row, course, where)
        except ValueError as wrong:
            self.problems.append(str(wrong))
            return
        rows.at.append(at)
        rows.values.append(value)
        rows.numbers.append(number_of_row)

    def _new(self, course: _Course, where: str) -> _Rows:
        if len(self.found) >= MOST_SERIES:
            raise ValueError(f"{where}: more than {MOST_SERIES} series or instants of knowledge; cut the file")
        return self.found.setdefault(course, _Rows(LocalClock(self.defaults.clock(course.zone))))

    def _course(self, row: dict[str, str], where: str) -> _Course:
        zone = row.get("zone") or self.defaults.zone
        if not zone or len(zone) > 40 or not zone.isprintable():
            raise ValueError(f"{where}, zone: give the bidding zone, at most 40 letters, or choose one for the file")
        product = _product(row.get("product", ""), where) or self.defaults.product
        currency = (row.get("currency") or _currency(row.get("unit", "")) or "EUR").upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise ValueError(f"{where}, currency: {currency[:20]!r} is none; write three letters such as EUR")
        auction = row.get("auction", "")
        if len(auction) > 20:
            raise ValueError(f"{where}, auction: {auction[:20]!r}... is too long; give at most 20 letters")
        step_s, known_at = _step(row.get("resolution", ""), where), _known_at(row.get("known_at", ""), where)
        return _Course(zone, product, auction, unit_of(product, currency), step_s, known_at)

    def _time(self, row: dict[str, str], rows: _Rows, where: str) -> int:
        try:
            return int(rows.clock.instant(stamp(row[TIME])).timestamp())
        except ValueError as wrong:
            raise ValueError(f"{where}, {TIME}: {wrong}") from None

    def _value(self, row: dict[str, str], course: _Course, where: str) -> float:
        factor = _factor(row.get("unit", ""), course.product, where)
        try:
            value = number(row[PRICE]) * factor
        except ValueError as wrong:
            raise ValueError(f"{where}, {PRICE}: {wrong}") from None
        if not math.isnan(value) and (why := implausible(course.product, value)):
            raise ValueError(f"{where}, {PRICE}: {why}")
        return value


def parse(content: bytes, defaults: Defaults) -> ParsedFile:
    """Raises FileRefused, with every problem found."""
    reader = _Reader(defaults)
    for number_of_row, row in rows_of(content, names=NAMES, needed=(TIME, PRICE)):
        reader.take(row, number_of_row)
        if len(reader.problems) >= MOST_TOLD:
            break
    if not reader.found and not reader.problems:
        reader.problems.append("row 2: there is no row of values below the names")
    told = ParsedFile() if reader.problems else _gridded(reader.found, reader.problems)
    if reader.problems:
        raise FileRefused(*reader.problems[:MOST_TOLD])
    return told


def _gridded(found: dict[_Course, _Rows], problems: list[str]) -> ParsedFile:
    told = ParsedFile()
    steps: dict[_Course, int] = _steps(found, problems)
    gaps: Counter[str] = Counter()
    for course, rows in found.items():
        if not (step_s := steps.get(course, 0)):
            continue
        key = SeriesKey(course.zone, course.product, course.auction, step_s, course.unit)
        begin, values = laid(key, _stretches(rows, step_s), problems)
        told.series.append(ParsedSeries(key, datetime.fromtimestamp(begin, UTC), values, course.known_at))
        gaps[key.label] += int(np.isnan(values).sum()) if course.known_at is None else 0
    told.notes += [f"{label}: {count} steps have no value and stay a gap" for label, count in gaps.items() if count]
    return told


def _stretches(rows: _Rows, step_s: int) -> list[Stretch]:
    """Rows that follow each other in one; a row that does not begins another."""
    at, values = np.array(rows.at, dtype=np.int64), np.array(rows.values)
    cuts = np.flatnonzero(np.diff(at) != step_s) + 1
    begins = np.concatenate(([0], cuts)).astype(np.int64)
    parts = np.split(values, cuts)
    return [(int(at[one]), part, f"row {rows.numbers[one]}") for one, part in zip(begins, parts, strict=True)]


def _steps(found: dict[_Course, _Rows], problems: list[str]) -> dict[_Course, int]:
    """Where no resolution is told it is the least distance of two times of the series, whenever they were known."""
    times: dict[tuple[str, Product, str], list[int]] = defaultdict(list)
    for course, rows in found.items():
        times[course.zone, course.product, course.auction] += rows.at
    steps = {}
    for course, rows in found.items():
        gaps = np.diff(np.unique(times[course.zone, course.product, course.auction]))
        step_s = course.step_s or (int(gaps.min()) if len(gaps) else 0)
        where = f"row {rows.numbers[0]}" if rows.numbers else course.zone
        if not rows.at:
            continue
        if step_s not in STEPS_S:
            problems.append(
                f"{where}, resolution: it cannot be seen from the times; add a column such as PT15M or PT60M"
            )
            continue
        steps[course] = step_s
    return steps


def _product(text: str, where: str) -> Product | None:
    word = text.lower().replace("-", "_").replace(" ", "_")
    if word and word not in Product.values:
        raise ValueError(f"{where}, product: {text[:40]!r} is not known; there are {', '.join(Product.values)}")
    return Product(word) if word else None


def _step(text: str, where: str) -> int:
    try:
        step_s = minutes(text) * 60 if text else 0
    except ValueError as wrong:
        raise ValueError(f"{where}, resolution: {wrong}") from None
    if step_s and step_s not in STEPS_S:
        raise ValueError(f"{where}, resolution: {text[:20]!r} is not read; there are 5, 10, 15, 30 and 60 minutes")
    return step_s


def _known_at(text: str, where: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = stamp(text)
        if moment.tzinfo is None:
            raise ValueError(f"{text[:40]!r} has no offset; write Z behind a time of UTC, or +01:00")
        return instant(moment)
    except ValueError as wrong:
        raise ValueError(f"{where}, known_at: {wrong}") from None


def _currency(unit: str) -> str:
    """Of EUR/MWh; ct/kWh is of the currency that is told."""
    word = unit.partition("/")[0].strip()
    return word if len(word) == 3 and word.isalpha() else ""


def _factor(unit: str, product: Product, where: str) -> float:
    word = unit.lower().replace(" ", "").replace("€", "eur").replace("co2eq", "co2")
    if not word:
        return 1.0
    known = EMISSION_UNITS if product in EMISSIONS else POWER_UNITS if product in FUNDAMENTALS else {}
    if known:
        if word not in known:
            raise ValueError(f"{where}, unit: {unit[:20]!r} is not read; there are {', '.join(known)}")
        return known[word]
    money, _, energy = word.partition("/")
    if energy not in PRICE_UNITS or not (money == "ct" or (len(money) == 3 and money.isalpha())):
        raise ValueError(f"{where}, unit: {unit[:20]!r} is not read; there are EUR/MWh, EUR/kWh and ct/kWh")
    return PRICE_UNITS[energy] * (0.01 if money == "ct" else 1.0)
