"""A CSV file of anybody's to a record on a regular grid. What cannot be read is told by row and column."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridops.engine.forecasting import Clock, Record

FloatArray = npt.NDArray[np.float64]
_FIRST_LINE = 2  # of the file: the names stand in the first
_TIME_NAMES = ("time", "timestamp", "datetime", "date", "ts", "start", "utc")
_DAY_S = 86_400
_LEAST_STEPS = 2
_SEPARATORS = (",", ";", "\t")
_MONTHS = 12
_MOST_DOUBLED = 0.2
_MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "-"})


class Unreadable(Exception):
    """Names the row, the column and the remedy."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of columns. `zone`: of stamps without an offset. `step_s`: None takes what most rows keep to. `only`: a
    column and the text that rows must have there. `stamps_end`: times tell the end of their step."""

    target: str
    observed: Sequence[str] = ()
    ahead: Sequence[str] = ()
    time: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009
    step_s: int | None = None
    holidays: frozenset[date] = frozenset()
    room_s: int = 0  # after the last row
    only: tuple[str, str] | None = None
    stamps_end: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`notes`: what was found and put right, in words."""

    record: Record
    rows: int
    notes: tuple[str, ...]


def read_table(path: Path, wanted: Wanted) -> Table:
    """Raises Unreadable. Compression is known by the file's suffix."""
    frame, is_comma_decimal = _frame(path)
    frame = _chosen(frame, wanted.only) if wanted.only else frame
    names = [wanted.target, *wanted.observed, *wanted.ahead]
    _check_names(frame, names)
    time = wanted.time or _time_name(frame, names)
    at_s, notes = _instants(frame[time], time, wanted.zone)
    values = np.column_stack([_numbers(frame[name], name, is_comma_decimal) for name in names])
    _check_one_series(at_s, time)
    at_s = at_s - (_step(at_s, time) if wanted.stamps_end else 0)
    step_s = wanted.step_s or _step(at_s, time)
    if not np.isfinite(values[:, 0]).any():
        raise Unreadable(f"column {wanted.target}: no row holds a number; give the column that is to be forecast")
    grid, start_s, told = _gridded(at_s, values, step_s, wanted.zone)
    size = len(grid) + wanted.room_s // step_s
    clock = Clock(start_s, step_s, size, wanted.zone, wanted.holidays)
    split = 1 + len(wanted.observed)
    record = Record(
        clock,
        grid[:, 0],
        ahead=grid[:, split:],
        observed=grid[:, 1:split],
        ahead_names=tuple(wanted.ahead),
        observed_names=tuple(wanted.observed),
    )
    return Table(record, len(frame), (*notes, *told))


def _frame(path: Path) -> tuple[pd.DataFrame, bool]:
    """And whether its numbers may have a decimal comma."""
    try:
        names = pd.read_csv(path, dtype=str, nrows=0).columns
        separator = "," if len(names) > 1 else max(_SEPARATORS, key=str(names[0]).count)
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, sep=separator)
    except FileNotFoundError:
        raise Unreadable(f"{path}: there is no such file") from None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, ValueError) as error:
        raise Unreadable(f"{path}: it is no CSV file with names in its first line: {error}") from None
    if len(frame) < _LEAST_STEPS:
        raise Unreadable(f"{path}: it has {len(frame)} rows; a forecast needs a past")
    frame.columns = frame.columns.str.strip()
    return frame, separator != ","


def _chosen(frame: pd.DataFrame, only: tuple[str, str]) -> pd.DataFrame:
    column, text = only
    _check_names(frame, [column])
    found = frame[frame[column].str.strip() == text]
    if len(found) < _LEAST_STEPS:
        there = ", ".join(frame[column].str.strip().unique()[:10])
        raise Unreadable(f"column {column}: {len(found)} rows hold '{text}'; there are: {there}")
    return found.reset_index(drop=True)


def _check_one_series(at_s: npt.NDArray[np.int64], time: str) -> None:
    doubled = 1 - len(np.unique(at_s)) / len(at_s)
    if doubled > _MOST_DOUBLED:
        raise Unreadable(
            f"column {time}: {doubled:.0%} of the rows have the time of another: it seems to hold several series; "
            "choose one with --only COLUMN=VALUE"
        )


