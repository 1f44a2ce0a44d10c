"""A value a row: valid_at, location or latitude and longitude, variable, value, unit, and what else a run tells."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.weather.adapters.parsed import (
    MOST_SERIES,
    MOST_STEPS,
    MOST_VALUES,
    FileRefused,
    ParsedRun,
    ParsedSeries,
    Place,
    checked,
    checked_step,
    coordinate,
    instant_of,
)
from apps.weather.adapters.units import converted, from_components, of_each_step, spelled
from apps.weather.choices import Variable

FloatArray = npt.NDArray[np.float64]

NEEDED = ("valid_at", "variable", "value")
COLUMNS = frozenset(
    {*NEEDED, "unit", "location", "latitude", "longitude", "issued_at", "available_at", "member", "stamp"}
)
BEGIN, END = "begin", "end"
# Towards east and towards north, and what they become together.
COMPONENTS = {
    "wind_u_m_s": ("wind_v_m_s", Variable.WIND_SPEED_M_S, Variable.WIND_DIRECTION_DEG),
    "wind_u_100m_m_s": ("wind_v_100m_m_s", Variable.WIND_SPEED_100M_M_S, Variable.WIND_DIRECTION_100M_DEG),
}
_V = {v: u for u, (v, _, _) in COMPONENTS.items()}
ACCUMULATED = " since issue"  # behind a unit: a sum since the run's begin


@dataclass(frozen=True, slots=True)
class _Key:
    issued_at: datetime | None
    available_at: datetime | None
    place: Place
    variable: str
    member: int
    unit: str
    stamp: str


@dataclass(slots=True)
class _Rows:
    first_row: int
    value_at: dict[int, float] = field(default_factory=dict)  # by unix seconds

    def grid(self) -> tuple[int, int, FloatArray]:
        """Begin, step and values; what no row says is nan."""
        times = np.array(sorted(self.value_at), dtype=np.int64)
        where = f"row {self.first_row}"
        gaps = np.diff(times)
        step = checked_step(int(gaps.min()) if len(gaps) else 3600, where)
        places = (times - times[0]) // step
        if ((times - times[0]) % step).any() or places[-1] >= MOST_STEPS:
            raise FileRefused(
                where,
                f"the times of its series do not lie on steps of {step} s; give equal steps, at most {MOST_STEPS}",
            )
        values = np.full(int(places[-1]) + 1, np.nan)
        values[places] = [self.value_at[int(one)] for one in times]
        return int(times[0]), step, values


def parse(content: bytes) -> list[ParsedRun]:
    """Raises FileRefused. Rows may come in any order; two that speak of the same value are refused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(f"byte {error.start}", "this is no UTF-8 text; save the file as CSV in UTF-8") from None
    gathered: dict[_Key, _Rows] = {}
    try:
        for number, row in _rows(text):
            _take(gathered, row, number)
    except csv.Error as error:
        raise FileRefused("the file", f"this is no CSV: {error}") from None
    if not gathered:
        raise FileRefused("row 2", "there is no row of values")
    return _runs(gathered)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="", restval="")
    names = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in NEEDED if name not in names]:
        raise FileRefused("row 1", f"the column {missing[0]} is missing; the first row names the columns")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise FileRefused("row 1", f"{unknown[0][:40]!r} is no known column; there are {', '.join(sorted(COLUMNS))}")
    if "location" not in names and not {"latitude", "longitude"} <= set(names):
        raise FileRefused("row 1", "give a column location, or latitude and longitude")
    reader.fieldnames = names
    for number, row in enumerate(reader, start=2):
        if row.pop("", None):
            raise FileRefused(f"row {number}", f"it has more fields than the {len(names)} columns")
        if number > MOST_VALUES:
            raise FileRefused(f"row {number}", f"more than {MOST_VALUES} rows; cut the file into smaller ones")
        yield number, {name: value.strip() for name, value in row.items()}


def _take(gathered: dict[_Key, _Rows], row: dict[str, str], number: int) -> None:
    if not any(row.values()):
        return
    where = f"row {number}"
    key = _Key(
        issued_at=_optional_instant(row, "issued_at", where),
        available_at=_optional_instant(row, "available_at", where),
        place=_place(row, where),
        variable=_variable(row["variable"], where),
        member=_member(row.get("member", ""), where),
        unit=row.get("unit", ""),
        stamp=_stamp(row.get("stamp", ""), where),
    )
    if key not in gathered and len(gathered) >= MOST_SERIES:
        raise FileRefused(where, f"more than {MOST_SERIES} series; cut the file into smaller ones")
    at = int(instant_of(row["valid_at"], f"{where}, valid_at").timestamp())
    rows = gathered.setdefault(key, _Rows(number))
    if at in rows.value_at:
        raise FileRefused(where, "an earlier row speaks of the same variable, place and time; leave one of them out")
    rows.value_at[at] = _number(row["value"], f"{where}, value")


