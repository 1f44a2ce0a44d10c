"""Records of outages as a CSV: what is exported can be imported, and gives the same figures by itself."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.state.adapters.outage_figures import Served, Span, StepRecord, figures
from apps.state.choices import OutageCause
from gridops.spreadsheet import SheetWriter, unguarded

MOST_LINES = 200_000
NEEDED = ("outage", "began_at", "customers")
COLUMNS = (
    "outage", "reference", "feeder_mrid", "feeder", "feeder_customers", "equipment_mrid", "equipment", "cause",
    "planned", "outage_began_at", "began_at", "restored_at", "customers", "critical_customers", "lost_kw", "consumers",
    "system_customers", "period_from", "period_to", "zone",
)  # fmt: skip
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"", "false", "0", "no"})


class OutageFileError(ValueError):
    """The file cannot be used; the words name the line, the column and the remedy."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, read."""

    number: int
    cells: Mapping[str, str]
    record: StepRecord
    critical_customers: int


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    column: str
    text: str


def written(rows: Sequence[Mapping[str, object]], served: Served, span: Span) -> Iterator[str]:
    """The header, then a line a step. rows: by COLUMNS but for those that every line repeats."""
    every = {
        "system_customers": served.system,
        "period_from": span.begin.isoformat(),
        "period_to": span.end.isoformat(),
        "zone": span.zone,
    }
    yield _line(COLUMNS)
    for row in rows:
        yield _line([_cell({**row, **every}.get(name)) for name in COLUMNS])


def parsed(text: str) -> tuple[list[Line], list[Fault]]:
    """The lines that can be read, and what is wrong with the others. Takes commas and semicolons."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    lines: list[Line] = []
    faults: list[Fault] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        faults += _header_faults(header)
        for cells in reader if not faults else ():
            if len(lines) >= MOST_LINES:
                faults.append(Fault(reader.line_num, "", f"more than {MOST_LINES} lines; split the file"))
                break
            if any(cell.strip() for cell in cells):
                _take(cells, header, reader.line_num, lines, faults)
    except csv.Error as error:
        faults.append(Fault(reader.line_num, "", f"is no CSV: {error}"))
    return lines, faults


def _header_faults(header: list[str]) -> list[Fault]:
    missing = [Fault(1, name, "the column is missing; every line needs it") for name in NEEDED if name not in header]
    unknown = [
        Fault(1, name[:60], f"there is no such column; use {', '.join(COLUMNS)}")
        for name in header
        if name not in COLUMNS
    ]
    return missing + unknown


def _take(cells: list[str], header: list[str], number: int, lines: list[Line], faults: list[Fault]) -> None:
    if len(cells) != len(header):
        faults.append(Fault(number, "", f"has {len(cells)} cells, the header has {len(header)}"))
        return
    named = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=True)}
    reading = _Reading(named)
    record = reading.record()
    critical = reading.whole("critical_customers")
    if reading.faults:
        faults += [Fault(number, column, text) for column, text in reading.faults]
    elif record is not None:
        lines.append(Line(number, named, record, critical))


class _Reading:
    """One line; faults gather, so that all of them are told at once."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self.faults: list[tuple[str, str]] = []

    def record(self) -> StepRecord | None:
        began = self.instant("began_at")
        restored = self.instant("restored_at")
        outage_began = self.instant("outage_began_at") or began
        if not self.cells["outage"]:
            self.faults.append(("outage", "is empty; give each outage a number or name of its own"))
        if began is None and not self.cells["began_at"]:
            self.faults.append(("began_at", "is empty; give the instant of the interruption, as 2025-03-01T12:00:00Z"))
        if began and restored and restored < began:
            self.faults.append(("restored_at", "lies before began_at"))
        if began and outage_began and began < outage_began:
            self.faults.append(("began_at", "lies before outage_began_at"))
        cause = self.cells.get("cause", "") or OutageCause.UNKNOWN.value
        if cause not in OutageCause.values:
            self.faults.append(("cause", f"'{cause[:40]}' is none of {', '.join(OutageCause.values)}"))
        customers, lost = self.whole("customers"), self.power("lost_kw")
        consumers = self.consumers(customers)
        if self.faults or began is None or outage_began is None:
            return None
        feeder, name = self.cells.get("feeder_mrid", ""), self.cells.get("feeder", "")
        return StepRecord(
            outage=self.cells["outage"],
            feeder=feeder or name,
            feeder_name=name or feeder,
            cause=cause,
            is_planned=self.truth("planned"),
            outage_began_at=outage_began,
            began_at=began,
            restored_at=restored,
            customers=customers,
            lost_kw=lost,
            consumers=consumers,
        )

    def instant(self, column: str) -> datetime | None:
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.faults.append((column, f"'{text[:40]}' is no instant; write it as 2025-03-01T12:00:00Z"))
            return None
        if at.tzinfo is None:
            self.faults.append((column, f"'{text[:40]}' has no offset; end it with Z or +01:00"))
            return None
        return at.astimezone(UTC)

    def whole(self, column: str) -> int:
        text = self.cells.get(column, "")
        if text.isascii() and text.isdigit() and len(text) <= len("2147483647") and int(text) < 2**31:
            return int(text)
        if text or column in NEEDED:
            self.faults.append((column, f"'{text[:40]}' is no number of customers; write 0, 1, 2 ..."))
        return 0

    def power(self, column: str) -> float:
        text = self.cells.get(column, "")
        try:
            value = float(text) if text else 0.0
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            self.faults.append((column, f"'{text[:40]}' is no power; write kW, 0 or more"))
        return value

    def truth(self, column: str) -> bool:
        text = self.cells.get(column, "").lower()
        if text not in _TRUE | _FALSE:
            self.faults.append((column, f"'{text[:40]}' is neither true nor false"))
        return text in _TRUE

    def consumers(self, customers: int) -> dict[str, int]:
        """mRID:customers, separated by blanks."""
        found: dict[str, int] = {}
        for one in self.cells.get("consumers", "").split():
            key, _, count = one.rpartition(":")
            if not key or not (count.isascii() and count.isdigit()):
                self.faults.append(("consumers", f"'{one[:60]}' is not as mRID:customers"))
                return {}
            found[key] = found.get(key, 0) + int(count)
        if found and sum(found.values()) != customers:
            self.faults.append(("consumers", f"adds up to {sum(found.values())} customers, the line has {customers}"))
        return found


def figures_of_export(text: str) -> dict[str, Any]:
    """The figures of an export by itself. Raises OutageFileError."""
    lines, faults = parsed(text)
    if faults:
        first = faults[0]
        raise OutageFileError(f"line {first.line}, column '{first.column}' {first.text}; {len(faults)} faults in all")
    if not lines:
        raise OutageFileError("there is no line in it: without an outage there is nothing to count")
    head = lines[0].cells
    try:
        begin, end = (datetime.fromisoformat(head[name]) for name in ("period_from", "period_to"))
        span = Span(begin, end, head["zone"])
        served = Served(int(head["system_customers"]), _feeders(lines))
    except (KeyError, ValueError):
        words = "an export has period_from, period_to, zone and system_customers on each line; export it anew"
        raise OutageFileError(words) from None
    return figures([line.record for line in lines], served, span)


def _feeders(lines: Sequence[Line]) -> dict[str, tuple[str, int]]:
    told = ((line.record, line.cells.get("feeder_customers", "")) for line in lines)
    return {record.feeder: (record.feeder_name, int(count)) for record, count in told if record.feeder and count}


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    SheetWriter(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return " ".join(f"{key}:{count}" for key, count in value.items())
    return "" if value is None else value
