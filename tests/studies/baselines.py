"""Baselines on five homes without any event, and the weather regression beside CalTRACK of eemeter.

    python -m tests.studies baselines --data DIRECTORY

The files are the samples of openeemeter/eemeter (Apache-2.0), in DIRECTORY/eemeter. Placebo days: of the last 365 days
of a home the 20 weekdays of the most extreme mean temperature (hottest in Illinois, coldest in Britain), 16 to 20 h by
the local clock, left out of each other's past as days of events are. Tables: docs/studies/baselines.md.
"""

import argparse
import csv
import gzip
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.flexibility.days import FloatArray, IntArray, Loads, Window, onto_days, working_days
from gridops.engine.flexibility.methods import METHODS
from gridops.engine.flexibility.regression import DegreeDays, regressed
from gridops.engine.forecasting.clock import Clock
from tests.studies.forecasts import data

EVENT = Window(16, 20)
HOUR_S, DAYS, YEAR, PAST = 3600, 20, 365, 45
COLUMNS = {
    "caiso_10_10_plain": "10 in 10",
    "caiso_10_10": "10 in 10, same day within 20 %",
    "caiso_10_10_40": "10 in 10, same day within 40 %",
    "pjm_4_5": "PJM high 4 of 5, additive",
    "nyiso_5_10": "NYISO high 5 of 10, same day",
    "weather_match": "4 days of alike weather",
    "weather": "degree days, 45 d",
    "match_day_3": "3 most alike days",
    "pjm_same_day": "PJM 3 + 2 hours of the same day",
}


@dataclass(frozen=True)
class Home:
    name: str
    meter: str
    weather: str
    zone: str
    fahrenheit: bool

    @property
    def is_hot(self) -> bool:
        return self.fahrenheit

    def loads(self, directory: Path, *, zone: str = "") -> Loads:
        begin, kwh = hourly(directory / f"{self.meter}.csv.gz", sums=True)
        start, celsius = hourly(directory / f"{self.weather}.csv.gz", sums=False)
        celsius = (celsius - 32) / 1.8 if self.fahrenheit else celsius
        clock = Clock(begin, HOUR_S, len(kwh), ZoneInfo(zone or self.zone))
        kw, hours, ordinals = onto_days(clock, kwh[None])
        heat, _, _ = onto_days(clock, aligned(celsius, start, begin, len(kwh))[None])
        called = np.zeros(kw.shape[:2], dtype=bool)
        return Loads(kw, hours, ordinals, working_days(ordinals), called, heat[0])


HOMES = (
    Home("IL cooling", "il-electricity-cdd-only-hourly", "il-tempF", "America/Chicago", fahrenheit=True),
    Home("IL c+h", "il-electricity-cdd-hdd-hourly", "il-electricity-cdd-hdd-tempF", "America/Chicago", fahrenheit=True),
    Home("UK0", "uk-electricity-hdd-only-hourly-sample-0", "uk-tempC-sample-0", "Europe/London", fahrenheit=False),
    Home("UK1", "uk-electricity-hdd-only-hourly-sample-1", "uk-tempC-sample-1_2", "Europe/London", fahrenheit=False),
    Home("UK2", "uk-electricity-hdd-only-hourly-sample-2", "uk-tempC-sample-1_2", "Europe/London", fahrenheit=False),
)


