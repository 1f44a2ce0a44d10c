"""Prices as they were known <-> market days of the engine, and what it says of the days that are not out yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.metrics import coverage, pinball
from gridops.engine.optimization.trading.days import MarketDays
from gridops.engine.optimization.trading.price_model import LEAST_DAYS, PriceForecast, price_forecast
from gridops.engine.optimization.trading.scenarios import LEAST_DAYS as LEAST_ERRORS
from gridops.engine.optimization.trading.scenarios import bands

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MODEL_VERSION = "prices 1"
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
MEDIAN = (0.5,)
EPOCH = date(1970, 1, 1)
MOST_LEAD = 2
_MOST_REMEMBERED = 10_000  # blocks of days, a few kB each
_REMEMBERED: dict[bytes, FloatArray] = {}  # of this process: with each news most of the past is as it was
_TO_LEARN = LEAST_DAYS + 14  # days that a column must be known for to be learned with


@dataclass(frozen=True, slots=True)
class Known:
    """`price` and `columns` by steps from `start_s` on, nan where nothing was known; `wanted`: a day within."""

    start_s: int
    step_s: int
    price: FloatArray
    columns: Mapping[str, FloatArray]
    clock: ZoneInfo
    holidays: frozenset[date]
    wanted: date


@dataclass(frozen=True, slots=True)
class Said:
    """Of one day: `quantiles` steps x levels."""

    day: date
    by_model: bool
    levels: tuple[float, ...]
    quantiles: FloatArray


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wanted` is None where nothing can be said; `reason` says why it is not the model. `past`: newest last. `lead`:
    days from the last known one to the wanted one."""

    wanted: Said | None
    past: tuple[Said, ...]
    lead: int
    reason: str
    days: int  # whole days known
    columns: tuple[str, ...]
    weights: Mapping[str, float]


def foretold(known: Known, *, past: int = 0) -> Outcome:
    """The day that is wanted, and what would have been said of so many days before it.

    A price that is missing within a day makes the day unknown. Whole days only are learned from.
    """
    days, lead = _days(known)
    columns = {name: days.matrix(values[_kept(known)]) for name, values in known.columns.items()}
    used = {name: column for name, column in columns.items() if _is_useful(column)}
    last = days.count - 1
    if days.count == 1 or lead > MOST_LEAD:
        return _nothing(days, lead)
    ahead = np.array(list(used.values())).reshape(-1, days.count, days.slots)
    if len(_REMEMBERED) > _MOST_REMEMBERED:
        _REMEMBERED.clear()
    found = price_forecast(days, days.slots if lead == 1 else 0, ahead, _REMEMBERED)
    said = [_said(days, found, number) for number in range(max(last - past, 0), last + 1)]
    wanted = said[-1]
    if wanted is None:
        return _nothing(days, lead)
    weights = {name: round(float(one), 3) for name, one in zip(found.members, found.weights[last], strict=True)}
    return Outcome(
        wanted=wanted,
        past=tuple(each for each in said[:-1] if each is not None),
        lead=lead,
        reason="" if wanted.by_model else _too_few(days),
        days=last,
        columns=tuple(used),
        weights=weights if wanted.by_model else {},
    )


def _too_few(days: MarketDays) -> str:
    return (
        f"{days.count - 1} whole days of prices are known; the model learns from {LEAST_DAYS}, each with the week "
        "before it. Until then past days are repeated."
    )


def _nothing(days: MarketDays, lead: int) -> Outcome:
    reason = (
        f"The newest whole day of prices is {lead} days before; {MOST_LEAD} are the most."
        if lead > MOST_LEAD
        else f"{days.count - 1} whole days of prices are known, and not the seven before the day."
    )
    return Outcome(None, (), lead, reason, days.count - 1, (), {})


def _clock(known: Known) -> Clock:
    return Clock(known.start_s, known.step_s, len(known.price), known.clock, known.holidays)


def _kept(known: Known) -> BoolArray:
    """Steps of days that are whole, and of the wanted one."""
    clock = _clock(known)
    numbers, first, count = np.unique(clock.local_day, return_index=True, return_counts=True)
    whole = np.add.reduceat(np.isfinite(known.price).astype(np.int64), first) == count
    wanted = (known.wanted - EPOCH).days
    begins = clock.second_of_day[first] == 0
    is_taken: BoolArray = begins & ((whole & (numbers < wanted)) | (numbers == wanted))
    return np.repeat(is_taken, count)


def _days(known: Known) -> tuple[MarketDays, int]:
    """And how many days the wanted one comes after the last that is known."""
    clock, kept = _clock(known), _kept(known)
    number, first, count = np.unique(clock.local_day[kept], return_index=True, return_counts=True)
    wanted = (known.wanted - EPOCH).days
    is_holiday: BoolArray = np.compress(kept, clock.is_holiday)
    price = np.where(clock.local_day == wanted, np.nan, known.price)[kept]
    days = MarketDays(
        price=price,
        first=np.concatenate([[0], np.cumsum(count)]),
        slot=clock.second_of_day[kept] // known.step_s,
        slots=clock.day,
        day=number,
        is_holiday=is_holiday[first],
    )
    return days, int(number[-1] - number[-2]) if len(number) > 1 else 0


def _is_useful(column: FloatArray) -> bool:
    """Of the wanted day it is known, and of days enough to learn with."""
    whole: BoolArray = np.asarray(np.isfinite(column).all(axis=1))
    return bool(whole[-1] and whole[:-1].sum() >= _TO_LEARN)


def _said(days: MarketDays, found: PriceForecast, number: int) -> Said | None:
    """With a band where errors enough are known; None where there was no forecast."""
    point = found.point
    if not np.isfinite(point[number]).all():
        return None
    day = date.fromordinal(EPOCH.toordinal() + int(days.day[number]))
    by_model = bool(np.isfinite([each[number] for each in found.members.values()]).all())
    errors = np.isfinite(point[:number] - days.by_slot[:number]).all(axis=1).sum()
    if errors < LEAST_ERRORS:
        return Said(day, by_model, MEDIAN, days.of_steps(point[number][:, None], number))
    band = bands(point, days.by_slot, number, np.array(LEVELS))
    return Said(day, by_model, LEVELS, days.of_steps(band, number))


@dataclass(frozen=True, slots=True)
class Figures:
    """In the unit of the prices; None without a band."""

    mae: float
    pinball: float | None
    inside_80: int | None
    inside_90: int | None


def figures_of(price: FloatArray, quantiles: FloatArray, levels: tuple[float, ...]) -> Figures:
    column = np.array(levels)
    mae = float(np.abs(price - quantiles[:, levels.index(MEDIAN[0])]).mean())
    if len(levels) == 1:
        return Figures(mae, None, None, None)
    inside = [round(coverage(price, quantiles, column, share) * len(price)) for share in (0.8, 0.9)]
    return Figures(mae, float(pinball(price, quantiles, column).mean()), *inside)
