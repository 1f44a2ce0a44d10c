"""Tariffs, a part a row: what it is, its price, and when in the week and the year it holds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from apps.markets.adapters.parsed import MOST_TOLD, FileRefused
from apps.markets.adapters.sheet import number, rows_of
from apps.markets.choices import PER_KWH, TariffKind

NEEDED: Final = ("tariff", "kind", "price", "unit", "valid_from")
OF_TARIFF: Final = ("valid_to", "customer_class", "area", "currency", "spot_zone")
NAMES: Final = {one: one for one in (*NEEDED, *OF_TARIFF, "from", "to", "weekdays", "months")}
# What is stored of one: currency per kWh, per kW and month, per month.
PER_ENERGY: Final = {"kwh": 1.0, "mwh": 1e-3}
PER_POWER: Final = {"kw/month": 1.0, "kw/year": 1 / 12}
PER_TIME: Final = {"month": 1.0, "year": 1 / 12, "day": 365.25 / 12}
MOST_TARIFFS: Final = 2_000
DAY_MINUTES, RASTER = 1440, 5
HIGHEST: Final = 1e5
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")
_RANGE: Final = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class ParsedPart:
    kind: TariffKind
    price: float
    from_minute: int
    to_minute: int
    weekdays: Sequence[int]
    months: Sequence[int]
    row: int


@dataclass(slots=True)
class ParsedTariff:
    name: str
    valid_from: date
    valid_to: date | None
    customer_class: str
    area: str
    currency: str
    spot_zone: str
    parts: list[ParsedPart] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"tariff {self.name} from {self.valid_from}"


def parse(content: bytes) -> list[ParsedTariff]:
    """Raises FileRefused, with every problem found."""
    found: dict[tuple[str, date], ParsedTariff] = {}
    problems: list[str] = []
    for at, row in rows_of(content, names=NAMES, needed=NEEDED):
        try:
            _take(found, row, at)
        except ValueError as wrong:
            problems.append(f"row {at}, {wrong}")
        if len(problems) >= MOST_TOLD:
            break
    if not found and not problems:
        problems.append("row 2: there is no row below the names")
    for one in () if problems else found.values():
        problems += _faults(one)
    if problems:
        raise FileRefused(*problems[:MOST_TOLD])
    return list(found.values())


def _take(found: dict[tuple[str, date], ParsedTariff], row: dict[str, str], at: int) -> None:
    fresh = _tariff(row)
    one = found.setdefault((fresh.name, fresh.valid_from), fresh)
    if len(found) > MOST_TARIFFS:
        raise ValueError(f"tariff: more than {MOST_TARIFFS} tariffs; cut the file into smaller ones")
    for name in OF_TARIFF:
        if getattr(one, name) != getattr(fresh, name):
            raise ValueError(f"{name}: an earlier row of the same tariff says otherwise; write them alike")
    one.parts.append(_part(row, at))


def _tariff(row: dict[str, str]) -> ParsedTariff:
    if not 1 <= len(row["tariff"]) <= 120 or not row["tariff"].isprintable():
        raise ValueError("tariff: give a name of 1 to 120 letters")
    begin = _date(row["valid_from"], "valid_from")
    end = _date(row["valid_to"], "valid_to") if row.get("valid_to") else None
    if end and end <= begin:
        raise ValueError("valid_to: it is not after valid_from; it is the first day on which the tariff holds no more")
    currency = (row.get("currency") or "EUR").upper()
    if not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(f"currency: {currency[:20]!r} is none; write three letters such as EUR")
    texts = [row.get(name, "") for name in ("customer_class", "area", "spot_zone")]
    for name, text, most in zip(("customer_class", "area", "spot_zone"), texts, (80, 120, 40), strict=True):
        if len(text) > most:
            raise ValueError(f"{name}: give at most {most} letters")
    return ParsedTariff(row["tariff"], begin, end, texts[0], texts[1], currency, texts[2])


def _part(row: dict[str, str], at: int) -> ParsedPart:
    word = row["kind"].lower().replace("-", "_").replace(" ", "_")
    if word not in TariffKind.values:
        raise ValueError(f"kind: {row['kind'][:40]!r} is not known; there are {', '.join(TariffKind.values)}")
    kind = TariffKind(word)
    try:
        price = number(row["price"]) * _factor(kind, row["unit"])
    except ValueError as wrong:
        text = str(wrong)
        raise ValueError(text if text.startswith("unit") else f"price: {text}") from None
    if not abs(price) <= HIGHEST:
        raise ValueError(f"price: {row['price'][:20]!r} cannot be; give a number, and see its unit")
    begin = _minute(row.get("from") or "00:00", "from")
    end = _minute(row.get("to") or "24:00", "to")
    if end <= begin:
        raise ValueError("to: it is not after from; for a time over midnight write two rows, to 24:00 and from 00:00")
    weekdays = _numbers(row.get("weekdays") or "1-7", 7, "weekdays")
    return ParsedPart(kind, price, begin, end, weekdays, _numbers(row.get("months") or "1-12", 12, "months"), at)


def _factor(kind: TariffKind, unit: str) -> float:
    word = unit.lower().replace(" ", "").replace("*", "/").replace("€", "eur")
    money, _, per = word.partition("/")
    known = PER_ENERGY if kind in PER_KWH else PER_POWER if kind is TariffKind.DEMAND else PER_TIME
    if per not in known or not (money == "ct" or (len(money) == 3 and money.isalpha())):
        usual = ", ".join(f"EUR/{one}" for one in known)
        raise ValueError(f"unit: {unit[:20]!r} is no unit of {kind.label.lower()}; there are {usual}, and ct")
    return known[per] * (0.01 if money == "ct" else 1.0)


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:20]!r} is no day; write one like 2026-01-31") from None


def _minute(text: str, name: str) -> int:
    found = _CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or not 0 <= minute <= DAY_MINUTES or minute % RASTER:
        raise ValueError(f"{name}: {text[:20]!r} is no time of day; write 00:00 to 24:00, in steps of {RASTER} minutes")
    return minute


def _numbers(text: str, most: int, name: str) -> tuple[int, ...]:
    """1-5,7 in order, each once."""
    chosen: set[int] = set()
    for part in text.replace(" ", "").split(","):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last <= most:
            raise ValueError(f"{name}: {text[:20]!r} cannot be read; write such as 1-{most} or 1,2")
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def _faults(one: ParsedTariff) -> list[str]:
    """Two prices of a kind at the same time; an hour without any price of energy."""
    told = []
    for kind in {part.kind for part in one.parts}:
        count = _coverage([part for part in one.parts if part.kind is kind])
        if (count > 1).any():
            told.append(f"{one.label}: {kind.label} has two prices {_when(count > 1)}; let rows of a kind not overlap")
        if kind is TariffKind.ENERGY and (count == 0).any():
            told.append(f"{one.label}: no price of energy {_when(count == 0)}; add a row for that time")
    has_energy = any(part.kind is TariffKind.ENERGY for part in one.parts)
    if not has_energy and not one.spot_zone and any(part.kind in PER_KWH - {TariffKind.FEED_IN} for part in one.parts):
        told.append(f"{one.label}: it has no price of energy; add one, or the spot_zone that it follows")
    return told


def _coverage(parts: Sequence[ParsedPart]) -> np.ndarray:
    """Month x weekday x five minutes: how many parts hold then."""
    count = np.zeros((12, 7, DAY_MINUTES // RASTER), dtype=np.int64)
    for part in parts:
        months, days = np.array(part.months) - 1, np.array(part.weekdays) - 1
        count[np.ix_(months, days, np.arange(part.from_minute // RASTER, part.to_minute // RASTER))] += 1
    return count


def _when(holds: np.ndarray) -> str:
    month, day, place = (int(at[0]) for at in np.nonzero(holds))
    return f"on weekday {day + 1} of month {month + 1} at {place * RASTER // 60:02}:{place * RASTER % 60:02}"
