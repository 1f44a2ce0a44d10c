"""A CSV file of anybody's to a record on a regular grid. What cannot be read is told by row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
_MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "-"})


class Unreadable(Exception):
    """Names the row, the column and the remedy."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of columns. `zone`: of stamps without an offset. `step_s`: None takes what most rows keep to."""

    target: str
    observed: Sequence[str] = ()
    ahead: Sequence[str] = ()
    time: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009
    step_s: int | None = None
    holidays: frozenset[date] = frozenset()
    room_s: int = 0  # after the last row


@dataclass(frozen=True, slots=True)
class Table:
    """`notes`: what was found and put right, in words."""

    record: Record
    rows: int
    notes: tuple[str, ...]


def read_table(path: Path, wanted: Wanted) -> Table:
    """Raises Unreadable. Compression is known by the file's suffix."""
    frame = _frame(path)
    names = [wanted.target, *wanted.observed, *wanted.ahead]
    _check_names(frame, names)
    time = wanted.time or _time_name(frame, names)
    at_s, notes = _instants(frame[time], time, wanted.zone)
    values = np.column_stack([_numbers(frame[name], name) for name in names])
    step_s = wanted.step_s or _step(at_s, time)
    grid, start_s, told = _gridded(at_s, values, step_s)
    if not np.isfinite(grid[:, 0]).any():
        raise Unreadable(f"column {wanted.target}: no row holds a number; give the column that is to be forecast")
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


def _frame(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except FileNotFoundError:
        raise Unreadable(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise Unreadable(f"{path}: it is no CSV file with names in its first line: {error}") from None
    if len(frame) < _LEAST_STEPS:
        raise Unreadable(f"{path}: it has {len(frame)} rows; a forecast needs a past")
    return frame


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
    has_offset = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    parsed = pd.to_datetime(text, errors="coerce", format="mixed", utc=True)
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


def _numbers(column: "pd.Series[str]", name: str) -> FloatArray:
    text = column.str.strip()
    missing = text.str.lower().isin(_MISSING)
    numbers = pd.to_numeric(text.where(~missing), errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(numbers) & ~missing.to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise Unreadable(
            f"row {row + _FIRST_LINE}, column {name}: '{column.iloc[row]}' is no number; leave empty what is missing"
        )
    return numbers


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


def _gridded(at_s: npt.NDArray[np.int64], values: FloatArray, step_s: int) -> tuple[FloatArray, int, list[str]]:
    start_s = int(at_s.min()) // step_s * step_s
    index = (at_s - start_s) // step_s
    size = int(index.max()) + 1
    known = np.isfinite(values)
    grid = np.full((size, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        kept = known[:, column]
        total = np.bincount(index[kept], values[kept, column], size)
        count = np.bincount(index[kept], minlength=size)
        grid[:, column] = np.divide(total, count, out=grid[:, column], where=count > 0)
    notes = []
    if doubled := len(index) - len(np.unique(index)):
        notes.append(f"{doubled} rows share the step of another; their mean was taken")
    if missing := int(np.isnan(grid[:, 0]).sum()):
        notes.append(f"{missing} of {size} steps have no value of the target")
    return grid, start_s, notes
