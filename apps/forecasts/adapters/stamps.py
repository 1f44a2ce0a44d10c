"""Times of a CSV file as Unix seconds: with offset or by a local clock, as text or as a number."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from apps.forecasts.adapters.sheets import Unreadable

IntArray = npt.NDArray[np.int64]
_NAMES = ("time", "timestamp", "datetime", "date", "ts", "start", "utc")
_LOOKED_AT = 50
_MONTHS = 12
_DAY_S = 86_400
_FORMATS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_SINCE, _UNTIL = 1e8, 1e10  # 1973 to 2286, Unix seconds
_MILLI, _MICRO, _NANO = 10**3, 10**6, 10**9
_NEAR, _EVEN = 0.02, 0.95
_WRITE = "write 2024-01-31T23:45"


def time_name(frame: pd.DataFrame, taken: Sequence[str]) -> str:
    """Of the column that holds times. Raises Unreadable."""
    free = [name for name in frame.columns if name not in taken]
    for name in free:
        if name.lower() in _NAMES:
            return str(name)
    for name in free:
        head = frame[name].head(_LOOKED_AT)
        if not _is_number(head) and pd.to_datetime(head, errors="coerce", format="mixed").notna().all():
            return str(name)
    raise Unreadable(f"no column of times was found among {', '.join(free)}; name it with --time")


def instants(column: "pd.Series[str]", name: str, zone: ZoneInfo) -> tuple[IntArray, list[str]]:
    """Unix seconds, and what was put right. A clock's doubled hour is told apart by the order of its rows."""
    if _is_number(column):
        return _of_numbers(column, name, zone)
    has_offset = column.str.contains(r":.*(?:Z|[+-]\d{2}(?::?\d{2})?)$", regex=True)
    parsed = pd.to_datetime(column, errors="coerce", format="mixed", utc=True, dayfirst=_is_day_first(column))
    if parsed.isna().any():
        row = int(parsed.isna().to_numpy().argmax())
        raise Unreadable(f"row {column.index[row]}, column {name}: '{column.iloc[row]}' is no time; {_WRITE}")
    if has_offset.all():
        return _seconds(parsed), []
    if has_offset.any():
        row = int((has_offset != has_offset.iloc[0]).to_numpy().argmax())
        raise Unreadable(
            f"row {column.index[row]}, column {name}: some times tell their offset and some do not; write all alike"
        )
    return _local(parsed.dt.tz_localize(None), zone)


def step_of(at_s: IntArray, name: str) -> int:
    """Seconds from most rows to the next. Raises Unreadable where they divide no day."""
    gaps = np.diff(np.unique(at_s))
    if not len(gaps):
        raise Unreadable(f"column {name}: all rows have the same time")
    sizes, counts = np.unique(gaps, return_counts=True)
    step_s = int(sizes[counts.argmax()])
    if _DAY_S % step_s == 0 and counts.max() > len(gaps) // 10:
        return step_s
    usual = float(np.median(gaps))
    dividing = np.array([step for step in range(1, _DAY_S + 1) if _DAY_S % step == 0 and (step % 60 == 0 or step < 60)])
    nearest = int(dividing[np.abs(dividing - usual).argmin()])
    if abs(nearest - usual) > _NEAR * usual or counts.max() > _EVEN * len(gaps):
        raise Unreadable(
            f"column {name}: most rows are {step_s} s apart, which does not divide a day; give --resolution"
        )
    return nearest


def _is_number(column: "pd.Series[str]") -> bool:
    return bool(pd.to_numeric(column.head(_LOOKED_AT), errors="coerce").notna().all())


def _of_numbers(column: "pd.Series[str]", name: str, zone: ZoneInfo) -> tuple[IntArray, list[str]]:
    """202401312345 by the local clock; seconds and their thousandths since 1970."""
    found = pd.to_numeric(column, errors="coerce")
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise Unreadable(f"row {column.index[row]}, column {name}: '{column.iloc[row]}' is no time as the first is")
    length = len(column.iloc[0])
    if length in _FORMATS and (column.str.len() == length).all():
        stamps = pd.to_datetime(column, format=_FORMATS[length], errors="coerce")
        if stamps.notna().all():
            return _local(stamps, zone)
    for unit in (1, _MILLI, _MICRO, _NANO):
        if (found / unit).between(_SINCE, _UNTIL).all():
            return (found // unit).to_numpy(np.int64), [f"column {name}: read as {_WORDS[unit]} since 1970"]
    raise Unreadable(f"column {name}: '{column.iloc[0]}' is a number and no time; {_WRITE}")


_WORDS = {1: "seconds", _MILLI: "milliseconds", _MICRO: "microseconds", _NANO: "nanoseconds"}


def _is_day_first(text: "pd.Series[str]") -> bool:
    """31/12/24: told by a first number that is no month; 01.02.24 is always of February."""
    if text.str.match(r"^\d{1,2}\.\d{1,2}\.\d{2,4}\b").all():
        return True
    first = pd.to_numeric(text.str.extract(r"^(\d{1,2})[/.-]\d{1,2}[/.-]\d{2,4}\b")[0], errors="coerce")
    return bool((first > _MONTHS).any())


def _seconds(times: "pd.Series[pd.Timestamp]") -> IntArray:
    per_second = {"s": 1, "ms": _MILLI, "us": _MICRO, "ns": _NANO}[times.dt.unit]
    return np.asarray(times.astype("int64").to_numpy() // per_second)


def _local(naive: "pd.Series[pd.Timestamp]", zone: ZoneInfo) -> tuple[IntArray, list[str]]:
    is_first = naive.groupby(naive).cumcount().to_numpy() == 0
    placed = naive.dt.tz_localize(zone, ambiguous=is_first, nonexistent="NaT")
    skipped = placed.isna().to_numpy()
    notes = []
    if skipped.any():
        placed = naive.dt.tz_localize(zone, ambiguous=is_first, nonexistent="shift_forward")
        notes.append(f"{int(skipped.sum())} rows stand in an hour that {zone.key} skips; they were moved to its end")
    return _seconds(placed.dt.tz_convert("UTC")), notes
