"""Readings of a site: from its file to rows of days, from rows onto the hours of its local clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.efficiency.adapters.saving_files import (
    HOUR_S,
    STEPS_S,
    TEMPERATURE,
    columns_of,
    hourly,
    on_hours,
    read_meter,
    read_weather,
    unpacked,
)
from apps.markets.adapters.parsed import FileRefused
from gridops.engine.efficiency.savings import Span
from gridops.engine.efficiency.savings_meter import MeterHours
from gridops.engine.forecasting.clock import DAY_S, Clock

FloatArray = npt.NDArray[np.float64]
HOURS_A_DAY, QUARTER_S = 24, 900
MOST_DAYS = 366 * 6
_EPOCH = date(1970, 1, 1)
SiteHours: TypeAlias = MeterHours  # these two for whoever may not know the engine
SiteClock: TypeAlias = Clock


@dataclass(frozen=True, slots=True)
class ReadDay:
    """24 hours from midnight UTC; None where nothing is known."""

    day: date
    kwh: list[float | None]
    temperature_c: list[float | None]


def read_site(content: bytes, name: str, zone: ZoneInfo) -> tuple[list[ReadDay], tuple[str, ...]]:
    """Columns start and kwh, and temperature_c if it is known. Raises FileRefused."""
    content = unpacked(content, name)
    meter = read_meter(content, name, zone)
    if meter.step_s not in STEPS_S:
        told = f"its rows are {meter.step_s // 60} minutes apart; a load shape needs hours or parts of them"
        raise FileRefused(f"{name}: {told}")
    first_s = int(meter.at_s[0]) // DAY_S * DAY_S
    days = (int(meter.at_s[-1]) - first_s) // DAY_S + 1
    if days > MOST_DAYS:
        raise FileRefused(f"{name}: it spans {days} days; give at most {MOST_DAYS}, or mend a wrong year")
    clock = Clock(first_s, HOUR_S, days * HOURS_A_DAY)
    kwh = hourly(meter, clock, sums=True).reshape(days, HOURS_A_DAY)
    has_weather = any(one in TEMPERATURE for one in columns_of(content))
    at = hourly(read_weather(content, name, zone), clock, sums=False) if has_weather else np.full(clock.size, np.nan)
    warm = at.reshape(days, HOURS_A_DAY)
    first = datetime.fromtimestamp(first_s, UTC).date()
    rows = [
        ReadDay(first + timedelta(days=n), _told(kwh[n]), _told(warm[n]))
        for n in range(days)
        if np.isfinite(kwh[n]).any() or np.isfinite(warm[n]).any()
    ]
    return rows, meter.notes


def metered_days(first: date, quarters_kw: FloatArray) -> list[ReadDay]:
    """Of whole UTC days from `first` on, 96 means of quarter hours each; an hour counts where all of it is known."""
    hours = quarters_kw.reshape(-1, HOURS_A_DAY, HOUR_S // QUARTER_S).mean(axis=2)
    return [
        ReadDay(first + timedelta(days=n), _told(kwh), [None] * HOURS_A_DAY)
        for n, kwh in enumerate(hours)
        if np.isfinite(kwh).any()
    ]


def _told(values: FloatArray) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in values]


def span_of(first: date, end: date) -> Span:
    return Span((first - _EPOCH).days, (end - _EPOCH).days)


def grid_of(first: date, end: date, zone: ZoneInfo) -> Clock:
    """Whole local days from first to end, the end excluded."""
    begin_s, end_s = (
        int(datetime.combine(one, datetime.min.time(), tzinfo=zone).astimezone(UTC).timestamp()) // HOUR_S * HOUR_S
        for one in (first, end)
    )
    return Clock(begin_s, HOUR_S, max((end_s - begin_s) // HOUR_S, 1), zone)


def starts_at(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.start_s, UTC)


def on_local_hours(
    rows: Iterable[tuple[date, list[float | None], list[float | None]]], clock: Clock, observed_c: FloatArray
) -> MeterHours:
    """rows: day, kwh, temperature as they are stored. Where rows say nothing of the weather, `observed_c` (h,) does."""
    kwh, at = np.full(clock.size, np.nan), np.full(clock.size, np.nan)
    for day, energy, warm in rows:
        place = ((day - _EPOCH).days * DAY_S - clock.start_s) // HOUR_S
        low, high = max(place, 0), min(place + HOURS_A_DAY, clock.size)
        if high > low:
            kwh[low:high] = np.array(energy, float)[low - place : high - place]
            at[low:high] = np.array(warm, float)[low - place : high - place]
    return on_hours(clock, kwh, np.where(np.isfinite(at), at, observed_c))
