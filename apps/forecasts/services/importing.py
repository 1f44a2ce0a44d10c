"""Histories, days of the calendar and economic factors out of CSV files. One fault, and nothing is imported."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction
from django.utils import timezone

from apps.forecasts.adapters.arrays import DAY, FloatArray, midnight
from apps.forecasts.models import STEP_S, STEPS_A_DAY, CalendarDay, Regressor, Series
from apps.forecasts.services.history_rows import write_days

MOST_TOLD = 20
_FIRST_ROW = 2  # the names stand in the first
_MISSING = frozenset({"", "na", "nan", "null", "none", "-"})
_COARSEST_S = 3600


class FileRefused(Exception):
    """`problems`: each names its row and column and says what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Imported:
    series: int
    quarters: int


def import_history(rows: Iterable[str], *, zone: ZoneInfo) -> Imported:
    """Wide: a column 'time' and one a series. Long: 'time', 'series', 'value'. In kW; a series is called by its name
    or by mRID/quantity."""
    reader, names = _opened(rows, needed=("time",))
    problems: list[str] = []
    known = _Names()
    if "series" in names and "value" in names:
        found = _collected(_long(reader, known, zone, problems))
    else:
        chosen = {name: known.find(name, f"column {name!r}", problems) for name in names if name != "time"}
        found = _collected(_wide(reader, chosen, zone, problems))
    if not problems and not found:
        problems.append("the file holds no value; give rows below the names")
    if problems:
        raise FileRefused(problems)
    return _written(found)


