"""A file of measured capacities, a row a test; faults are told by row and column."""

from dataclasses import dataclass
from datetime import datetime
from math import isnan
from zoneinfo import ZoneInfo

from apps.markets.adapters.parsed import FileRefused
from apps.markets.adapters.sheet import number, rows_of, stamp
from apps.storage.choices import LONGEST_TEXT

__all__ = ["FileRefused", "SheetTest", "capacity_tests_of"]

_TEXTS = ("conditions", "source", "note")
_COLUMNS = ("tested_at", "energy_kwh", "sigma_kwh", *_TEXTS)
_NEEDED = ("tested_at", "energy_kwh", "sigma_kwh", "source")


@dataclass(frozen=True, slots=True)
class SheetTest:
    row: int
    tested_at: datetime
    energy_kwh: float
    sigma_kwh: float
    conditions: str
    source: str
    note: str


def capacity_tests_of(content: bytes, *, zone: ZoneInfo) -> list[SheetTest]:
    """zone: of times without an offset. Raises FileRefused with every fault."""
    found, faults = [], []
    for row, told in rows_of(content, names={name: name for name in _COLUMNS}, needed=_NEEDED):
        try:
            found.append(_test(row, told, zone))
        except ValueError as fault:
            faults.append(f"row {row}: {fault}")
    if faults:
        raise FileRefused(*faults)
    if not found:
        raise FileRefused("row 2: there is no test; write one a row")
    return found


def _test(row: int, told: dict[str, str], zone: ZoneInfo) -> SheetTest:
    texts = {name: told.get(name, "") for name in _TEXTS}
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"{name}: it is longer than {LONGEST_TEXT} letters; shorten it")
    if not texts["source"]:
        raise ValueError("source: it is empty; say whose measurement it is, such as the report and its page")
    energy, sigma = (_above_zero(name, told[name]) for name in ("energy_kwh", "sigma_kwh"))
    return SheetTest(row, _instant(told["tested_at"], zone), energy, sigma, **texts)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = stamp(text)
    except ValueError as fault:
        raise ValueError(f"tested_at: {fault}") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _above_zero(name: str, text: str) -> float:
    try:
        value = number(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None
    if isnan(value) or value <= 0:
        told = "it is empty" if isnan(value) else f"{value:g} is not above 0"
        usual = "; of a full discharge with a calibrated meter it is about 1 % of the energy" * (name == "sigma_kwh")
        raise ValueError(f"{name}: {told}; write kWh{usual}")
    return value
