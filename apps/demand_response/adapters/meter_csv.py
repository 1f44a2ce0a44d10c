"""Meter readings as CSV: a row an interval (usage_point, start, minutes, kwh, fed_in_kwh) or a row a day (usage_point,
day, minutes, readings: kWh one after the other with spaces between, '-' where one is not known)."""

import math
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from apps.demand_response.adapters.faults import Fault, FileRefused, refuse
from apps.demand_response.adapters.readings import MOST_KWH, STEPS_S, PointReadings, Readings, midnight, steps_in
from apps.demand_response.adapters.table import Row, rows_of
from apps.markets.adapters.sheet import LocalClock, stamp

BY_INTERVAL = ("usage_point", "start", "minutes", "kwh")
BY_DAY = ("usage_point", "day", "minutes", "readings")
FED_IN = "fed_in_kwh"
_UNKNOWN = frozenset({"", "-", "na", "nan", "null", "none"})
_EARLIEST, _LONGEST = date(2000, 1, 1), timedelta(days=1)


def parse(content: bytes, *, zone: ZoneInfo, today: date) -> Readings:
    """Raises FileRefused."""
    faults: list[Fault] = []
    reader = _Reader(zone, today)
    is_by_day = b"readings" in content[:4000].split(b"\n", 1)[0].lower()
    columns, needed = (BY_DAY, BY_DAY) if is_by_day else ((*BY_INTERVAL, FED_IN), BY_INTERVAL)
    for row in rows_of(content, columns=columns, needed=needed, faults=faults):
        try:
            reader.take_day(row) if is_by_day else reader.take_interval(row)
        except FileRefused as refusal:
            faults.append(refusal.fault)
    return Readings(list(reader.points.values()), faults)


class _Reader:
    def __init__(self, zone: ZoneInfo, today: date) -> None:
        self._zone, self._today = zone, today
        self._clocks: dict[str, LocalClock] = {}
        self.points: dict[tuple[str, int], PointReadings] = {}

    def take_interval(self, row: Row) -> None:
        name, step_s = _name(row), _step(row)
        out = row.values[FED_IN]
        kwh = _kwh(row, "kwh", row.values["kwh"]) - (_kwh(row, FED_IN, out) if out else 0.0)
        clock = self._clocks.setdefault(name, LocalClock(self._zone))
        try:
            at = clock.instant(stamp(row.values["start"]))
        except ValueError as error:
            raise refuse(str(error), row=row.line, field="start") from None
        self._check(at.date(), row, "start")
        self._point(name, step_s).add(int(at.timestamp()), kwh, row.line)

    def take_day(self, row: Row) -> None:
        name, step_s = _name(row), _step(row)
        try:
            day = date.fromisoformat(row.values["day"])
        except ValueError:
            told = f"{row.values['day'][:30]!r} is no day; write it like 2026-03-31"
            raise refuse(told, row=row.line, field="day") from None
        self._check(day, row, "day")
        values = [_kwh(row, "readings", text) for text in row.values["readings"].split()]
        wanted = steps_in(day, self._zone, step_s)
        if len(values) != wanted:
            told = f"{day} has {wanted} intervals of {step_s // 60} minutes and the row {len(values)}; put '-' for gaps"
            raise refuse(told, row=row.line, field="readings")
        begin, point = int(midnight(day, self._zone).timestamp()), self._point(name, step_s)
        point.starts.extend(range(begin, begin + wanted * step_s, step_s))
        point.kwh.extend(values)
        point.lines.extend([row.line] * wanted)

    def _point(self, name: str, step_s: int) -> PointReadings:
        return self.points.setdefault((name, step_s), PointReadings(name, step_s))

    def _check(self, day: date, row: Row, field: str) -> None:
        if not _EARLIEST <= day <= self._today + _LONGEST:
            raise refuse(f"{day} is before 2000 or in the future; correct it", row=row.line, field=field)


def _name(row: Row) -> str:
    if not row.values["usage_point"]:
        raise refuse("it is empty; every row names its usage point", row=row.line, field="usage_point")
    return row.values["usage_point"]


def _step(row: Row) -> int:
    text = row.values["minutes"]
    step_s = int(text) * 60 if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if step_s not in STEPS_S:
        known = ", ".join(str(one // 60) for one in STEPS_S)
        raise refuse(f"{text[:20]!r} is no length of an interval; write one of {known}", row=row.line, field="minutes")
    return step_s


def _kwh(row: Row, field: str, text: str) -> float:
    if text.lower() in _UNKNOWN:
        return math.nan
    try:
        value = float(text.replace(",", ".")) if "_" not in text else math.inf
    except ValueError:
        value = math.inf
    if not abs(value) < MOST_KWH:
        raise refuse(f"{text[:30]!r} is no energy in kWh; write one like 0.25, or '-'", row=row.line, field=field)
    return value
