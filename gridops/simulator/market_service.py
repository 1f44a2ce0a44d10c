"""The market of the field: a price that follows the residual load, as plants are called by what they cost.

Load, sun and wind are the field's own, each by its course and weighted as in a market; what is left after sun and wind
is met by the cheapest plants first. The price is that of the last one, more or less by the day's fuel. What is not
known a day ahead stands as a small error in the residual load.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from gridops.cases.case import NetworkCase
from gridops.cases.climate import CUT_IN_M_S, RATED_M_S, Climate, ring_noise
from gridops.simulator.profiles import Profiles

FloatArray = npt.NDArray[np.float64]
Told = Callable[[FloatArray], FloatArray]  # wall time to profile time, unix seconds

STEP_S = 900
DAY_STEPS = 96
# Of the mean load: what sun and wind give in a year.
SUN_SHARE, WIND_SHARE = 0.14, 0.22
STEADY_SHARE = 0.5  # of the load: a market's industry sleeps less than a city
# Up to which residual load, in mean loads, a kind of plant is the last one; its emissions, g/kWh.
PLANTS: Final = ((0.14, 40.0), (0.34, 1050.0), (0.55, 830.0), (1.05, 370.0), (1.35, 520.0), (9.0, 760.0))
# Price of the last plant over the residual load: EUR/MWh. Below what must run, sellers pay.
OFFERS: Final = (
    (-0.60, -120.0), (-0.15, -25.0), (0.05, -2.0), (0.14, 8.0), (0.20, 34.0), (0.34, 48.0),
    (0.55, 71.0), (0.80, 92.0), (1.05, 118.0), (1.25, 165.0), (1.45, 260.0), (1.80, 600.0),
)  # fmt: skip
FUEL_SIGMA, FUEL_MEMORY_DAYS = 0.12, 20.0
ERROR, ERROR_MEMORY_H = 0.02, 10.0
FORESIGHT: Final = (0.015, 0.10, 0.06)  # of load, wind and sun: errors of what is published of them the day before
MEAN_LOAD_MW: Final = 8_000.0  # of the zone
RING_DAYS = 1009  # fuel and errors repeat after that many days, a prime


@dataclass(frozen=True, slots=True)
class MarketAt:
    """Per quarter hour: EUR/MWh, and g/kWh of all that is generated and of the plant that sets the price."""

    price: FloatArray
    average_g_kwh: FloatArray
    marginal_g_kwh: FloatArray


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Per quarter hour, MW: what is published of the market before its auction."""

    load_mw: FloatArray
    wind_mw: FloatArray
    sun_mw: FloatArray


class MarketService:
    def __init__(self, case: NetworkCase, seed: int, profile_time: Told) -> None:
        self._profiles, self._climate = Profiles(case), Climate(case)
        loads = [load.p_kw for load in case.loads]
        self._p_kw = np.zeros(len(self._profiles.track_of))
        self._p_kw[: len(loads)] = loads
        self._profile_time = profile_time
        noise = np.random.default_rng((seed, 31)).standard_normal(RING_DAYS)
        self._fuel = np.exp(FUEL_SIGMA * ring_noise(noise, FUEL_MEMORY_DAYS))
        hourly = np.random.default_rng((seed, 32)).standard_normal(RING_DAYS * 24)
        self._error = ERROR * ring_noise(hourly, ERROR_MEMORY_H)
        self._foresight = [
            size * ring_noise(np.random.default_rng((seed, 33 + n)).standard_normal(RING_DAYS * 24), ERROR_MEMORY_H)
            for n, size in enumerate(FORESIGHT)
        ]

    def at(self, unix_s: FloatArray) -> MarketAt:
        """unix_s: begins of quarter hours, wall time."""
        load, renewable = self._courses(self._profile_time(unix_s + STEP_S / 2))
        hour = unix_s / 3600
        wrong = np.interp(
            hour % (RING_DAYS * 24), np.arange(RING_DAYS * 24 + 1), np.append(self._error, self._error[0])
        )
        residual = load - renewable + wrong
        levels, offers = (np.array(column) for column in zip(*OFFERS, strict=True))
        cost = np.interp(residual, levels, offers)
        fuel = self._fuel[(unix_s // 86_400).astype(np.int64) % RING_DAYS]
        price = np.where(cost > 0, cost * fuel, cost)
        average, marginal = _emissions(np.maximum(residual, 0.0), np.maximum(load, 1e-6))
        return MarketAt(np.round(price, 2), np.round(average, 1), np.round(marginal, 1))

    def foreseen(self, unix_s: FloatArray) -> Foreseen:
        """As the market's operators foresee it the morning before: in error by as much as the price does not tell."""
        load, wind, sun = self._parts(self._profile_time(unix_s + STEP_S / 2))
        hour = unix_s / 3600
        astray = (
            1.0 + np.interp(hour % (RING_DAYS * 24), np.arange(RING_DAYS * 24 + 1), np.append(ring, ring[0]))
            for ring in self._foresight
        )
        return Foreseen(
            *(np.round(MEAN_LOAD_MW * one * by, 1) for one, by in zip((load, wind, sun), astray, strict=True))
        )

    def _parts(self, profile_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Load, wind and sun, in mean loads of the year."""
        load, sun, wind = self._raw(profile_s)
        mean_load, mean_sun, mean_wind = self._means
        shape = STEADY_SHARE + (1 - STEADY_SHARE) * load / mean_load
        return shape, WIND_SHARE * wind / mean_wind, SUN_SHARE * sun / mean_sun

    def _courses(self, profile_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Load, and sun and wind together, in mean loads of the year."""
        load, wind, sun = self._parts(profile_s)
        return load, sun + wind

    def _raw(self, profile_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        weather = self._climate.at(profile_s)
        load = self._profiles.course(profile_s, self._p_kw) * self._climate.load_factors(profile_s)
        speed = weather.wind_speed_100m_m_s
        wind = np.clip((speed**3 - CUT_IN_M_S**3) / (RATED_M_S**3 - CUT_IN_M_S**3), 0.0, 1.0)
        return load, weather.ghi_w_m2, wind

    @cached_property
    def _means(self) -> tuple[float, float, float]:
        """Over a year by hours; never zero."""
        year = self._profiles.year_start_s + 3600.0 * np.arange(365 * 24, dtype=np.float64)
        load, sun, wind = (max(float(course.mean()), 1e-6) for course in self._raw(year))
        return load, sun, wind


def _emissions(residual: FloatArray, load: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = np.array([end for end, _ in PLANTS])
    factors = np.array([factor for _, factor in PLANTS])
    begins = np.concatenate(([0.0], ends[:-1]))
    given = np.clip(residual[:, None] - begins, 0.0, ends - begins)
    average = (given * factors).sum(axis=1) / np.maximum(load, residual)
    return average, factors[np.minimum(np.searchsorted(ends, residual), len(ends) - 1)]
