"""A day that has ended: what was earned, beside what perfect foresight and a simple rule would have."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.markets.models import StoreTerms
from apps.renewables.adapters.trading import KWH_A_MWH, STEP_H, batteries_of
from gridops.engine.optimization.storage.arbitrage import DailyTrader, Day
from gridops.engine.optimization.trading.bids import Curves
from gridops.engine.optimization.trading.earnings import earnings
from gridops.engine.optimization.trading.offers import at_price

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayKnown:
    """Quarter hours of which all is known. kW given and sold positive; prices money per MWh."""

    price: FloatArray
    imbalance_price: FloatArray
    plants_kw: FloatArray  # given by sun, wind and load
    stores_kw: FloatArray  # batteries x steps
    day_ahead_kw: FloatArray
    intraday_kw: FloatArray
    intraday_value: FloatArray
    median_kw: FloatArray | None  # of plants, as it was forecast before the gate
    median_price: FloatArray


@dataclass(frozen=True, slots=True)
class StoreDay:
    terms: StoreTerms
    curve: Curves | None  # as it was bid; per MWh


@dataclass(frozen=True, slots=True)
class Result:
    """Money; the figures of a daily result."""

    day_ahead: float
    intraday: float
    imbalance: float
    wear: float
    perfect: float
    rule: float | None
    price_error: float

    @property
    def total(self) -> float:
        return self.day_ahead + self.intraday + self.imbalance - self.wear

    @property
    def volume_error(self) -> float:
        """What is left between perfect foresight and what was earned: volumes that were not as expected, what their
        imbalance cost, less what trading within the day gained."""
        return self.perfect - self.total - self.price_error


def result_of(day: DayKnown, stores: Sequence[StoreDay]) -> Result:
    price, settle = day.price / KWH_A_MWH, day.imbalance_price / KWH_A_MWH
    given = day.plants_kw + day.stores_kw.sum(axis=0)
    short = given - day.day_ahead_kw - day.intraday_kw
    told = [_store(one, row, day) for one, row in zip(stores, day.stores_kw, strict=True)]
    perfect = float(STEP_H * (price @ day.plants_kw)) + sum(one.perfect for one in told)
    rule = None
    if day.median_kw is not None:
        sold = price @ day.median_kw + settle @ (day.plants_kw - day.median_kw)
        rule = float(STEP_H * sold) + sum(one.rule for one in told)
    return Result(
        day_ahead=float(STEP_H * (price @ day.day_ahead_kw)),
        intraday=float(day.intraday_value.sum()),
        imbalance=float(STEP_H * (settle @ short)),
        wear=sum(one.wear for one in told),
        perfect=perfect,
        rule=rule,
        price_error=sum(one.price_error for one in told),
    )


@dataclass(frozen=True, slots=True)
class _Store:
    perfect: float
    rule: float
    wear: float
    price_error: float


def _store(one: StoreDay, given_kw: FloatArray, day: DayKnown) -> _Store:
    """The rule plans the battery on the price that was expected, and keeps to it."""
    battery = batteries_of([one.terms])
    trader = DailyTrader(battery, step_h=STEP_H)
    price, forecast = day.price / KWH_A_MWH, day.median_price / KWH_A_MWH
    by_rule = trader.planned(forecast)
    accepted = by_rule if one.curve is None else _day(_accepted(one.curve, day.price))
    done = _day(given_kw)
    found = earnings(
        trader,
        accepted,
        forecast=forecast,
        price=price,
        delivered=done,
        imbalance_price=day.imbalance_price / KWH_A_MWH,
    )
    wear = battery.wear_discharge[0] * done.discharge_kw.sum() + battery.wear_charge[0] * done.charge_kw.sum()
    return _Store(
        perfect=float(found.perfect.sum()),
        rule=trader.profit(by_rule, price),
        wear=float(STEP_H * wear),
        price_error=found.forecast_cost,
    )


def _accepted(curve: Curves, price: FloatArray) -> FloatArray:
    return np.array([at_price(curve, step, price[step : step + 1])[0] for step in range(len(price))])


def _day(given_kw: FloatArray) -> Day:
    return Day(np.maximum(-given_kw, 0.0), np.maximum(given_kw, 0.0))


def curve_of(booked: dict[str, list[list[float]]], steps: npt.NDArray[np.int64]) -> Curves:
    """Of a bid's book, of the steps that are looked at; shorter rows are filled with their last point."""
    rows = [(booked["price"][step], booked["kw"][step]) for step in steps.tolist()]
    most = max(len(price) for price, _ in rows)
    wide = [_filled(price, most, np.inf) for price, _ in rows], [_filled(kw, most, kw[-1]) for _, kw in rows]
    return Curves(np.array(wide[0]), np.array(wide[1]))


def _filled(values: list[float], size: int, by: float) -> list[float]:
    return values + [by] * (size - len(values))
