"""A CSV file of prices, and of forecasts of them, to market days. What cannot be read is told by row and column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from apps.forecasts.adapters.sheets import Unreadable, numbers, read_frame
from apps.forecasts.adapters.stamps import time_name
from apps.forecasts.adapters.table import Table, Wanted, read_table
from gridops.engine.forecasting import Clock
from gridops.engine.optimization.trading.days import MarketDays

__all__ = ["PriceFile", "Prices", "Unreadable", "read_prices"]

FloatArray = npt.NDArray[np.float64]
DAY_S = 86_400
_PRICE, _FORECAST = "price", "forecast"


@dataclass(frozen=True, slots=True)
class PriceFile:
    """Names of columns; empty ones are found. `unit_kwh`: energy that a price is for. `beside`: a file of forecasts."""

    path: Path
    price: str = ""
    time: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    unit_kwh: float = 1000.0
    forecast: tuple[str, ...] = ()
    wants_forecast: bool = False
    beside: Path | None = None
    ahead: tuple[str, ...] = ()  # other columns, known when the day is planned
    holidays: frozenset[date] = frozenset()
    since: date | None = None
    until: date | None = None  # inclusive


@dataclass(frozen=True, slots=True)
class Prices:
    """Currency per kWh. `forecast`: (D, S) by the clock, the mean of the columns; nan where it has none."""

    days: MarketDays
    forecast: FloatArray | None
    ahead: FloatArray  # (columns, D, S), as in the file
    notes: tuple[str, ...]


def read_prices(file: PriceFile) -> Prices:
    """Raises Unreadable."""
    frame, is_comma_separated = read_frame(file.path)
    price = file.price or _price_name(frame, file.time)
    _check_price(frame, price, is_comma_separated=is_comma_separated)
    own = _forecast_names(file, frame) if file.wants_forecast and file.beside is None else ()
    table = read_table(file.path, Wanted(price, ahead=(*own, *file.ahead), time=file.time, zone=file.zone))
    clock = Clock(
        table.record.clock.start_s, table.record.clock.step_s, len(table.record.target), file.zone, file.holidays
    )
    days, kept, notes = _days(clock, table.record.target / file.unit_kwh, file)
    columns = [days.matrix(column[kept]) for column in table.record.ahead.T]
    forecast = _mean(columns[: len(own)]) / file.unit_kwh if own else None
    if file.wants_forecast and file.beside is not None:
        forecast = days.matrix(_beside(file, clock)[kept]) / file.unit_kwh
    ahead = np.array(columns[len(own) :]).reshape(-1, days.count, days.slots)
    return Prices(days, forecast, ahead, (*_notes_of(table), *notes))


def _notes_of(table: Table) -> list[str]:
    return [note for note in table.notes if "steps have no value" not in note and "target never" not in note]


def _price_name(frame: pd.DataFrame, time: str) -> str:
    taken = time or time_name(frame, ())
    free = [str(name) for name in frame.columns if name != taken]
    named = [name for name in free if _PRICE in name.lower() and _FORECAST not in name.lower()]
    if len(named) == 1 or len(free) == 1:
        return (named or free)[0]
    raise Unreadable(f"which column holds the prices? There are: {', '.join(free)}; name it with --price-column")


def _check_price(frame: pd.DataFrame, price: str, *, is_comma_separated: bool) -> None:
    if price not in frame.columns:
        raise Unreadable(f"there is no column {price}; there are: {', '.join(frame.columns)}")
    missing = np.isnan(numbers(frame[price], price, is_comma_separated=is_comma_separated))
    if missing.any():
        row = frame.index[int(missing.argmax())]
        raise Unreadable(f"row {row}, column {price}: no price stands there; give it, or leave out the whole day")


def _forecast_names(file: PriceFile, frame: pd.DataFrame) -> tuple[str, ...]:
    if file.forecast:
        return file.forecast
    named = [str(name) for name in frame.columns if _FORECAST in str(name).lower()]
    if len(named) != 1:
        there = ", ".join(str(name) for name in frame.columns)
        raise Unreadable(
            f"which column holds the forecast? There are: {there}; name it with --forecast-column, or several, "
            "separated by commas, whose mean is taken"
        )
    return (named[0],)


def _mean(columns: Sequence[FloatArray]) -> FloatArray:
    return np.asarray(np.mean(columns, axis=0))


def _beside(file: PriceFile, clock: Clock) -> FloatArray:
    """(steps,) of the clock; nan where the other file has no forecast."""
    assert file.beside is not None  # noqa: S101  asked for only where it is given
    frame, _ = read_frame(file.beside)
    names = file.forecast or (_only_other(frame),)
    table = read_table(file.beside, Wanted(names[0], ahead=names[1:], zone=file.zone))
    if table.record.clock.step_s != clock.step_s:
        raise Unreadable(
            f"{file.beside}: its rows are {table.record.clock.step_s} s apart and those of the prices {clock.step_s} s"
        )
    size = len(table.record.target)
    found = _mean([table.record.target, *table.record.ahead[:size].T])
    place = (clock.start_s - table.record.clock.start_s) // clock.step_s + np.arange(clock.size)
    inside = (place >= 0) & (place < size)
    return np.where(inside, found[np.clip(place, 0, size - 1)], np.nan)


def _only_other(frame: pd.DataFrame) -> str:
    taken = time_name(frame, ())
    free = [str(name) for name in frame.columns if name != taken]
    if len(free) == 1:
        return free[0]
    raise Unreadable(f"which column holds the forecast? There are: {', '.join(free)}; name it with --forecast-column")


def _days(clock: Clock, price: FloatArray, file: PriceFile) -> tuple[MarketDays, npt.NDArray[np.bool_], list[str]]:
    """Whole days, which steps are theirs, and what is to be told. Raises Unreadable for a day with a gap."""
    day = clock.local_day
    numbers_of, first, count = np.unique(day, return_index=True, return_counts=True)
    known = np.add.reduceat(np.isfinite(price).astype(np.int64), first)
    begins = clock.second_of_day[first] == 0
    ends = clock.second_of_day[first + count - 1] == DAY_S - clock.step_s
    whole = begins & ends & (known == count)
    torn = (known > 0) & (known < count)  # it may begin and end within a day, but for that
    if torn.any():
        raise Unreadable(_torn(clock, price, int(torn.argmax()), first, file))
    wanted = whole & _between(numbers_of, file)
    if not wanted.any():
        raise Unreadable(f"{file.path}: it holds no whole day of prices; a day has every step of its 24 hours")
    kept = np.repeat(wanted, count)
    sizes = count[wanted]
    holiday = clock.is_holiday[first[wanted]]
    slot = clock.second_of_day[kept] // clock.step_s
    edges = np.concatenate([[0], np.cumsum(sizes)])
    days = MarketDays(price[kept], edges, slot, clock.day, numbers_of[wanted], holiday)
    dropped = int((known[[0, -1]] > 0).sum() - whole[[0, -1]].sum()) if len(whole) > 1 else 0
    return days, kept, [f"{dropped} days at the ends of the file are not whole; they were left out"] if dropped else []


def _between(numbers_of: npt.NDArray[np.int64], file: PriceFile) -> npt.NDArray[np.bool_]:
    epoch = date(1970, 1, 1)
    low = (file.since - epoch).days if file.since else numbers_of[0]
    high = (file.until - epoch).days if file.until else numbers_of[-1]
    return np.asarray((numbers_of >= low) & (numbers_of <= high))


def _torn(clock: Clock, price: FloatArray, number: int, first: npt.NDArray[np.int64], file: PriceFile) -> str:
    step = int(first[number]) + int(np.isnan(price[first[number] :]).argmax())
    at = datetime.fromtimestamp(clock.start_s + step * clock.step_s, UTC).astimezone(file.zone)
    return (
        f"{at:%Y-%m-%d %H:%M} {file.zone.key}: there is no row with a price; give it, or leave out the whole day. If "
        "the times are those of a local clock, name it with --zone"
    )
