"""What happens around the homes by profile time: weather, the course of their consumers, and what people do.

All of it is drawn by day, home and seed, never by how often it is asked: a past that is told later, a run that is
started again and a world without an event see the same people.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.climate import Climate
from gridops.simulator.points import BoolArray, FloatArray
from gridops.simulator.profiles import Profiles
from gridops.simulator.vens.town import Town

DAY_S, STEP_S, QUARTER_S = 86_400, 60, 900
STEPS_A_DAY = DAY_S // STEP_S
QUARTER_NOISE, DAY_NOISE = 0.25, 0.10  # of a home's own load, standard deviation of the logarithm
CHARGED_SHARE = 0.75  # of the days a car comes home empty enough to be charged
WATER_DRAWS = 2


@dataclass(frozen=True, slots=True)
class Day:
    """What people do on one day: hours are local."""

    level: FloatArray
    leaves_h: FloatArray
    returns_h: FloatArray
    arrives_h: FloatArray  # the car
    charge_kwh: FloatArray
    draws_h: FloatArray  # (draws, homes)
    draws_kwh: FloatArray


@dataclass(frozen=True, slots=True)
class Moment:
    unix_s: float  # profile time
    dt_h: float
    hour: float  # local
    is_workday: bool
    outdoor_c: float
    base_kw: FloatArray
    is_in: BoolArray  # somebody is at home
    day: Day


class Surroundings:
    def __init__(self, case: NetworkCase, town: Town, seed: int, clock: ZoneInfo) -> None:
        self._town, self._seed, self._clock = town, seed, clock
        self._climate = Climate(case)
        profiles = Profiles(case)
        year = profiles.year_start_s + 3600.0 * np.arange(365 * 24, dtype=np.float64)
        self._tracks = np.unique(profiles.track_of[town.load])
        self._track = np.searchsorted(self._tracks, profiles.track_of[town.load])
        self._profiles = profiles
        self._mean = np.maximum(self._courses(year).mean(axis=1), 1e-6)
        self._day_at, self._quarter_at = -1, -1
        self._temperature = np.zeros(STEPS_A_DAY)
        self._factor = np.zeros((len(self._tracks), STEPS_A_DAY))
        self._noise = np.ones(len(town))
        self._days: dict[int, Day] = {}

    def at(self, unix_s: float, dt_s: float = STEP_S, *, warmer_c: float = 0.0) -> Moment:
        """At a profile time; warmer_c: what a scenario adds to the case's own weather."""
        local = datetime.fromtimestamp(unix_s, UTC).astimezone(self._clock)
        step = self._look_up(unix_s)
        day = self._of_day(local.toordinal())
        hour = local.hour + local.minute / 60 + local.second / 3600
        is_workday = local.weekday() < 5
        factor = (self._factor[:, step] / self._mean)[self._track]
        out = self._town.is_out_by_day & is_workday & (hour >= day.leaves_h) & (hour < day.returns_h)
        return Moment(
            unix_s=unix_s,
            dt_h=dt_s / 3600,
            hour=hour,
            is_workday=is_workday,
            outdoor_c=float(self._temperature[step]) + warmer_c,
            base_kw=self._town.base_kw * factor * self._noise * day.level,
            is_in=~out,
            day=day,
        )

    def _look_up(self, unix_s: float) -> int:
        """Reads a day's weather and courses at once, and each quarter of an hour what chance adds."""
        date, quarter = int(unix_s // DAY_S), int(unix_s // QUARTER_S)
        if date != self._day_at:
            times = date * DAY_S + STEP_S * np.arange(STEPS_A_DAY, dtype=np.float64)
            self._temperature, self._factor = self._climate.at(times).temperature_c, self._courses(times)
            self._day_at = date
        if quarter != self._quarter_at:
            rng = np.random.default_rng((self._seed, 52, quarter))
            self._noise = rng.lognormal(-(QUARTER_NOISE**2) / 2, QUARTER_NOISE, len(self._town))
            self._quarter_at = quarter
        return int(unix_s % DAY_S) // STEP_S

    def _courses(self, times: FloatArray) -> FloatArray:
        """Factor by track and time: what the consumers on that track draw, in units of their rated power."""
        weather = self._climate.load_factors(times)
        first = {track: int(np.flatnonzero(self._profiles.track_of == track)[0]) for track in self._tracks.tolist()}
        one = np.zeros(len(self._profiles.track_of))
        rows = []
        for track in self._tracks.tolist():
            one[:] = 0.0
            one[first[track]] = 1.0
            rows.append(self._profiles.course(times, one) * weather)
        return np.array(rows)

    def _of_day(self, number: int) -> Day:
        if number not in self._days:
            self._days = {known: day for known, day in self._days.items() if abs(known - number) < 3}
            self._days[number] = _draw_day(np.random.default_rng((self._seed, 51, number)), len(self._town))
        return self._days[number]


def _draw_day(rng: np.random.Generator, count: int) -> Day:
    comes_empty = rng.random(count) < CHARGED_SHARE
    return Day(
        level=rng.lognormal(-(DAY_NOISE**2) / 2, DAY_NOISE, count),
        leaves_h=rng.normal(7.8, 0.7, count),
        returns_h=rng.normal(17.0, 1.2, count),
        arrives_h=np.clip(rng.normal(17.6, 1.6, count), 11.0, 23.0),
        charge_kwh=np.where(comes_empty, rng.gamma(4.0, 2.2, count), 0.0),
        draws_h=np.stack([rng.normal(7.0, 0.8, count), rng.normal(19.5, 1.5, count)]),
        draws_kwh=rng.gamma(4.0, 0.55, (WATER_DRAWS, count)),
    )
