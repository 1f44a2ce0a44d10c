"""What forecasts of prices earn, on real days of two markets with the published forecasts of others.

    python -m tests.studies trading --data DIRECTORY [--only DE]

The files are those of jeslago/epftoolbox (Apache-2.0): Forecasts_DE_DNN_LEAR_ensembles.csv(.gz) and that of PJM, in
DIRECTORY/epf. 1 MW, round trip 0.9, each day from empty to empty; the first week is nobody's. Rows of the table:
docs/studies/trading.md.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from apps.storage.adapters.prices import PriceFile, Prices, read_prices
from gridops.engine.optimization.storage.arbitrage import DailyTrader
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.trading.days import MarketDays
from gridops.engine.optimization.trading.past import foresight, planned, settled
from gridops.engine.optimization.trading.price_model import price_forecast
from gridops.engine.optimization.trading.repeating import day_before, similar_day, week_mean
from gridops.engine.optimization.trading.risk import risk_plan, worst_mean
from gridops.engine.optimization.trading.scenarios import LEAST_DAYS, bands, scenarios
from tests.studies.forecasts import data

WEEK = 7
SEED, SCENARIOS = 1, 50
LEAR, DNN = "LEAR Ensemble", "DNN Ensemble"
COLUMNS = ("LEAR", "DNN", "mean", "day before", "similar day", "7-day mean")


@dataclass(frozen=True)
class Row:
    """`known`: percent of perfect foresight elsewhere, by column; EUR or USD per MW and year of perfect foresight."""

    market: str
    hours: float
    wear: float
    cycles: float
    perfect: float | None
    known: tuple[float, ...]
    name: str = ""


ROWS = (
    Row("DE", 2, 0, np.inf, 18_891, (89.2, 90.6, 90.6, 70.1, 74.7, 80.3)),
    Row("DE", 4, 0, np.inf, 30_924, (91.3, 92.8, 92.6, 71.0, 77.2, 80.8)),
    Row("DE", 2, 8, 1, 9_979, (85.9, 87.8, 88.2, 50.9, 63.1, 64.7)),
    Row("PJM", 2, 0, np.inf, 16_972, (92.3, 92.9, 93.3, 87.3, 87.3, 89.4)),
)
MAE = {"DE": (3.61, 3.41), "PJM": (3.01, 2.86)}


class Market:
    """Prices and forecasts of one file, currency per kWh."""

    def __init__(self, name: str, directory: Path) -> None:
        found = [path for path in sorted(directory.rglob(f"Forecasts_{name}_*.csv*"))]
        if not found:
            raise FileNotFoundError(f"{name}: no Forecasts_{name}_*.csv in {directory}")
        self._path = found[0]
        self._own: dict[tuple[str, ...], np.ndarray] = {}

    @cached_property
    def _read(self) -> Prices:
        return read_prices(PriceFile(self._path, price="Real price", ahead=(LEAR, DNN)))

    @property
    def days(self) -> MarketDays:
        return self._read.days

    @cached_property
    def forecasts(self) -> dict[str, np.ndarray]:
        lear, dnn = self._read.ahead / 1000
        repeated = (each(self.days, self.days.slots) for each in (day_before, similar_day, week_mean))
        return dict(zip(COLUMNS, (lear, dnn, (lear + dnn) / 2, *repeated), strict=True))

    def own(self, ahead: tuple[str, ...]) -> np.ndarray:
        """Our forecast, after the first week."""
        if ahead not in self._own:
            columns = np.array([self.forecasts[name] for name in ahead]) if ahead else None
            self._own[ahead] = price_forecast(self.days, self.days.slots, columns).point
            self._own[ahead][:WEEK] = np.nan
        return self._own[ahead]

    def mae(self, column: str) -> float:
        """Per MWh."""
        return 1000 * float(np.abs(self.forecasts[column] - self.days.by_slot).mean())


def trader(row: Row, *, alternating: bool) -> DailyTrader:
    battery = Batteries.of(
        power_kw=1000.0,
        energy_kwh=1000 * row.hours,
        round_trip=0.9,
        wear_discharge=row.wear / 1000,
        cycles=row.cycles,
    )
    return DailyTrader(battery, step_h=1.0, alternating=alternating)


def shares(market: Market, row: Row, columns: tuple[str, ...], *, alternating: bool) -> tuple[float, dict[str, float]]:
    """Perfect foresight per MW and year of 365 days, and percent of it by column."""
    by, days = trader(row, alternating=alternating), market.days
    numbers = np.arange(WEEK, days.count)
    perfect = foresight(days, numbers, by)
    found = {}
    for name in columns:
        forecast = market.forecasts[name].copy()
        forecast[:WEEK] = np.nan
        past = settled(days, planned(days, forecast, by), perfect, by)
        found[name] = 100 * past.share
    return 365 * float(past.perfect.sum()) / len(numbers), found


@dataclass(frozen=True)
class Tail:
    """Of the days on which a plan under uncertain prices was made. EUR of a MW."""

    aversion: float
    share: float  # percent of perfect foresight
    worst: float  # mean of the worst twentieth of days
    losing: float  # percent of days

    def __str__(self) -> str:
        return f"| {self.aversion:g} | {self.share:.1f} | {self.worst:.2f} | {self.losing:.1f} |"


def own(market: Market, row: Row, ahead: tuple[str, ...]) -> tuple[float, float]:
    """Percent of perfect foresight of our forecast, and its MAE per MWh."""
    by, days, point = trader(row, alternating=False), market.days, market.own(ahead)
    plans = planned(days, point, by)
    share = settled(days, plans, foresight(days, plans.numbers, by), by).share
    return 100 * share, 1000 * float(np.nanmean(np.abs(point - days.by_slot)))


def tails(market: Market, row: Row, column: str, aversions: tuple[float, ...], *, every: int = 1) -> list[Tail]:
    """50 scenarios of the errors of the 90 days before, 90 % CVaR."""
    by, days, chance = trader(row, alternating=False), market.days, np.random.default_rng(SEED)
    numbers, profits, ceiling = range(LEAST_DAYS, days.count, every), [], []
    for number in numbers:
        price = days.by_slot[number]
        drawn = scenarios(market.forecasts[column], days.by_slot, number, SCENARIOS, chance)
        made = [risk_plan(by.battery, drawn, step_h=1.0, aversion=each).day for each in aversions]
        profits.append([by.profit(day, price) for day in made])
        ceiling.append(by.profit(by.planned(price), price))
    found = np.array(profits)
    return [_tail(each, found[:, k], sum(ceiling)) for k, each in enumerate(aversions)]


def _tail(aversion: float, profit: np.ndarray, ceiling: float) -> Tail:
    return Tail(aversion, 100 * profit.sum() / ceiling, worst_mean(profit, 0.95), 100 * float((profit < -1e-9).mean()))


LEVELS = np.array((0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95))
FIRST_BAND = 150  # day from which on bands are judged


@dataclass(frozen=True)
class Band:
    """Of stored forecasts as `apps/markets` makes them: per MWh, and percent of hours inside."""

    mae: float
    naive: float
    pinball: float
    inside_80: float
    inside_90: float

    def __str__(self) -> str:
        return f"{self.mae:.2f} | {self.naive:.2f} | {self.pinball:.2f} | {self.inside_80:.1f} | {self.inside_90:.1f} |"


def band(days: MarketDays, point: np.ndarray) -> Band:
    """point: (D, S), per kWh."""
    actual, forecast = 1000 * days.by_slot, 1000 * point
    numbers = range(FIRST_BAND, days.count)
    said = np.array([bands(forecast, actual, number, LEVELS) for number in numbers])
    came, before = actual[FIRST_BAND:], actual[FIRST_BAND - WEEK : -WEEK]

    def inside(low: int, high: int) -> float:
        return 100 * float(((came >= said[..., low]) & (came <= said[..., high])).mean())

    error = came[..., None] - said
    loss = np.maximum(LEVELS * error, (LEVELS - 1) * error).mean()
    mae, naive = np.abs(came - said[..., 3]).mean(), np.abs(came - before).mean()
    return Band(float(mae), float(naive), float(loss), inside(1, 5), inside(0, 6))


def _band_lines(directory: Path) -> Iterator[str]:
    yield "| market | days ahead | known ahead | MAE of the median | same weekday | pinball | in 80 % | in 90 % |"
    yield "|---" * 8 + "|"
    for name in MAE:
        market = Market(name, directory)
        days = market.days
        columns = np.array([market.forecasts[column] for column in COLUMNS[:2]])
        for lead, slots, ahead in ((1, days.slots, None), (2, 0, None), (1, days.slots, columns)):
            told = "nothing" if ahead is None else ", ".join(COLUMNS[:2])
            yield f"| {name} | {lead} | {told} | {band(days, price_forecast(days, slots, ahead).point)}"


def run(arguments: argparse.Namespace) -> str:
    directory = arguments.data or data()
    if directory is None:
        return "give --data DIRECTORY or GRIDOPS_STUDY_DATA: the data are no part of this repository"
    chosen = [row for row in ROWS if row.market.startswith(arguments.only)]
    return "\n".join(
        [
            *_lines(chosen, directory),
            "",
            *_own_lines(directory),
            "",
            *_band_lines(directory),
            "",
            *_tail_lines(directory),
        ]
    )


def _lines(rows: list[Row], directory: Path) -> Iterator[str]:
    markets = {row.market: Market(row.market, directory) for row in rows}
    for name, market in markets.items():
        found = [market.mae(column) for column in COLUMNS[:2]]
        yield f"{name}: MAE of LEAR {found[0]:.2f} ({MAE[name][0]}), of DNN {found[1]:.2f} ({MAE[name][1]})"
    yield "| market | h / wear / cycles | one way at a time | perfect, per MW and year | " + " | ".join(COLUMNS) + " |"
    yield "|---" * (4 + len(COLUMNS)) + "|"
    for row in rows:
        for alternating in (False, True):
            perfect, found = shares(markets[row.market], row, COLUMNS, alternating=alternating)
            cells = [f"{found[name]:.1f}" for name in COLUMNS]
            yield _line(row, "no" if alternating else "yes", f"{perfect:,.0f}", cells)
        yield _line(row, "known", f"{row.perfect:,.0f}", [f"{value:.1f}" for value in row.known])


def _line(row: Row, way: str, perfect: str, cells: list[str]) -> str:
    return (
        f"| {row.market} | {row.hours:g} / {row.wear:g} / {row.cycles:g} | {way} | {perfect} | "
        + " | ".join(cells)
        + " |"
    )


def _own_lines(directory: Path) -> Iterator[str]:
    yield "| market | known ahead | h / wear / cycles | our forecast | MAE |"
    yield "|---" * 5 + "|"
    for name in MAE:
        market = Market(name, directory)
        for ahead in ((), COLUMNS[:2]):
            for row in (each for each in ROWS if each.market == name):
                share, error = own(market, row, ahead)
                told = ", ".join(ahead) or "nothing"
                yield f"| {name} | {told} | {row.hours:g} / {row.wear:g} / {row.cycles:g} | {share:.1f} | {error:.2f} |"


def _tail_lines(directory: Path) -> Iterator[str]:
    yield "| aversion | % of perfect foresight | mean of the worst 5 % of days, EUR | days with a loss, % |"
    yield "|---" * 4 + "|"
    yield from map(str, tails(Market("DE", directory), ROWS[2], "mean", (0.0, 0.2, 0.5)))
