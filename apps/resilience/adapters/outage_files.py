"""Files of outages and of weather as days and areas. What cannot be read is told by line and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from apps.forecasts.adapters.sheets import Unreadable, numbers, read_frame
from apps.forecasts.adapters.stamps import instants
from gridops.engine.reliability.hazard.panel import OutageDays, neighbours
from gridops.engine.reliability.hazard.weather import GALE_M_S, WeatherDays, empty_days, icing_mm

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

DAY_S = 86_400
EVERYWHERE = "everywhere"
MOST_DAYS, MOST_AREAS = 40_000, 5_000
# The first name is the documented one; the others are what such files are often called by.
BEGAN = ("began_at", "start_utc", "start", "started_at", "time", "timestamp", "date")
AREA = ("area", "region", "feeder", "zone", "city", "county", "district")
CUSTOMERS = ("customers", "customers_out", "max_cust")
CAUSE = ("cause",)
LATITUDE, LONGITUDE = ("latitude", "lat"), ("longitude", "lon")
VALID = ("valid_at", "time", "timestamp", "date", "day")
ISSUED = ("issued_at",)
VARIABLES = {
    "gust": ("gust_m_s",),
    "wind": ("wind_speed_m_s",),
    "rain": ("precipitation_mm",),
    "temperature": ("temperature_c",),
    "lightning": ("lightning_per_km2",),
}
NOT_FORESEEN = frozenset({"planned", "psps"})  # somebody decides on them


@dataclass(frozen=True, slots=True)
class Events:
    at_s: IntArray
    area: Sequence[str]
    customers: FloatArray  # nan: not told
    planned: npt.NDArray[np.bool_]
    longitude: FloatArray
    latitude: FloatArray
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weather:
    valid_s: IntArray
    issued_s: IntArray | None
    area: Sequence[str]
    values: dict[str, FloatArray]
    notes: tuple[str, ...]


def read_events(path: Path, zone: ZoneInfo) -> Events:
    """Raises Unreadable."""
    frame, is_comma = _frame(path)
    at_s, notes = _instants(frame, _needed(frame, BEGAN, path), zone, path)
    area = _text(frame, AREA)
    cause = _text(frame, CAUSE)
    customers = _numbers(frame, CUSTOMERS, path, is_comma)
    if (customers < 0).any():
        line = frame.index[int(np.argmax(customers < 0))]
        raise Unreadable(f"{path.name}: line {line}: customers are below 0; write how many lost supply")
    planned = np.array([one.lower() in NOT_FORESEEN for one in cause] if cause else [False] * len(frame))
    return Events(
        at_s,
        area or [EVERYWHERE] * len(frame),
        customers,
        planned,
        _numbers(frame, LONGITUDE, path, is_comma),
        _numbers(frame, LATITUDE, path, is_comma),
        (*notes, *([] if area else [f"{path.name} names no area: all outages count to one."])),
    )


def read_weather(path: Path, zone: ZoneInfo) -> Weather:
    """Raises Unreadable."""
    frame, is_comma = _frame(path)
    valid_s, notes = _instants(frame, _needed(frame, VALID, path), zone, path)
    issued = _found(frame, ISSUED)
    found = {name: _numbers(frame, names, path, is_comma) for name, names in VARIABLES.items() if _found(frame, names)}
    if not found:
        wanted = ", ".join(names[0] for names in VARIABLES.values())
        raise Unreadable(f"{path.name}: there is none of the columns {wanted}; there are: {', '.join(frame.columns)}")
    if "gust" not in found and "wind" in found:
        notes = [*notes, f"{path.name} has no gust_m_s: wind_speed_m_s stands for it."]
    issued_s = None
    if issued:
        issued_s = _instants(frame, issued, zone, path)[0]
        late = issued_s > valid_s + DAY_S
        if late.any():
            line = frame.index[int(late.argmax())]
            raise Unreadable(f"{path.name}: line {line}, column {issued}: issued more than a day after it is valid")
    return Weather(valid_s, issued_s, _text(frame, AREA) or [EVERYWHERE] * len(frame), found, tuple(notes))


def read_complete_days(path: Path, zone: ZoneInfo) -> frozenset[int]:
    """Days since 1970, local to the zone, on which the records are complete. Raises Unreadable."""
    frame, _ = _frame(path)
    at_s, _ = _instants(frame, _needed(frame, ("day", "date"), path), zone, path)
    return frozenset(days_of(at_s, zone).tolist())


def days_of(at_s: IntArray, zone: ZoneInfo) -> IntArray:
    """Days since 1970 by the local clock."""
    local = pd.to_datetime(at_s, unit="s", utc=True).tz_convert(zone).tz_localize(None)
    return np.asarray(local.as_unit("s").asi8 // DAY_S, np.int64)


@dataclass(frozen=True, slots=True)
class Wanted:
    zone: ZoneInfo
    least_customers: float = 0.0
    most_areas: int = MOST_AREAS
    complete: frozenset[int] | None = None
    lead_days: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Records:
    days: OutageDays
    weather: tuple[WeatherDays, ...] | None  # per lead
    areas: tuple[str, ...]
    events: int
    has_issues: bool
    notes: tuple[str, ...]


def records_of(events: Events, weather: Weather | None, wanted: Wanted) -> Records:
    """Days and areas that both files cover. Raises Unreadable."""
    unplanned = ~events.planned
    first, last = _span(days_of(events.at_s[unplanned], wanted.zone), weather, wanted.zone)
    names, counted = np.unique(np.array(events.area)[unplanned], return_counts=True)
    areas = tuple(sorted(names[np.argsort(-counted, kind="stable")][: wanted.most_areas].tolist()))
    days = _days(events, areas, (first, last), wanted)
    told = (
        None
        if weather is None
        else tuple(_at_lead(weather, areas, (first, last), lead, wanted) for lead in wanted.lead_days)
    )
    notes = [*events.notes, *(weather.notes if weather else ())]
    if told is not None and not any(np.isfinite(one.gust_m_s).any() or np.isfinite(one.rain_mm).any() for one in told):
        notes.append("The weather has no value for any area and day of the outages; compare the columns 'area'.")
    has_issues = weather is not None and weather.issued_s is not None
    if weather is not None and not has_issues:
        notes.append("The weather tells no issued_at: it counts as known ahead, and the figures say so.")
    return Records(days, told, areas, int(days.counts.sum()), has_issues, tuple(notes))


def _span(of_events: IntArray, weather: Weather | None, zone: ZoneInfo) -> tuple[int, int]:
    if not len(of_events):
        raise Unreadable("there is no outage that was not planned")
    first, last = int(of_events.min()), int(of_events.max())
    if weather is not None:
        valid = days_of(weather.valid_s, zone)
        first, last = max(first, int(valid.min())), min(last, int(valid.max()))
    if last < first:
        raise Unreadable("outages and weather have no day in common; compare their times")
    if last - first >= MOST_DAYS:
        raise Unreadable(f"from the first to the last day there are {last - first + 1}; one of the times is wrong")
    return first, last


def _days(events: Events, areas: tuple[str, ...], span: tuple[int, int], wanted: Wanted) -> OutageDays:
    first, last = span
    place = {name: number for number, name in enumerate(areas)}
    column = np.array([place.get(name, -1) for name in events.area])
    row = days_of(events.at_s, wanted.zone) - first
    used = ~events.planned & (column >= 0) & (row >= 0) & (row <= last - first)
    large = used & ~(events.customers < wanted.least_customers)
    if wanted.least_customers > 0:
        large &= np.isfinite(events.customers)
    counts, lesser = (np.zeros((last - first + 1, len(areas))) for _ in range(2))
    np.add.at(lesser, (row[used], column[used]), 1.0)
    np.add.at(counts, (row[large], column[large]), 1.0)
    numbered = np.arange(first, last + 1)
    complete = np.ones(len(numbered), np.bool_)
    if wanted.complete is not None:
        complete = np.isin(numbered, sorted(wanted.complete))
    east, north = (_middle(values, column, len(areas)) for values in (events.longitude, events.latitude))
    return OutageDays(counts, lesser, complete, first, neighbours(east, north))


def _middle(values: FloatArray, column: IntArray, areas: int) -> FloatArray:
    known = np.isfinite(values) & (column >= 0)
    medians = pd.Series(values[known]).groupby(column[known]).median()
    return np.asarray(medians.reindex(range(areas)).to_numpy(np.float64))


def _at_lead(weather: Weather, areas: tuple[str, ...], span: tuple[int, int], lead: int, wanted: Wanted) -> WeatherDays:
    """Each day as the newest issue told it that was known at its begin, or lead - 1 days before."""
    first, last = span
    row = days_of(weather.valid_s, wanted.zone) - first
    usable = (row >= 0) & (row <= last - first)
    if weather.issued_s is not None:
        usable &= days_of(weather.issued_s - 1, wanted.zone) < first + row - lead + 1
    frame = pd.DataFrame({"row": row, "area": weather.area, "valid": weather.valid_s, **weather.values})[usable]
    if weather.issued_s is not None:
        frame = frame.assign(issued=weather.issued_s[usable]).sort_values("issued", kind="stable")
        frame = frame.drop_duplicates(["area", "valid"], keep="last")
    return _summed(frame, areas, last - first + 1)


def _summed(frame: pd.DataFrame, areas: tuple[str, ...], days: int) -> WeatherDays:
    found = empty_days(days, len(areas))
    if frame.empty:
        return found
    gust = frame["gust"] if "gust" in frame else frame.get("wind")
    step_h = _step_h(frame)
    columns = {"gust_m_s": ("max", gust), "lightning": ("sum", frame.get("lightning"))}
    columns["gale_hours"] = ("sum", None if gust is None else (gust >= GALE_M_S).where(gust.notna()) * step_h)
    rain, temperature = frame.get("rain"), frame.get("temperature")
    columns |= {"rain_mm": ("sum", rain), "hottest_c": ("max", temperature)}
    if rain is not None and temperature is not None:
        columns["ice_mm"] = ("sum", pd.Series(icing_mm(rain.to_numpy(), temperature.to_numpy()), index=frame.index))
    for name, (how, values) in columns.items():
        if values is not None:
            _place(getattr(found, name), frame, values, how, areas)
    return found


def _place(
    target: FloatArray, frame: pd.DataFrame, values: "pd.Series[float]", how: str, areas: tuple[str, ...]
) -> None:
    grouped = values.astype(float).groupby([frame["row"], frame["area"]])
    table = grouped.max() if how == "max" else grouped.sum(min_count=1)
    wide = table.unstack().reindex(range(len(target)))
    everywhere = wide.get(EVERYWHERE)
    for number, name in enumerate(areas):
        if (column := wide.get(name, everywhere)) is not None:
            target[:, number] = column.to_numpy(np.float64)


def _step_h(frame: pd.DataFrame) -> float:
    gaps = np.diff(np.unique(frame["valid"].to_numpy()))
    return float(np.median(gaps)) / 3600 if len(gaps) else 24.0


def _frame(path: Path) -> tuple[pd.DataFrame, bool]:
    try:
        return read_frame(path)
    except Unreadable as error:
        raise _lined(path, error) from None


def _lined(path: Path, error: Unreadable) -> Unreadable:
    words = str(error).removeprefix(f"{path}: ").replace("row ", "line ", 1)
    return Unreadable(f"{path.name}: {words}")


def _found(frame: pd.DataFrame, names: Sequence[str]) -> str:
    lower = {str(column).lower(): str(column) for column in frame.columns}
    return next((lower[name] for name in names if name in lower), "")


def _needed(frame: pd.DataFrame, names: Sequence[str], path: Path) -> str:
    if name := _found(frame, names):
        return name
    raise Unreadable(f"{path.name}: there is no column {names[0]}; there are: {', '.join(frame.columns)}")


def _instants(frame: pd.DataFrame, name: str, zone: ZoneInfo, path: Path) -> tuple[IntArray, list[str]]:
    try:
        return instants(frame[name], name, zone)
    except Unreadable as error:
        raise _lined(path, error) from None


def _numbers(frame: pd.DataFrame, names: Sequence[str], path: Path, is_comma: bool) -> FloatArray:
    if not (name := _found(frame, names)):
        return np.full(len(frame), np.nan)
    try:
        return numbers(frame[name], name, is_comma_separated=is_comma)
    except Unreadable as error:
        raise _lined(path, error) from None


def _text(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    name = _found(frame, names)
    return [str(one) for one in frame[name]] if name else []