def _optional_instant(row: dict[str, str], name: str, where: str) -> datetime | None:
    return instant_of(row[name], f"{where}, {name}") if row.get(name) else None


def _place(row: dict[str, str], where: str) -> Place:
    name = row.get("location", "")
    if len(name) > 120 or (name and not name.isprintable()):
        raise FileRefused(f"{where}, location", "give a name of at most 120 characters")
    latitude, longitude = row.get("latitude", ""), row.get("longitude", "")
    if not latitude and not longitude and name:
        return Place(name)
    north = coordinate(_number(latitude, f"{where}, latitude"), f"{where}, latitude", 90.0)
    east = coordinate(_number(longitude, f"{where}, longitude"), f"{where}, longitude", 360.0)
    return Place(name, north, east)


def _variable(text: str, where: str) -> str:
    known = [*Variable.values, *COMPONENTS, *_V]
    if text.lower() not in known:
        raise FileRefused(f"{where}, variable", f"{text[:40]!r} is not known; there are {', '.join(known)}")
    return text.lower()


def _member(text: str, where: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 4):
        raise FileRefused(f"{where}, member", f"{text[:20]!r} is no number of a member from 0 to 999")
    return int(text or 0)


def _stamp(text: str, where: str) -> str:
    if text.lower() not in ("", BEGIN, END):
        raise FileRefused(f"{where}, stamp", f"{text[:20]!r} is neither 'begin' nor 'end' of the step")
    return text.lower() or BEGIN


def _number(text: str, where: str) -> float:
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if math.isinf(value) or "_" in text:
        raise FileRefused(where, f"{text[:40]!r} is no number; write one like 12.5, or nothing")
    return value


def _runs(gathered: dict[_Key, _Rows]) -> list[ParsedRun]:
    runs: dict[tuple[datetime | None, datetime | None], ParsedRun] = {}
    for key, rows in gathered.items():
        run = runs.setdefault((key.issued_at, key.available_at), ParsedRun(key.issued_at, key.available_at))
        run.series.extend(_series(key, rows, gathered))
    return [run for run in runs.values() if run.series]


def _series(key: _Key, rows: _Rows, gathered: dict[_Key, _Rows]) -> list[ParsedSeries]:
    if key.variable in _V:
        _other(key, _V[key.variable], rows, gathered)
        return []  # told with its other half
    begin, step_s, values = rows.grid()
    where = f"row {rows.first_row}"
    starts_at = datetime.fromtimestamp(begin, UTC) - timedelta(seconds=step_s if key.stamp == END else 0)
    if key.variable in COMPONENTS:
        other, speed, direction = COMPONENTS[key.variable]
        found = _other(key, other, rows, gathered).grid()
        if found[:2] != (begin, step_s) or len(found[2]) != len(values):
            raise FileRefused(where, f"{key.variable} and {other} do not speak of the same times")
        both = from_components(values, found[2])
        told = list(zip((speed, direction), both, strict=True))
    else:
        variable = Variable(key.variable)
        told = [(variable, _in_our_unit(variable, values, key.unit, where, step_s))]
    return [
        ParsedSeries(key.place, variable, key.member, starts_at, step_s, checked(variable, one, where))
        for variable, one in told
    ]


def _other(key: _Key, variable: str, rows: _Rows, gathered: dict[_Key, _Rows]) -> _Rows:
    wanted = _Key(key.issued_at, key.available_at, key.place, variable, key.member, unit=key.unit, stamp=key.stamp)
    if wanted not in gathered:
        raise FileRefused(f"row {rows.first_row}", f"{key.variable} is told without {variable}; give both or speeds")
    if spelled(key.unit) not in ("", "m/s"):
        raise FileRefused(f"row {rows.first_row}, unit", f"components are told in m/s, not in {key.unit[:30]!r}")
    return gathered[wanted]


def _in_our_unit(variable: Variable, values: FloatArray, unit: str, where: str, step_s: int) -> FloatArray:
    if not unit:
        return values
    plain = unit.lower()
    if plain.endswith(ACCUMULATED):
        values, unit = of_each_step(values), unit[: -len(ACCUMULATED)]
    return converted(variable, values, unit, f"{where}, unit", step_s=step_s)
