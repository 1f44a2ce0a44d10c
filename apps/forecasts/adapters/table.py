"""A CSV file of anybody's to a record on a regular grid. What cannot be read is told by row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from apps.forecasts.adapters.sheets import Unreadable, numbers, read_frame
from apps.forecasts.adapters.stamps import instants, step_of, time_name
from gridops.engine.forecasting import Clock, Record

__all__ = ["Table", "Unreadable", "Wanted", "read_table"]

FloatArray = npt.NDArray[np.float64]
_DAY_S = 86_400
_LEAST_STEPS = 2
_MOST_DOUBLED = 0.2
_MOST_STEPS_A_ROW, _MANY_STEPS = 20, 100_000


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
    frame, is_comma_separated = read_frame(path)
    frame = _chosen(frame, wanted.only) if wanted.only else frame
    names = [wanted.target, *wanted.observed, *wanted.ahead]
    _check_names(frame, names)
    _check_names(frame, [wanted.time] if wanted.time else [])
    time = wanted.time or time_name(frame, names)
    at_s, notes = instants(frame[time], time, wanted.zone)
    values = np.column_stack([numbers(frame[name], name, is_comma_separated=is_comma_separated) for name in names])
    _check_one_series(at_s, time)
    at_s = at_s - (step_of(at_s, time) if wanted.stamps_end else 0)
    step_s = wanted.step_s or step_of(at_s, time)
    if not np.isfinite(values[:, 0]).any():
        raise Unreadable(f"column {wanted.target}: no row holds a number; give the column that is to be forecast")
    _check_span(at_s, step_s, frame[time], time)
    grid, start_s, told = _gridded(at_s, values, step_s, wanted)
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


def _chosen(frame: pd.DataFrame, only: tuple[str, str]) -> pd.DataFrame:
    column, text = only
    _check_names(frame, [column])
    found = frame[frame[column] == text]
    if len(found) < _LEAST_STEPS:
        there = ", ".join(frame[column].unique()[:10])
        raise Unreadable(f"column {column}: {len(found)} rows hold '{text}'; there are: {there}")
    return found


def _check_one_series(at_s: npt.NDArray[np.int64], time: str) -> None:
    doubled = 1 - len(np.unique(at_s)) / len(at_s)
    if doubled > _MOST_DOUBLED:
        raise Unreadable(
            f"column {time}: {doubled:.0%} of the rows have the time of another: it seems to hold several series; "
            "choose one with --only COLUMN=VALUE"
        )


def _check_span(at_s: npt.NDArray[np.int64], step_s: int, column: "pd.Series[str]", time: str) -> None:
    """One wrong year would make a grid of centuries."""
    steps = np.ptp(at_s) // step_s
    if steps > max(_MOST_STEPS_A_ROW * len(at_s), _MANY_STEPS):
        row = int(np.abs(at_s - np.median(at_s)).argmax())
        raise Unreadable(
            f"row {column.index[row]}, column {time}: '{column.iloc[row]}' is far from the other times; from the first "
            f"to the last there are {steps} steps of {step_s} s for {len(at_s)} rows: give --resolution or mend the row"
        )


def _check_names(frame: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            raise Unreadable(f"there is no column {name}; there are: {', '.join(frame.columns)}")
        if names.count(name) > 1:
            raise Unreadable(
                f"column {name} is named twice; a column is target, weather or known ahead, not two of them"
            )


def _gridded(
    at_s: npt.NDArray[np.int64], values: FloatArray, step_s: int, wanted: Wanted
) -> tuple[FloatArray, int, list[str]]:
    """Steps x columns, each the mean of its rows; the second at which they begin; what is to be told."""
    is_regular, phase = _phase(at_s, step_s, wanted.zone)
    is_nearest = step_s >= _DAY_S or not (is_regular or wanted.step_s)  # a local midnight moves, and a shaky clock
    slack = step_s // 2 if is_nearest else 0
    start_s = (int(at_s.min()) + (0 if is_regular else slack) - phase) // step_s * step_s + phase
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


def _phase(at_s: npt.NDArray[np.int64], step_s: int, zone: ZoneInfo) -> tuple[bool, int]:
    """Whether rows keep their own minute, and the second that steps begin at: theirs, or that of the clock."""
    offset = datetime.fromtimestamp(int(at_s.min()), UTC).astimezone(zone).utcoffset() or timedelta()
    seconds, counts = np.unique(at_s % step_s, return_counts=True)
    if counts.max() > len(at_s) // 2:
        return True, int(seconds[counts.argmax()])
    return False, -int(offset.total_seconds()) % step_s


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
