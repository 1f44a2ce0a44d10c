"""A file of meter readings, and the report on it."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters.case_network import CaseNetwork
from apps.efficiency.adapters.loss_examination import Examined, MeterReadings
from gridops.engine.efficiency.losses import EnergyBalance
from gridops.engine.efficiency.suspects_readings import Calendar

FloatArray = npt.NDArray[np.float64]
HOUR = timedelta(hours=1)
NEEDED = ("meter", "at", "kwh")
MOST_HOURS = 5 * 8784
MOST_KWH = 1e7
VOLTAGE_PU = (0.5, 1.5)
MOST_LISTED = 200
LOAD, TRANSFORMER, SOURCE = "load", "transformer", "source"


_Names = Mapping[str, tuple[str, int] | None]


class ReadingsError(ValueError):
    """What is wrong with the file, at which line, and what to do."""


@dataclass(slots=True)
class _Read:
    kwh: dict[tuple[str, int], dict[int, float]] = field(default_factory=dict)
    voltage: dict[int, dict[int, float]] = field(default_factory=dict)
    first: int = 2**62
    last: int = -(2**62)


def readings_of(here: CaseNetwork, lines: Iterable[str]) -> tuple[MeterReadings, datetime]:
    """The readings by the network's elements and the first hour. Raises ReadingsError."""
    rows = csv.reader(lines)
    try:
        columns = _columns(next(rows))
    except StopIteration:
        raise ReadingsError("line 1: the file is empty; its first line names the columns meter,at,kwh.") from None
    except csv.Error as fault:
        raise ReadingsError(f"line 1: {fault}; write comma-separated values.") from None
    names, read = _meters(here), _Read()
    try:
        for row in rows:
            if row and any(cell.strip() for cell in row):
                _take(row, rows.line_num, columns, names=names, read=read)
    except csv.Error as fault:
        raise ReadingsError(f"line {rows.line_num}: {fault}; write comma-separated values.") from None
    if not read.kwh:
        raise ReadingsError("line 2: there is no reading; give a line for each meter and hour.")
    return _arrays(here, read), datetime.fromtimestamp(3600 * read.first, UTC)


def _columns(head: Sequence[str]) -> dict[str, int]:
    found = {name.strip().lower().lstrip("\ufeff"): n for n, name in enumerate(head)}
    for name in NEEDED:
        if name not in found:
            raise ReadingsError(f"line 1: the column '{name}' is missing; the columns are meter,at,kwh[,voltage_pu].")
    return found


def _meters(here: CaseNetwork) -> _Names:
    """By mRID and by name; None where a name is borne by several."""
    case = here.case
    kinds: tuple[tuple[str, Sequence[Any]], ...] = (
        (LOAD, case.loads),
        (TRANSFORMER, case.transformers),
        (SOURCE, case.sources),
    )
    found: dict[str, tuple[str, int] | None] = {}
    for kind, elements in kinds:
        for n, one in enumerate(elements):
            found[one.mrid] = (kind, n)
            found[one.name] = None if one.name in found else (kind, n)
    return found