def hourly(path: Path, *, sums: bool) -> tuple[int, FloatArray]:
    """Unix second of the first hour, and sums or means by hour; NaN where an hour is not whole."""
    with gzip.open(path, "rt", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    at = np.array([_second(row[-2]) for row in rows], np.int64)
    values = np.array([float(row[-1]) if row[-1] else np.nan for row in rows])
    _, first = np.unique(at, return_index=True)  # a few instants come twice
    at, values = at[first], values[first]
    step = int(np.median(np.diff(at)))
    hour = at // HOUR_S
    total = np.bincount(hour - hour[0], weights=np.nan_to_num(values))
    count = np.bincount((hour - hour[0])[~np.isnan(values)], minlength=len(total))
    whole = count == max(HOUR_S // step, 1)
    return int(hour[0]) * HOUR_S, np.where(whole, total if sums else total / np.maximum(count, 1), np.nan)


def _second(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def aligned(values: FloatArray, start: int, begin: int, count: int) -> FloatArray:
    places = (begin - start) // HOUR_S + np.arange(count)
    inside = (places >= 0) & (places < len(values))
    return np.where(inside, values[np.clip(places, 0, len(values) - 1)], np.nan)


def extreme_days(loads: Loads, *, hot: bool) -> IntArray:
    mean = np.where(np.isnan(loads.temperature).any(axis=1), np.nan, loads.temperature.mean(axis=1))
    number = np.arange(len(mean))
    known = loads.known[0, :, EVENT.slots].all(axis=1) & ~np.isnan(mean) & (number >= PAST)
    fit = np.flatnonzero(known & ((loads.ordinals + 3) % 7 < 5) & (number >= len(mean) - YEAR))
    return np.sort(fit[np.argsort(-mean[fit] if hot else mean[fit], kind="stable")[:DAYS]])


def placebo(directory: Path) -> dict[str, tuple[list[float], float, float]]:
    """By method: bias of each home, bias and RRMSE of all days of all homes, percent; of means over the four hours."""
    wrong: dict[str, list[FloatArray]] = {key: [] for key in COLUMNS}
    load: list[FloatArray] = []
    for home in HOMES:
        loads = home.loads(directory)
        days = extreme_days(loads, hot=home.is_hot)
        loads.called[0, days] = True
        free = replace(loads, called=np.zeros_like(loads.called))
        load.append(free.kw[0][days][:, EVENT.slots].mean(axis=1))
        for key in COLUMNS:
            made = np.stack([METHODS[key](loads, int(day), EVENT).kw[0, EVENT.slots] for day in days])
            wrong[key].append(made.mean(axis=1) - load[-1])
    return {key: _figures(wrong[key], load) for key in COLUMNS}


def _figures(wrong: list[FloatArray], load: list[FloatArray]) -> tuple[list[float], float, float]:
    each = [100 * float(one.mean() / of.mean()) for one, of in zip(wrong, load, strict=True)]
    together, level = np.concatenate(wrong), float(np.concatenate(load).mean())
    return each, 100 * float(together.mean()) / level, 100 * float(np.sqrt((together**2).mean())) / level


@dataclass(frozen=True)
class Reference:
    """Of eemeter 3.2.0, CalTRACK daily: the year to the 26th of December 2016 learnt, the year from the 4th of January
    2017 foretold. kWh; balance points in degrees Fahrenheit, None where the model has no such part."""

    home: int
    cooling_f: float
    heating_f: float | None
    counterfactual: float
    observed: float


REFERENCES = (Reference(0, 64, None, 9275.46, 8973.01), Reference(1, 67, 53, 9956.25, 9073.15))
LEARNT = (16_795, 17_161)  # days since 1970 from 2015-12-26, 366 of them
FORETOLD = (17_170, 17_536)


def counterfactual(directory: Path, one: Reference) -> tuple[float, float]:
    """Foretold and observed kWh of the year by the product's own regression, with the reference's balance points."""
    home = HOMES[one.home]
    loads = home.loads(directory, zone="UTC")
    heating = -100.0 if one.heating_f is None else (one.heating_f - 32) / 1.8
    by = DegreeDays(cooling_c=(one.cooling_f - 32) / 1.8, heating_c=heating)
    inside = (loads.ordinals >= LEARNT[0]) & (loads.ordinals < LEARNT[1])
    days = (inside & loads.known[0].all(axis=1))[None]
    told = [day for day in range(len(loads.ordinals)) if FORETOLD[0] <= loads.ordinals[day] < FORETOLD[1]]
    total = sum(float(regressed(loads, day, days, by)[0].sum()) for day in told)
    return total, float(np.nansum(loads.kw[0, told]))


def run(arguments: argparse.Namespace) -> str:
    root = arguments.data or data()
    if root is None:
        return "Name the directory of the files: --data DIRECTORY, or GRIDOPS_STUDY_DATA."
    directory = root / "eemeter" if (root / "eemeter").is_dir() else root
    head = "| baseline | " + " | ".join(home.name for home in HOMES) + " | all, bias | all, RRMSE |"
    rows = [head, "|---|" + "---|" * (len(HOMES) + 2)]
    for key, (each, bias, rrmse) in placebo(directory).items():
        rows.append(f"| {COLUMNS[key]} | {' | '.join(f'{one:.1f}' for one in each)} | {bias:.1f} | {rrmse:.0f} |")
    rows += ["", "| home | eemeter, kWh | ours, kWh | apart, % | observed, kWh |", "|---|---|---|---|---|"]
    for one in REFERENCES:
        total, seen = counterfactual(directory, one)
        apart = 100 * (total / one.counterfactual - 1)
        rows.append(f"| {HOMES[one.home].name} | {one.counterfactual:.0f} | {total:.0f} | {apart:.1f} | {seen:.0f} |")
    return "\n".join(rows)
