"""The signal list that the owner of the field hands over, a CSV: taken whole, or refused with its faults by row."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from apps.telemetry.choices import DISCRETE, Protocol, Quantity, Side
from apps.telemetry.models import ControlPoint, MeasurementPoint
from apps.telemetry.rules.protocols import rules_of
from apps.telemetry.rules.settings import AddressFault, ProtocolRules
from apps.telemetry.services import control_list
from gridops.spreadsheet import unguarded

REQUIRED = ("mrid", "name", "equipment_mrid", "side", "quantity", "unit")
ADDRESS = "address"
IN_TWO = ("common_address", "ioa")  # how lists of IEC 104 often give it; the type is known from the wire
_ANALOG_SILENCE_S, _DISCRETE_SILENCE_S = 120.0, 3600.0


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be taken; line 0 is the file itself."""

    line: int
    name: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.line} ({self.name or 'no name'}): {self.reason}" if self.line else self.reason


class PointMapRefused(Exception):
    """The point map has faults; nothing was imported. `problems` names the rows."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__("; ".join(self.problems[:5]))


def examine(
    rows: Iterable[str], *, gateway_name: str, protocol: Protocol
) -> tuple[dict[int, MeasurementPoint], list[Problem]]:
    """The points that can be taken by their line, not saved and without gateway and slot; and what is wrong."""
    rules = rules_of(protocol)
    points: dict[int, MeasurementPoint] = {}
    problems: list[Problem] = []
    try:
        for number, row in _numbered(rows):
            try:
                points[number] = _point(row, rules)
                control_list.read_controls(row, points[number], rules)
            except (ValueError, ValidationError) as error:
                problems.append(Problem(number, str(row["name"] or ""), _sentence(error)))
    except _NoList as fault:
        return {}, [Problem(fault.line, "", str(fault))]
    problems += [*_doubles(points), *_elsewhere(points, gateway_name)]
    return points, problems


def read_signals(rows: Iterable[str], *, gateway_name: str, protocol: Protocol) -> list[MeasurementPoint]:
    """All points, or PointMapRefused."""
    points, problems = examine(rows, gateway_name=gateway_name, protocol=protocol)
    if problems:
        raise PointMapRefused(problems)
    return list(points.values())


def read_listed_controls(rows: Iterable[str], *, protocol: Protocol) -> dict[UUID, list[ControlPoint]] | None:
    """Of a list that `examine` found good: the controls of each point. None: the list does not speak of controls."""
    rules = rules_of(protocol)
    reader = csv.DictReader(rows)
    if control_list.CONTROL not in (reader.fieldnames or []):
        return None
    found = {}
    for row in reader:
        plain = _as_written(row)
        point = _point(plain, rules)
        found[point.mrid] = control_list.read_controls(plain, point, rules)
    return found


class _NoList(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def _numbered(rows: Iterable[str]) -> Iterator[tuple[int, dict[str | None, Any]]]:
    """Every row by the number of its line in the file."""
    reader = csv.DictReader(rows)
    try:
        header = reader.fieldnames or []
        address = () if ADDRESS in header else (ADDRESS,) if not set(IN_TWO) & set(header) else IN_TWO
        missing = [name for name in (*REQUIRED, *address) if name not in header]
        if missing:
            raise _NoList(0, f"The header lacks the columns {', '.join(missing)}.")
        for row in reader:
            yield reader.line_num, _as_written(row)
    except csv.Error as error:
        raise _NoList(reader.line_num, str(error)) from error


def _as_written(row: dict[str | None, Any]) -> dict[str | None, Any]:
    """Without the apostrophes by which an export keeps a spreadsheet from running a text."""
    return {name: unguarded(cell) if isinstance(cell, str) else cell for name, cell in row.items()}


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
    return str(error)


def _point(row: dict[str | None, Any], rules: ProtocolRules) -> MeasurementPoint:
    if None in row or None in row.values():
        raise ValueError("the row has more or fewer cells than the header")
    quantity = Quantity(row["quantity"])
    silence_s = _DISCRETE_SILENCE_S if quantity in DISCRETE else _ANALOG_SILENCE_S
    point = MeasurementPoint(
        mrid=_uuid(row, "mrid"),
        name=row["name"],
        equipment_mrid=_uuid(row, "equipment_mrid"),
        side=Side(row["side"]).value,
        quantity=quantity,
        unit=row["unit"],
        address=_address(row, rules),
        scale=_number(row, "scale", 1.0),
        deadband=_number(row, "deadband", 0.0),
        sigma=_number(row, "sigma", 0.0),
        max_silence_s=_number(row, "max_silence_s", silence_s),
        slot=0,
    )
    point.clean_fields(exclude={"gateway"})
    if point.scale == 0 or point.deadband < 0 or point.sigma < 0 or point.max_silence_s <= 0:
        raise ValueError("scale is not 0, deadband and sigma are at least 0, max_silence_s is above 0")
    return point


def _uuid(row: dict[str | None, Any], name: str) -> UUID:
    try:
        return UUID(row[name])
    except ValueError:
        raise ValueError(f"{name}: {row[name]!r} is no UUID") from None


def _address(row: dict[str | None, Any], rules: ProtocolRules) -> str:
    in_one = (row.get(ADDRESS) or "").strip()
    raw = in_one or "/".join((row.get(name) or "").strip() for name in IN_TWO)
    try:
        return rules.address(raw)
    except AddressFault as fault:
        raise ValueError(f"{ADDRESS if ADDRESS in row else ', '.join(IN_TWO)}: {fault}") from None


def _number(row: dict[str | None, Any], name: str, default: float) -> float:
    raw = row.get(name) or ""
    try:
        value = float(raw or default)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name}: {raw!r} is no finite number")
    return value


def _doubles(points: dict[int, MeasurementPoint]) -> Iterator[Problem]:
    first: dict[object, int] = {}
    for number, point in points.items():
        address = f"the address {point.address}"
        for what in (address, f"the mRID {point.mrid}"):
            if what in first:
                yield Problem(number, point.name, f"{what} is used in row {first[what]} already")
            first.setdefault(what, number)


def _elsewhere(points: dict[int, MeasurementPoint], gateway_name: str) -> Iterator[Problem]:
    mrids = [point.mrid for point in points.values()]
    others = MeasurementPoint.objects.filter(mrid__in=mrids).exclude(gateway__name=gateway_name)
    gateway_of = dict(others.values_list("mrid", "gateway__name"))
    for number, point in points.items():
        if point.mrid in gateway_of:
            sentence = f"the mRID {point.mrid} is a point of gateway {gateway_of[point.mrid]} already"
            yield Problem(number, point.name, sentence)