def _check_names(frame: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            raise Unreadable(f"there is no column {name}; there are: {', '.join(frame.columns)}")
        if names.count(name) > 1:
            raise Unreadable(
                f"column {name} is named twice; a column is target, weather or known ahead, not two of them"
            )


def _time_name(frame: pd.DataFrame, taken: Sequence[str]) -> str:
    free = [name for name in frame.columns if name not in taken]
    for name in free:
        if name.strip().lower() in _TIME_NAMES:
            return str(name)
    for name in free:
        if pd.to_datetime(frame[name].head(50), errors="coerce", format="mixed").notna().all() and not _is_number(
            frame[name]
        ):
            return str(name)
    raise Unreadable(f"no column of times was found among {', '.join(free)}; name it with --time")


def _is_number(column: "pd.Series[str]") -> bool:
    return bool(pd.to_numeric(column.head(50), errors="coerce").notna().all())


def _instants(column: "pd.Series[str]", name: str, zone: ZoneInfo) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Unix seconds. A clock's doubled hour is told apart by the order of its rows."""
    text = column.str.strip()
    if _is_number(text):
        raise Unreadable(f"column {name}: '{column.iloc[0]}' is a number and no time; write 2024-01-31T23:45")
    has_offset = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    parsed = pd.to_datetime(text, errors="coerce", format="mixed", utc=True, dayfirst=_is_day_first(text))
    if parsed.isna().any():
        row = int(parsed.isna().to_numpy().argmax())
        raise Unreadable(
            f"row {row + _FIRST_LINE}, column {name}: '{column.iloc[row]}' is no time; write 2024-01-31T23:45"
        )
    if has_offset.all():
        return parsed.astype("int64").to_numpy() // _per_second(parsed), []
    if has_offset.any():
        row = int((has_offset != has_offset.iloc[0]).to_numpy().argmax())
        raise Unreadable(
            f"row {row + _FIRST_LINE}, column {name}: some times tell their offset and some do not; write all alike"
        )
    return _local(parsed.dt.tz_localize(None), zone)


def _is_day_first(text: "pd.Series[str]") -> bool:
    """31/12/24: told by a first number that is no month."""
    first = pd.to_numeric(text.str.extract(r"^(\d{1,2})[/.-]\d{1,2}[/.-]\d{2,4}\b")[0], errors="coerce")
    return bool((first > _MONTHS).any())


def _per_second(times: "pd.Series[pd.Timestamp]") -> int:
    return {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[times.dt.unit]


def _local(naive: "pd.Series[pd.Timestamp]", zone: ZoneInfo) -> tuple[npt.NDArray[np.int64], list[str]]:
    is_first = naive.groupby(naive).cumcount().to_numpy() == 0
    placed = naive.dt.tz_localize(zone, ambiguous=is_first, nonexistent="NaT")
    skipped = placed.isna().to_numpy()
    notes = []
    if skipped.any():
        placed = naive.dt.tz_localize(zone, ambiguous=is_first, nonexistent="shift_forward")
        notes.append(f"{int(skipped.sum())} rows stand in an hour that {zone.key} skips; they were moved to its end")
    return placed.dt.tz_convert("UTC").astype("int64").to_numpy() // _per_second(placed), notes


def _numbers(column: "pd.Series[str]", name: str, is_comma_decimal: bool) -> FloatArray:
    text = column.str.strip()
    text = text.str.replace(",", ".", regex=False) if is_comma_decimal else text
    missing = text.str.lower().isin(_MISSING)
    numbers = pd.to_numeric(text.where(~missing), errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(numbers) & ~missing.to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise Unreadable(
            f"row {row + _FIRST_LINE}, column {name}: '{column.iloc[row]}' is no number; leave empty what is missing"
        )
    return np.asarray(numbers)


def _step(at_s: npt.NDArray[np.int64], name: str) -> int:
    gaps = np.diff(np.unique(at_s))
    if not len(gaps):
        raise Unreadable(f"column {name}: all rows have the same time")
    sizes, counts = np.unique(gaps, return_counts=True)
    step_s = int(sizes[counts.argmax()])
    if _DAY_S % step_s:
        raise Unreadable(
            f"column {name}: most rows are {step_s} s apart, which does not divide a day; give --resolution"
        )
    return step_s


def _gridded(
    at_s: npt.NDArray[np.int64], values: FloatArray, step_s: int, zone: ZoneInfo
) -> tuple[FloatArray, int, list[str]]:
    """Steps x columns, each the mean of its rows; the second at which they begin; what is to be told."""
    start_s = _start(at_s, step_s, zone)
    slack = step_s // 2 if step_s >= _DAY_S else 0  # a local midnight moves with the clock
    index = (at_s - start_s + slack) // step_s
    size = int(index.max()) + 1
    known = np.isfinite(values)
    grid = np.full((size, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        kept = known[:, column]
        total = np.bincount(index[kept], values[kept, column], size)
        count = np.bincount(index[kept], minlength=size)
        grid[:, column] = np.divide(total, count, out=grid[:, column], where=count > 0)
    return grid, start_s, _told(at_s, grid[:, 0])


def _start(at_s: npt.NDArray[np.int64], step_s: int, zone: ZoneInfo) -> int:
    """The step that holds the first row. Rows of this step keep their own minute; finer ones are laid on the clock."""
    begin = int(at_s.min())
    offset = datetime.fromtimestamp(begin, UTC).astimezone(zone).utcoffset() or timedelta()
    minutes, counts = np.unique(at_s % step_s, return_counts=True)
    is_regular = counts.max() > len(at_s) // 2
    phase = int(minutes[counts.argmax()]) if is_regular else -int(offset.total_seconds()) % step_s
    return (begin - phase) // step_s * step_s + phase


def _told(at_s: npt.NDArray[np.int64], target: FloatArray) -> list[str]:
    told = []
    if doubled := len(at_s) - len(np.unique(at_s)):
        told.append(f"{doubled} rows have the time of another; their mean was taken")
    if (np.diff(at_s) < 0).any():
        told.append("the rows are not in the order of time; they were put in it")
    if missing := int(np.isnan(target).sum()):
        told.append(f"{missing} of {len(target)} steps have no value of the target")
    if np.nanmin(target) == np.nanmax(target):
        told.append("the target never changes: scores that divide by its range are empty")
    return told
