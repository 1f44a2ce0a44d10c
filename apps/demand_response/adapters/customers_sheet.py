"""A file of customers: a row a device, rows of one reference are one customer's."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.timezone import get_default_timezone

from apps.assets.choices import CustomerClass
from apps.demand_response.adapters.faults import Fault
from apps.demand_response.adapters.table import Row, rows_of
from apps.demand_response.choices import DeviceKind

NEEDED = ("reference", "class", "usage_point")
COLUMNS = (
    *NEEDED,
    "name",
    "email",
    "consumer",
    "critical_reason",
    "rated_kw",
    "device",
    "kind",
    "device_kw",
    "consent_date",
    "most_events_a_month",
)
_LONGEST = {"reference": 60, "usage_point": 80, "name": 200, "email": 254, "device": 120, "critical_reason": 200}
_MOST_KW = 1_000_000.0


@dataclass(slots=True)
class SheetPoint:
    name: str
    row: int
    consumer: UUID | None
    critical_reason: str
    rated_kw: float | None
    customer_class: str


@dataclass(slots=True)
class SheetDevice:
    name: str
    kind: str
    rated_kw: float
    usage_point: str
    row: int


@dataclass(slots=True)
class SheetCustomer:
    """`rows`: of the file, the first one first."""

    reference: str
    name: str
    email: str
    customer_class: str
    consent_at: datetime | None
    most_events_a_month: int | None
    rows: list[int] = field(default_factory=list)
    points: dict[str, SheetPoint] = field(default_factory=dict)
    devices: dict[str, SheetDevice] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """Customers without a fault in any of their rows; `left_out`: how many have one."""

    customers: list[SheetCustomer]
    faults: list[Fault]
    row_count: int
    left_out: int


def customers_of(content: bytes, *, consumers: Mapping[str, UUID], today: date) -> Sheet:
    """consumers: EnergyConsumers of the live network by mRID and by name. Raises FileRefused."""
    faults: list[Fault] = []
    reader = _Reader(consumers, today)
    count = 0
    for row in rows_of(content, columns=COLUMNS, needed=NEEDED, faults=faults):
        count += 1
        faults.extend(reader.take(row))
    whole = [one for reference, one in reader.found.items() if reference not in reader.bad]
    return Sheet(whole, sorted(faults, key=lambda one: one.row), count, len(reader.bad))


class _Reader:
    def __init__(self, consumers: Mapping[str, UUID], today: date) -> None:
        self._consumers, self._today = consumers, today
        self.found: dict[str, SheetCustomer] = {}
        self.bad: set[str] = set()  # references with a fault
        self._point_of: dict[str, str] = {}  # usage point -> reference

    def take(self, row: Row) -> list[Fault]:
        values: dict[str, Any] = {}
        faults = list(self._read(row, values))
        if not faults:
            faults = list(self._join(row.line, values))
        if faults:
            self.bad.add(row.values["reference"] or f"row {row.line}")
        return faults

    def _read(self, row: Row, values: dict[str, Any]) -> Iterator[Fault]:
        for name, text in row.values.items():
            try:
                values[name] = self._value(name, text)
            except ValueError as error:
                yield Fault(row.line, name, str(error))

    def _value(self, name: str, text: str) -> Any:
        if not text:
            if name in NEEDED:
                raise ValueError("it is empty; every row needs one")
            return None if name in _EMPTY_IS_NONE else ""
        if len(text) > _LONGEST.get(name, 300):
            raise ValueError(f"it has {len(text)} letters; {_LONGEST.get(name, 300)} are the most")
        if name == "consumer":
            return self._consumer(text)
        if name == "consent_date":
            return _consent(text, self._today)
        return _READ[name](text) if name in _READ else text

    def _consumer(self, text: str) -> UUID:
        found = self._consumers.get(text) or self._consumers.get(text.lower())
        if found is None:
            raise ValueError(f"the live network has no single load {text[:60]!r}; give its mRID, or leave it empty")
        return found

    def _join(self, line: int, values: dict[str, Any]) -> Iterator[Fault]:
        reference, point = values["reference"], values["usage_point"]
        known = self.found.get(reference) or _customer(values)
        if known.customer_class != values["class"]:
            yield Fault(line, "class", f"row {known.rows[0]} gives this customer another class; make them alike")
        if self._point_of.setdefault(point, reference) != reference:
            told = f"usage point {point} is that of customer {self._point_of[point]} further up; a meter is of one"
            yield Fault(line, "usage_point", told)
            return
        yield from _device(known, line, values)
        known.rows.append(line)
        known.points.setdefault(
            point,
            SheetPoint(point, line, values["consumer"], values["critical_reason"], values["rated_kw"], values["class"]),
        )
        self.found[reference] = known


def _customer(values: dict[str, Any]) -> SheetCustomer:
    return SheetCustomer(
        reference=values["reference"],
        name=values["name"],
        email=values["email"],
        customer_class=values["class"],
        consent_at=values["consent_date"],
        most_events_a_month=values["most_events_a_month"],
    )


def _device(known: SheetCustomer, line: int, values: dict[str, Any]) -> Iterable[Fault]:
    name, kind, kw = values["device"], values["kind"], values["device_kw"]
    if not name and not kind and kw is None:
        return []
    if missing := [
        word for word, value in (("device", name), ("kind", kind), ("device_kw", kw)) if value in ("", None)
    ]:
        return [Fault(line, missing[0], "a device needs a name, a kind and its kW; give all three or none")]
    if name in known.devices:
        return [Fault(line, "device", f"row {known.devices[name].row} has a device of this name; give another")]
    known.devices[name] = SheetDevice(name, kind, kw, values["usage_point"], line)
    return []


def _power(text: str) -> float:
    try:
        value = float(text.replace(",", ".")) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= _MOST_KW:
        raise ValueError(f"{text[:30]!r} is no power in kW; write one like 2.5")
    return value


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > 1000:
        raise ValueError(f"{text[:30]!r} is no number of events; write one like 4, or nothing for no limit")
    return int(text[:9])


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError(f"{text[:60]!r} is no e-mail address; write one like name@example.org") from None
    return text


def _consent(text: str, today: date) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:30]!r} is no day; write it like 2026-03-31") from None
    if day > today:
        raise ValueError(f"{day} lies in the future; give the day on which the consent was given")
    return datetime(day.year, day.month, day.day, tzinfo=get_default_timezone())


def _of(kind: type[CustomerClass] | type[DeviceKind]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in kind.values:
            raise ValueError(f"{text[:40]!r} is none of {', '.join(kind.values)}; write one of them")
        return text.lower()

    return read


_EMPTY_IS_NONE = frozenset({"consumer", "rated_kw", "device_kw", "consent_date", "most_events_a_month"})
_READ: dict[str, Callable[[str], Any]] = {
    "class": _of(CustomerClass),
    "kind": _of(DeviceKind),
    "rated_kw": _power,
    "device_kw": _power,
    "most_events_a_month": _count,
    "email": _email,
}
