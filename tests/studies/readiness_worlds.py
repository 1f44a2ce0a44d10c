"""Real courses of load and sun for outages that nobody foresaw, and islands that have to live on them.

Loads: areas of PJM and Tetouan, hourly; sun: three plants of GEFCom2014. They lie in one record of 13 months by the
day of the year. What is true of an island is drawn about what its owner believes: efficiency, tank, charge, and
failures whose times are not exponential.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridops.engine.microgrids.outage_trial import Courses, Island, Luck, Policy, Store, Units, no_units

FloatArray = npt.NDArray[np.float64]

HOURS_A_DAY = 24
STEPS_AN_HOUR = 4
HORIZON_H = 72
MTBF_H, START_FAILURE = 1600.0, 0.01
WEIBULL_SHAPE = 0.7  # early failures are more frequent than believed
TRUE_START_FAILURE = 0.02
BEHIND = 28  # days of history that are looked at


@dataclass(frozen=True, slots=True)
class World:
    """load_kw (N, 3) by class, sun_kw (N,), hourly. island: as its owner believes it."""

    name: str
    load_kw: FloatArray
    sun_kw: FloatArray
    weekend: npt.NDArray[np.bool_]
    island: Island


@dataclass(frozen=True, slots=True)
class Truth:
    """What really is when the outage begins at an hour."""

    island: Island
    courses: Courses
    energy_kwh: FloatArray
    luck: Luck


def _file(name: str) -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("GRIDOPS_SHARED_DATA", beside)) / name


@lru_cache(maxsize=1)
def _series() -> pd.DataFrame:
    """Hourly, 2012-04-01 to 2013-04-30: loads as shares of their peak, suns as shares of their rating."""
    clock = pd.date_range("2012-04-01", "2013-04-30 23:00", freq="h")
    found = pd.DataFrame(index=clock)
    for name in ("dayton", "duq"):
        rows = pd.read_csv(_file(f"pjm_{name}.csv.gz"), parse_dates=["ts"]).groupby("ts")["mw"].mean()
        found[name] = rows.reindex(clock).interpolate(limit_direction="both")
    town = pd.read_csv(_file("tetouan_2017_10min.csv.gz"), parse_dates=["ts"]).set_index("ts").resample("h").mean()
    # A day of the same place in its week, near the same day of the year.
    shift = [at.dayofyear - 1 for at in clock]
    first = pd.Timestamp("2017-01-01")
    days = [
        first + pd.Timedelta(days=min(max(n + (at.dayofweek - (6 + n)) % 7, 0), 356))
        for n, at in zip(shift, clock, strict=True)
    ]
    at = pd.DatetimeIndex([day + pd.Timedelta(hours=one.hour) for day, one in zip(days, clock, strict=True)])
    for zone in (1, 2, 3):
        found[f"tetouan{zone}"] = town[f"zone{zone}_kw"].interpolate().reindex(at).ffill().to_numpy()
    found = found / found.max()
    sun = pd.read_csv(_file("gefcom2014_solar.csv.gz"), parse_dates=["ts"])
    for zone in (1, 2, 3):
        rows = sun[sun["zone"] == zone].groupby("ts")["power"].mean().reindex(clock).fillna(0.0)
        found[f"sun{zone}"] = np.roll(rows.to_numpy(), 10)  # from UTC to about the clock of its place
    return found


# Name: loads of the three classes with their peaks in kW, sun, its rating; store kWh, kW; generator kW, tank kWh.
_DESIGNS = {
    "campus": (("dayton", 60), ("tetouan1", 80), ("duq", 100), ("sun1", 150), (900, 300), None),
    "clinic": (("duq", 120), ("tetouan2", 40), ("dayton", 60), ("sun2", 120), (700, 260), (130, 900)),
    "harbour": (("tetouan1", 70), ("dayton", 60), ("tetouan3", 90), ("sun3", 60), (800, 250), (110, 600)),
    "village": (("tetouan2", 40), ("duq", 50), ("tetouan1", 60), ("sun2", 220), (1100, 250), None),
    "works": (("dayton", 90), ("tetouan3", 60), ("duq", 60), ("sun1", 80), (500, 260), (160, 1500)),
}


@lru_cache(maxsize=1)
def worlds() -> tuple[World, ...]:
    rows = _series()
    weekend = np.asarray(rows.index.dayofweek >= 5)
    found = []
    for name, (*loads, sun, store, generator) in _DESIGNS.items():
        load = np.stack([rows[one].to_numpy() * kw for one, kw in loads], axis=1)
        capacity, power = store
        island = Island(
            Store(capacity, 0.1 * capacity, power, power, 0.95, 0.95),
            _units(generator) if generator else no_units(),
            Policy(shed_below=(0.0, 0.2, 0.4)),
        )
        found.append(World(name, load, rows[sun[0]].to_numpy() * sun[1], weekend, island))
    return tuple(found)


def _units(generator: tuple[int, int]) -> Units:
    kw, tank = (np.array([float(one)]) for one in generator)
    return Units(kw, 0.3 * kw, tank, np.zeros(1, np.bool_), np.array([START_FAILURE]), np.array([1.0 / MTBF_H]))


def drawn_truth(world: World, begin: int, rng: np.random.Generator) -> Truth:
    """begin: hour of the record. One course, by quarter hours."""
    store = world.island.store
    way = rng.uniform(0.93, 0.965)
    true_store = Store(store.capacity_kwh, store.least_kwh, store.charge_kw, store.discharge_kw, way, way)
    units = world.island.units
    tank = units.fuel_kwh * rng.uniform(0.15, 1.0)
    island = Island(
        true_store,
        Units(units.rated_kw, units.least_kw, tank, units.is_running, *_certain(len(units))),
        world.island.policy,
    )
    energy = store.least_kwh + rng.uniform(0.15, 1.0) * store.usable_kwh
    return Truth(island, true_courses(world, begin), np.array([energy]), _fate(len(units), rng))


def _certain(units: int) -> tuple[FloatArray, FloatArray]:
    """Failures come from the fate alone: a number of 0 fails, a number of 1 does not."""
    return np.full(units, 0.5), np.full(units, 1.0)


def _fate(units: int, rng: np.random.Generator) -> Luck:
    steps = HORIZON_H * STEPS_AN_HOUR
    scale = MTBF_H / 1.2658  # the mean of a Weibull of shape 0.7 is 1.2658 times its scale
    fails_at_h = scale * rng.weibull(WEIBULL_SHAPE, units)
    start = np.where(rng.random(units) < TRUE_START_FAILURE, 0.0, 1.0)
    at = np.arange(steps)[:, None] / STEPS_AN_HOUR
    run = np.where(at >= fails_at_h, 0.0, 1.0)
    return Luck(np.broadcast_to(start, (steps, 1, units)).copy(), run[:, None, :])


def true_courses(world: World, begin: int) -> Courses:
    hours = np.arange(begin, begin + HORIZON_H)
    load = np.repeat(world.load_kw[hours], STEPS_AN_HOUR, axis=0)[:, None, :]
    return Courses(load, np.repeat(world.sun_kw[hours], STEPS_AN_HOUR)[:, None], 1.0 / STEPS_AN_HOUR)
