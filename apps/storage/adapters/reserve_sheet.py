"""A file of reserve commitments, a row a commitment; faults are told by row and column."""

from dataclasses import dataclass
from datetime import datetime
from math import isnan
from zoneinfo import ZoneInfo

from apps.markets.adapters.parsed import FileRefused
from apps.markets.adapters.sheet import number, rows_of, stamp
from apps.storage.choices import LONGEST_TEXT

__all__ = ["FileRefused", "SheetReserve", "reserves_of_sheet"]

_NUMBERS = ("up_kw", "down_kw", "backing_h", "price_per_kw_h")
_COLUMNS = ("plant", "fleet", "starts_at", "ends_at", *_NUMBERS, "currency", "source")
_NEEDED = ("starts_at", "ends_at", "backing_h", "source")


@dataclass(frozen=True, slots=True)
class SheetReserve:
    """`plant`: mRID or name; `fleet`: name. One of the two is empty."""

    row: int
    plant: str
    fleet: str
    starts_at: datetime
    ends_at: datetime
    up_kw: float
    down_kw: float
    backing_h: float
    price_per_kw_h: float
    currency: str
    source: str


def reserves_of_sheet(content: bytes, *, zone: ZoneInfo) -> list[SheetReserve]:
    """zone: of times without an offset. Raises FileRefused with every fault."""
    found, faults = [], []
    for row, told in rows_of(content, names={name: name for name in _COLUMNS}, needed=_NEEDED):
        try:
            found.append(_reserve(row, told, zone))
        except ValueError as fault:
            faults.append(f"row {row}: {fault}")
    if faults:
        raise FileRefused(*faults)
    if not found:
        raise FileRefused("row 2: there is no commitment; write one a row")
    return found


def _reserve(row: int, told: dict[str, str], zone: ZoneInfo) -> SheetReserve:
    plant, fleet = told.get("plant", "").strip(), told.get("fleet", "").strip()
    if bool(plant) == bool(fleet):
        raise ValueError("plant: name either a plant (by mRID or name) or a fleet, not both and not none")
    source = told["source"].strip()
    if not source or len(source) > LONGEST_TEXT:
        raise ValueError(f"source: name the contract or who asks for it, in at most {LONGEST_TEXT} letters")
    numbers = {name: _number(name, told.get(name, "")) for name in _NUMBERS}
    starts_at, ends_at = (_instant(name, told[name], zone) for name in ("starts_at", "ends_at"))
    currency = told.get("currency", "").strip().upper() or "EUR"
    return SheetReserve(row, plant, fleet, starts_at, ends_at, **numbers, currency=currency, source=source)


def _instant(name: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        at = stamp(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _number(name: str, text: str) -> float:
    try:
        value = number(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None
    return 0.0 if isnan(value) else value