def _opened(rows: Iterable[str], *, needed: Sequence[str]) -> tuple["csv.DictReader[str]", list[str]]:
    reader = csv.DictReader(rows, skipinitialspace=True)
    names = [(name or "").strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    missing = [name for name in needed if name not in names]
    if missing:
        raise FileRefused([f"row 1: there is no column {name!r}; there are: {', '.join(names)}" for name in missing])
    return reader, names


class _Names:
    """Series by how a person would call them."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for one in Series.objects.all():
            for name in (
                f"{one.subject_mrid}/{one.quantity}",
                one.subject_mrid,
                one.name,
                f"{one.name}/{one.quantity}",
            ):
                self._by_name[name.lower()].append(one.pk)

    def find(self, name: str, where: str, problems: list[str]) -> int | None:
        found = self._by_name.get(name.strip().lower(), [])
        if len(set(found)) == 1:
            return found[0]
        why = "is several; write mRID/quantity, such as system/load" if found else "is not known"
        problems.append(f"{where}: the series {name!r} {why}")
        return None


Row = tuple[int, float, float]  # series, unix seconds, kW


def _long(reader: Iterable[dict[str, str]], known: _Names, zone: ZoneInfo, problems: list[str]) -> Iterator[Row]:
    seen: dict[str, int | None] = {}
    for number, row in enumerate(reader, start=_FIRST_ROW):
        name = row.get("series") or ""
        if name not in seen:
            seen[name] = known.find(name, f"row {number}, column 'series'", problems)
        at, value = _instant(row, number, zone, problems), _number(row, "value", number, problems)
        if at is not None and value is not None and (series := seen[name]) is not None:
            yield series, at, value


def _wide(
    reader: Iterable[dict[str, str]], chosen: dict[str, int | None], zone: ZoneInfo, problems: list[str]
) -> Iterator[Row]:
    for number, row in enumerate(reader, start=_FIRST_ROW):
        at = _instant(row, number, zone, problems)
        for name, series in chosen.items():
            value = _number(row, name, number, problems)
            if at is not None and value is not None and series is not None:
                yield series, at, value


def _instant(row: dict[str, str], number: int, zone: ZoneInfo, problems: list[str]) -> float | None:
    text = (row.get("time") or "").strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"row {number}, column 'time': {text!r} is no time; write it as 2026-01-31T12:00:00Z")
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _number(row: dict[str, str], name: str, number: int, problems: list[str]) -> float | None:
    text = (row.get(name) or "").strip()
    if text.lower() in _MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    problems.append(f"row {number}, column {name!r}: {text!r} is no number; leave unknown values empty")
    return None


def _collected(rows: Iterator[Row]) -> dict[int, tuple[FloatArray, FloatArray]]:
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for series, at, value in rows:
        found[series].append((at, value))
    return {series: tuple(np.array(sorted(one)).T) for series, one in found.items()}


def _written(found: dict[int, tuple[FloatArray, FloatArray]]) -> Imported:
    written = 0
    for series, (at, value) in found.items():
        first = datetime.fromtimestamp(at[0], UTC).date()
        days = (datetime.fromtimestamp(at[-1], UTC).date() - first).days + 2
        written += write_days([series], first, _quarters(at, value, first, days)[None], over=True)
    return Imported(len(found), written)


def _quarters(at: FloatArray, value: FloatArray, first: date, days: int) -> FloatArray:
    """Means of finer values; a coarser one, of up to an hour, is that of each of its quarter hours."""
    apart = np.diff(np.unique(at))
    step_s = float(np.median(apart)) if len(apart) else STEP_S
    times = max(round(min(step_s, _COARSEST_S) / STEP_S), 1)
    place = ((at - midnight(first).timestamp()) // STEP_S).astype(int)
    spread = (place[:, None] + np.arange(times)).ravel()
    inside = spread < days * STEPS_A_DAY
    total = np.bincount(spread[inside], np.repeat(value, times)[inside], days * STEPS_A_DAY)
    count = np.bincount(spread[inside], minlength=days * STEPS_A_DAY)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


@transaction.atomic
def import_calendar(rows: Iterable[str]) -> tuple[int, int]:
    """Columns 'day' and 'kind' with 'name' and 'value', or 'day', 'factor' and 'value' with 'known_at'. Returns how
    many days and how many values of factors were taken."""
    reader, names = _opened(rows, needed=("day",))
    problems: list[str] = []
    if "factor" in names:
        factors = [one for one in _factors(reader, problems) if one is not None]
        _refuse(problems, factors)
        Regressor.objects.bulk_create(
            factors, update_conflicts=True, unique_fields=["name", "day", "known_at"], update_fields=["value"]
        )
        return 0, len(factors)
    if "kind" not in names:
        raise FileRefused(["row 1: there is no column 'kind' (school, event, ...) and no column 'factor'"])
    days = [one for one in _days(reader, problems) if one is not None]
    _refuse(problems, days)
    CalendarDay.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["day", "kind", "name"], update_fields=["value"]
    )
    return len(days), 0


def _refuse(problems: list[str], found: Sequence[object]) -> None:
    if not problems and not found:
        problems.append("the file holds no day; give rows below the names")
    if problems:
        raise FileRefused(problems)


def _days(reader: Iterable[dict[str, str]], problems: list[str]) -> Iterator[CalendarDay | None]:
    taken = set()
    for number, row in enumerate(reader, start=_FIRST_ROW):
        day, kind = _day(row, number, problems), (row.get("kind") or "").strip().lower()
        if not kind or len(kind) > 40:
            problems.append(f"row {number}, column 'kind': {kind!r} is no kind; write a word such as school or event")
        value = _number(row, "value", number, problems)
        name = (row.get("name") or kind).strip()[:120]
        if day is not None and (day, kind, name) not in taken:
            taken.add((day, kind, name))
            yield CalendarDay(day=day, kind=kind, name=name, value=1.0 if value is None else value)


def _factors(reader: Iterable[dict[str, str]], problems: list[str]) -> Iterator[Regressor | None]:
    now, taken = timezone.now(), set()
    for number, row in enumerate(reader, start=_FIRST_ROW):
        day, value = _day(row, number, problems), _number(row, "value", number, problems)
        name = (row.get("factor") or "").strip()[:80]
        if not name or value is None:
            problems.append(f"row {number}, column {'value' if name else 'factor'!r}: it is empty; give one")
        known_at = _known_at(row, number, day, now, problems)
        if name and day is not None and value is not None and (name, day, known_at) not in taken:
            taken.add((name, day, known_at))
            yield Regressor(name=name, day=day, value=value, known_at=known_at)


def _day(row: dict[str, str], number: int, problems: list[str]) -> date | None:
    text = (row.get("day") or "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"row {number}, column 'day': {text!r} is no day; write it as 2026-01-31")
        return None


def _known_at(row: dict[str, str], number: int, day: date | None, now: datetime, problems: list[str]) -> datetime:
    """Without a time of its own: past days as known at their end, later ones now."""
    text = (row.get("known_at") or "").strip()
    if not text:
        return min(midnight(day) + DAY, now) if day else now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"row {number}, column 'known_at': {text!r} is no time; write it as 2026-01-31T12:00:00Z")
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
