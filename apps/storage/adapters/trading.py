"""What a battery would have earned on past prices, planned each day on what was known then."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from apps.storage.adapters.prices import Prices
from gridops.engine.optimization.storage.arbitrage import DailyTrader
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.trading.days import MarketDays
from gridops.engine.optimization.trading.past import foresight, planned, settled
from gridops.engine.optimization.trading.price_model import price_forecast
from gridops.engine.optimization.trading.repeating import similar_day, week_mean

FloatArray = npt.NDArray[np.float64]


class Forecast(StrEnum):
    PERFECT = "perfect"
    NAIVE = "naive"
    FILE = "file"
    MODEL = "model"


class CannotTrade(Exception):
    """Says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Battery:
    """Currency per kWh discharged for wear."""

    power_kw: float
    energy_kwh: float
    efficiency: float
    is_one_way: bool
    wear: float
    cycles: float  # a day; inf: no limit
    rest: float  # state of charge at which every day begins and ends
    window: tuple[float, float]
    discharge_kw: float | None


@dataclass(frozen=True, slots=True)
class Terms:
    forecast: Forecast
    known_slots: int  # of the day before, when the day is planned
    skip_days: int
    alternating: bool


@dataclass(frozen=True, slots=True)
class Earned:
    """Currency of the file; `cycles` are equivalent full ones of all days."""

    profit: float
    profit_perfect_foresight: float
    share_of_perfect_foresight: float | None
    cycles: float
    days: int
    solve_ms_per_day: float

    def document(self) -> dict[str, float | int | None]:
        return asdict(self)


def earned(prices: Prices, battery: Battery, terms: Terms, clock: Callable[[], float]) -> Earned:
    """clock: seconds of processor. Raises CannotTrade."""
    days, trader = prices.days, _trader(battery, prices.days, alternating=terms.alternating)
    forecast = _forecast(prices, terms)
    forecast[: terms.skip_days] = np.nan
    if not np.isfinite(forecast).all(axis=1).any():
        raise CannotTrade(
            f"of {days.count} days none has a forecast: '{terms.forecast}' needs days before it, or a forecast for "
            "every step of the day"
        )
    known = np.flatnonzero(np.isfinite(forecast).all(axis=1))
    perfect = foresight(days, known, trader)  # the first, so that what is measured is no beginning
    began = clock()
    is_perfect = terms.forecast is Forecast.PERFECT  # by the clock a doubled hour has one price
    plans = foresight(days, known, trader) if is_perfect else planned(days, forecast, trader)
    spent = clock() - began
    past = settled(days, plans, perfect, trader)
    return Earned(
        profit=float(past.profit.sum()),
        profit_perfect_foresight=float(past.perfect.sum()),
        share_of_perfect_foresight=past.share if np.isfinite(past.share) else None,
        cycles=float(past.cycles.sum()),
        days=len(past.numbers),
        solve_ms_per_day=1000 * spent / len(past.numbers),
    )


_CHECKED = (0.5, 0.9)  # of the days


def check_leakage(prices: Prices, terms: Terms) -> int:
    """Forecasts again with all that came after a decision shuffled; the days compared. Raises CannotTrade."""
    found, compared = _forecast(prices, terms), 0
    for number in (int(share * prices.days.count) for share in _CHECKED):
        again = _forecast(_shuffled(prices, number, terms.known_slots), terms)
        if again[: number + 1].tobytes() != found[: number + 1].tobytes():
            raise CannotTrade(f"the forecast of day {number + 1} or before changed with what came after its decision")
        compared += number + 1
    return compared


def _shuffled(prices: Prices, number: int, known_slots: int) -> Prices:
    """What was not known when the day of that number was planned, in another order."""
    days, chance = prices.days, np.random.default_rng(number)
    known = int(days.first[max(number - 1, 0)]) + int((days.slot[days.steps(max(number - 1, 0))] < known_slots).sum())
    price = np.concatenate([days.price[:known], chance.permutation(days.price[known:])])
    later = chance.permutation(prices.ahead[:, number + 1 :], axis=1)
    ahead = np.concatenate([prices.ahead[:, : number + 1], later], axis=1)
    return replace(prices, days=replace(days, price=price), ahead=ahead)


def _forecast(prices: Prices, terms: Terms) -> FloatArray:
    """(D, S), a copy."""
    days = prices.days
    if terms.forecast is Forecast.PERFECT:
        return np.array(days.by_slot)
    if terms.forecast is Forecast.FILE:
        if prices.forecast is None:
            raise CannotTrade("the forecasts of the file were not read")
        return np.array(prices.forecast)
    if terms.forecast is Forecast.MODEL:
        return price_forecast(days, terms.known_slots, prices.ahead).point
    return similar_day(days, terms.known_slots)


def earned_by_week_mean(prices: Prices, battery: Battery, terms: Terms) -> float:
    """Share of perfect foresight of the mean of seven days: what any forecast has to beat. nan without a week."""
    days, trader = prices.days, _trader(battery, prices.days, alternating=terms.alternating)
    plans = planned(days, week_mean(days, terms.known_slots), trader)
    return settled(days, plans, foresight(days, plans.numbers, trader), trader).share


def _trader(battery: Battery, days: MarketDays, *, alternating: bool) -> DailyTrader:
    try:
        made = Batteries.of(
            power_kw=battery.power_kw,
            discharge_kw=battery.discharge_kw,
            energy_kwh=battery.energy_kwh,
            round_trip=None if battery.is_one_way else battery.efficiency,
            one_way=battery.efficiency if battery.is_one_way else None,
            window=battery.window,
            initial=battery.rest,
            wear_discharge=battery.wear,
            cycles=battery.cycles,
        )
    except ValueError as error:
        raise CannotTrade(str(error)) from None
    return DailyTrader(made, step_h=days.step_h, alternating=alternating)


PUBLISHED_AT_H = 13  # a market that clears a day ahead does so about noon


def known_slots(days: MarketDays, decide_at_h: float, *, is_real_time: bool) -> int:
    """How many slots of the day before are known when a day is planned. Raises CannotTrade."""
    if is_real_time:
        return int(decide_at_h / days.step_h)
    if decide_at_h > PUBLISHED_AT_H:
        raise CannotTrade(
            f"--decide-at: after {PUBLISHED_AT_H}:00 the prices of the day are published; plan earlier, or with "
            "--forecast perfect, or with --known real-time if prices are known only as they come"
        )
    return days.slots
