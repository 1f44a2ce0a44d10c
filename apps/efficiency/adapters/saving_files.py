"""Readings of a meter and temperatures as CSV, onto hours and days of the local clock."""

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.markets.adapters.parsed import FileRefused
from apps.markets.adapters.sheet import LocalClock, number, rows_of, stamp
from gridops.engine.efficiency.savings import Span
from gridops.engine.efficiency.savings_meter import MeterDays, MeterHours, to_days
from gridops.engine.forecasting.clock import Clock

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.signedinteger[Any]]

HOUR_S, DAY_S = 3600, 86_400
STEPS_S: Final = (300, 600, 900, 1200, 1800, HOUR_S)
LARGEST_BYTES: Final = 100_000_000
MOST_KWH, COLDEST_C, HOTTEST_C = 1e8, -90.0, 65.0
_TIMES: Final = ("start", "dt", "time", "timestamp", "starts_at", "date", "day")
ENERGY: Final = {"kwh": (1.0, 0.0), "value": (1.0, 0.0), "energy_kwh": (1.0, 0.0), "wh": (1e-3, 0.0), "mwh": (1e3, 0.0)}
_FAHRENHEIT, _CELSIUS = (1 / 1.8, -32 / 1.8), (1.0, 0.0)
TEMPERATURE: Final = {
    "temperature_c": _CELSIUS, "tempc": _CELSIUS, "temp_c": _CELSIUS,
    "temperature_f": _FAHRENHEIT, "tempf": _FAHRENHEIT, "temp_f": _FAHRENHEIT,
}  # fmt: skip
_EPOCH: Final = date(1970, 1, 1)
_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Series:
    """at_s: Unix seconds at which each value begins, in order and once; values nan where unknown."""

    name: str
    at_s: IntArray
    values: FloatArray
    step_s: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """What is wanted, what it may be called with factor and offset of the unit, and what is possible."""

    name: str
    kinds: Mapping[str, tuple[float, float]]
    least: float
    most: float