def _take(row: Sequence[str], line: int, columns: Mapping[str, int], *, names: _Names, read: _Read) -> None:
    name = _cell(row, columns["meter"]).strip()
    if name not in names:
        raise ReadingsError(
            f"line {line}: meter: the network has no load, transformer or source '{name}'; write its name or mRID."
        )
    meter = names[name]
    if meter is None:
        raise ReadingsError(f"line {line}: meter: several elements are named '{name}'; write the mRID.")
    hour = _hour(_cell(row, columns["at"]), line)
    own = read.kwh.setdefault(meter, {})
    if hour in own:
        raise ReadingsError(f"line {line}: at: '{name}' has a reading of this hour already; leave one out.")
    own[hour] = _number(_cell(row, columns["kwh"]), line, "kwh", (-MOST_KWH, MOST_KWH))
    if "voltage_pu" in columns and meter[0] == LOAD:
        voltage = _number(_cell(row, columns["voltage_pu"]), line, "voltage_pu", VOLTAGE_PU)
        read.voltage.setdefault(meter[1], {})[hour] = voltage
    read.first, read.last = min(read.first, hour), max(read.last, hour)
    if read.last - read.first >= MOST_HOURS:
        raise ReadingsError(f"line {line}: at: the readings span more than five years; give a shorter span.")


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _hour(text: str, line: int) -> int:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ReadingsError(f"line {line}: at: '{text}' is no instant; write 2026-01-31T13:00:00Z.") from None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if seconds % 3600:
        raise ReadingsError(f"line {line}: at: '{text}' is not the begin of an hour; sum readings to whole hours.")
    return int(seconds // 3600)


def _number(text: str, line: int, column: str, bounds: tuple[float, float]) -> float:
    """Empty: missing."""
    if not text.strip():
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        raise ReadingsError(f"line {line}: {column}: '{text}' is no number; leave it empty where missing.") from None
    if not bounds[0] <= value <= bounds[1]:
        raise ReadingsError(f"line {line}: {column}: {text} is beyond {bounds[0]:g} to {bounds[1]:g}; mend the unit.")
    return value


def _arrays(here: CaseNetwork, read: _Read) -> MeterReadings:
    case, hours = here.case, read.last - read.first + 1
    sizes = {LOAD: len(case.loads), TRANSFORMER: len(case.transformers), SOURCE: len(case.sources)}
    kwh = {kind: np.full((hours, size), np.nan) for kind, size in sizes.items()}
    metered = {kind: np.zeros(size, np.bool_) for kind, size in sizes.items()}
    for (kind, n), own in read.kwh.items():
        metered[kind][n] = True
        kwh[kind][np.array(list(own)) - read.first, n] = list(own.values())
    voltage = None
    if any(np.isfinite(list(own.values())).any() for own in read.voltage.values()):
        voltage = np.full((hours, sizes[LOAD]), np.nan)
        for n, own in read.voltage.items():
            voltage[np.array(list(own)) - read.first, n] = list(own.values())
    return MeterReadings(
        load_kwh=kwh[LOAD],
        load_metered=metered[LOAD],
        transformer_kwh=kwh[TRANSFORMER],
        transformer_metered=metered[TRANSFORMER],
        source_kwh=kwh[SOURCE],
        source_metered=metered[SOURCE],
        calendar=calendar_of(datetime.fromtimestamp(3600 * read.first, UTC), hours),
        voltage_pu=voltage,
    )


def calendar_of(first: datetime, hours: int) -> Calendar:
    """Hours from `first` on, UTC."""
    instants = [first + n * HOUR for n in range(hours)]
    begin = first.date()
    return Calendar(
        np.array([at.hour for at in instants], np.int32),
        np.array([at.month for at in instants], np.int32),
        np.array([(at.date() - begin).days for at in instants], np.int32),
    )


def report_document(here: CaseNetwork, found: Examined, first: datetime, hours: int) -> dict[str, Any]:
    losses, case = found.course.losses, here.case
    load, none = np.nansum(losses.transformer_load_kw, axis=0), np.nansum(losses.transformer_no_load_kw, axis=0)
    line = np.nansum(losses.line_kw, axis=0)
    hourly = losses.total_kw
    return {
        "from": first.isoformat(),
        "until": (first + hours * HOUR).isoformat(),
        "hours": hours,
        "metered_kwh": found.metered_kwh,
        "technical_kwh": found.technical_kwh,
        "lines_kwh": float(line.sum()),
        "transformers_load_kwh": float(load.sum()),
        "transformers_no_load_kwh": float(none.sum()),
        "by_hour_of_day_kw": [_mean(hourly[_of_hour(first, hours, n)]) for n in range(24)],
        "parts": [
            {"fed_by": one.name, "loads": one.loads, "technical_kwh": one.technical_kwh}
            | ({"balance": _balance(one.balance)} if one.balance else {"balance": None})
            | {"no_load": {"factor": one.no_load.factor, "sigma": one.no_load.sigma} if one.no_load else None}
            for one in found.parts
        ],
        "lines": [
            {"mrid": case.lines[n].mrid, "name": case.lines[n].name, "loss_kwh": float(line[n])}
            for n in np.argsort(-line)[:MOST_LISTED].tolist()
        ],
        "transformers": [
            {"mrid": unit.mrid, "name": unit.name, "load_loss_kwh": float(load[n]), "no_load_loss_kwh": float(none[n])}
            for n, unit in enumerate(case.transformers)
        ],
        "suspects": [
            {
                "mrid": case.loads[one.load].mrid,
                "meter": case.loads[one.load].name,
                "kind": one.suspect.kind.value,
                "is_fault": one.suspect.is_fault,
                "probability": round(one.suspect.probability, 4),
                "energy_kwh": one.suspect.kwh,
                "since": _since(first, one.suspect.since_day),
                "evidence": [{"sign": sign.sign, "text": sign.text} for sign in one.suspect.evidence],
            }
            for one in found.suspects[:MOST_LISTED]
        ],
        "notes": list(found.notes),
    }


def _of_hour(first: datetime, hours: int, hour: int) -> slice:
    return slice((hour - first.hour) % 24, hours, 24)


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None


def _since(first: datetime, day: int | None) -> str | None:
    return None if day is None else (first.date() + timedelta(days=day)).isoformat()


def _balance(one: EnergyBalance) -> dict[str, Any]:
    return {
        "hours": one.hours,
        "fed_kwh": one.fed_kwh,
        "metered_kwh": one.metered_kwh,
        "technical_kwh": one.technical_kwh,
        "unexplained_kwh": one.unexplained_kwh,
        "sigma_kwh": one.sigma_kwh,
        "low_kwh": one.low_kwh,
        "high_kwh": one.high_kwh,
    }