_ENERGY, _TEMPERATURE = (
    _Column("kwh", ENERGY, -MOST_KWH, MOST_KWH),
    _Column("temperature_c", TEMPERATURE, COLDEST_C, HOTTEST_C),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """hours is None where the meter tells whole days only."""

    hours: MeterHours | None
    days: MeterDays
    notes: tuple[str, ...]


def parse_span(text: str, label: str) -> Span:
    """FROM/TO, days as 2025-01-01/2026-01-01, TO excluded. Raises FileRefused."""
    first, sign, end = text.partition("/")
    try:
        span = Span(_ordinal(date.fromisoformat(first.strip())), _ordinal(date.fromisoformat(end.strip())))
    except ValueError:
        told = f"{label}: {text[:40]!r} is no period; write FROM/TO like 2025-01-01/2026-01-01 (TO is not part of it)"
        raise FileRefused(told) from None
    if not sign or span.days < 1:
        raise FileRefused(f"{label}: it must end after it begins; put the earlier day before the slash")
    return span


def _ordinal(day: date) -> int:
    return (day - _EPOCH).days


def read_meter(content: bytes, name: str, zone: ZoneInfo) -> Series:
    """Raises FileRefused."""
    return _series(content, name, zone, _ENERGY)


def read_weather(content: bytes, name: str, zone: ZoneInfo) -> Series:
    """Raises FileRefused."""
    return _series(content, name, zone, _TEMPERATURE)


def unpacked(content: bytes, name: str) -> bytes:
    """Raises FileRefused."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise FileRefused(f"{name}: it cannot be unpacked; pack it again with gzip") from None
    if len(content) > LARGEST_BYTES:
        raise FileRefused(f"{name}: it is larger than {LARGEST_BYTES // 1_000_000} MB; cut it into smaller ones")
    if not content.strip():
        raise FileRefused(f"{name}: it is empty; the first row names the columns")
    return content


def columns_of(content: bytes) -> list[str]:
    """The words of the first row."""
    head = content[:4000].decode("utf-8", "replace").partition("\n")[0].lower()
    return [one.strip(' "\r\ufeff') for one in re.split(r"[;\t|,]", head)]


def _series(content: bytes, name: str, zone: ZoneInfo, column: _Column) -> Series:
    content = unpacked(content, name)
    words = columns_of(content)
    kind = next((one for one in column.kinds if one in words), None)
    if kind is None:
        raise FileRefused(f"{name}: row 1: there is no column {column.name}; name one of {', '.join(column.kinds)}")
    # Other columns, such as a number of the row, are passed over.
    names = {one: one for one in words} | dict.fromkeys(_TIMES, "start") | {kind: column.name}
    try:
        rows = list(rows_of(content, names=names, needed=("start", column.name)))
    except FileRefused as refusal:
        raise FileRefused(*(f"{name}: {told}" for told in refusal.problems)) from None
    values, faults = _values(rows, zone, column, column.kinds[kind])
    if faults:
        more = [f"{name}: and {len(faults) - _MOST_TOLD} more rows"] if len(faults) > _MOST_TOLD else []
        raise FileRefused(*(f"{name}: {told}" for told in faults[:_MOST_TOLD]), *more)
    note = (f"{name}: the column 'value' is taken as kWh.",) if kind == "value" else ()
    return _ordered(name, *values, note)


def _values(
    rows: Sequence[tuple[int, dict[str, str]]], zone: ZoneInfo, column: _Column, factor: tuple[float, float]
) -> tuple[tuple[IntArray, FloatArray], list[str]]:
    clock, faults = LocalClock(zone), list[str]()
    at, values = np.zeros(len(rows), np.int64), np.full(len(rows), np.nan)
    for place, (row, fields) in enumerate(rows):
        try:
            at[place] = int(clock.instant(stamp(fields["start"])).timestamp())
            values[place] = _inside(number(fields[column.name]) * factor[0] + factor[1], column)
        except (ValueError, FileRefused) as error:
            faults.append(f"row {row}: {error}")
    return (at, values), faults


def _inside(value: float, column: _Column) -> float:
    if not (np.isnan(value) or column.least <= value <= column.most):
        told = "mind the unit in the name of the column"
        raise ValueError(f"{column.name} comes to {value:.4g}, outside {column.least:g} to {column.most:g}; {told}")
    return value


def _ordered(name: str, at: IntArray, values: FloatArray, notes: tuple[str, ...]) -> Series:
    """The first of equal instants counts (CalTRACK 2.3.2.2)."""
    first_at, first = np.unique(at, return_index=True)
    if len(first_at) < 2:
        raise FileRefused(f"{name}: it has {len(first_at)} rows of values; give at least 2")
    if len(first_at) < len(at):
        notes = (*notes, f"{name}: {len(at) - len(first_at)} rows repeat an instant; the first of them counts.")
    step = int(np.median(np.diff(first_at)))
    return Series(name, first_at, values[first], step, notes)


def measured(meter: Series, weather: Series, spans: Sequence[Span], zone: ZoneInfo) -> Measured:
    """Both on the local clock, over all of the spans. Raises FileRefused for steps that are neither hours nor days."""
    first = min(span.first_day for span in spans)
    end = max(span.end_day for span in spans)
    begin_s, end_s = (_midnight(day, zone) for day in (first, end))
    clock = Clock(begin_s // HOUR_S * HOUR_S, HOUR_S, max((end_s - begin_s) // HOUR_S, 1), zone)
    at = hourly(weather, clock, sums=False)
    notes = meter.notes + weather.notes
    if meter.step_s in STEPS_S:
        hours = on_hours(clock, hourly(meter, clock, sums=True), at)
        return Measured(hours, to_days(hours), notes)
    if not HOUR_S * 23 <= meter.step_s <= HOUR_S * 25:
        steps = ", ".join(str(step // 60) for step in STEPS_S)
        raise FileRefused(
            f"{meter.name}: its rows are {meter.step_s // 60} minutes apart; give {steps} minutes or a day"
        )
    days = to_days(on_hours(clock, np.full(clock.size, np.nan), at))
    return Measured(None, MeterDays(_by_day(meter, days.day, zone), days.temperature_c, days.day), notes)


def on_hours(clock: Clock, kwh: FloatArray, temperature_c: FloatArray) -> MeterHours:
    month = clock.local_day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return MeterHours(kwh, temperature_c, clock.local_day, clock.weekday * 24 + clock.second_of_day // HOUR_S, month)


def hourly(series: Series, clock: Clock, *, sums: bool) -> FloatArray:
    """Sums or means by hour. A sum needs every step of its hour, a mean any; nan else. Raises FileRefused."""
    if sums or series.step_s <= HOUR_S:
        return _inside_hours(series, clock, sums=sums)
    if series.step_s > 3 * HOUR_S:
        told = f"its rows are {series.step_s // 60} minutes apart; give temperatures by the hour, or every 3 hours"
        raise FileRefused(f"{series.name}: {told}")
    grid = clock.start_s + np.arange(clock.size) * HOUR_S
    known = np.isfinite(series.values)
    if not known.any():
        return np.full(clock.size, np.nan)
    found = np.interp(grid, series.at_s[known], series.values[known], left=np.nan, right=np.nan)
    near = np.searchsorted(series.at_s[known], grid).clip(1, max(int(known.sum()) - 1, 1))
    gap = series.at_s[known][near] - series.at_s[known][near - 1] if known.sum() > 1 else np.zeros(clock.size)
    return np.where(gap <= 3 * HOUR_S, found, np.nan)


def _inside_hours(series: Series, clock: Clock, *, sums: bool) -> FloatArray:
    place = (series.at_s - clock.start_s) // HOUR_S
    inside = (place >= 0) & (place < clock.size) & np.isfinite(series.values)
    total = np.bincount(place[inside], weights=series.values[inside], minlength=clock.size)
    count = np.bincount(place[inside], minlength=clock.size)
    if sums:
        return np.where(count == HOUR_S // series.step_s, total, np.nan)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _by_day(meter: Series, days: IntArray, zone: ZoneInfo) -> FloatArray:
    local = np.array([_ordinal(datetime.fromtimestamp(at, zone).date()) for at in meter.at_s], np.int64)
    found = np.full(len(days), np.nan)
    place = local - days[0]
    inside = (place >= 0) & (place < len(days))
    found[place[inside]] = meter.values[inside]
    return found


def _midnight(day: int, zone: ZoneInfo) -> int:
    local = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time(), tzinfo=zone)
    return int(local.astimezone(UTC).timestamp())
