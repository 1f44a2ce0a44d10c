"""The weather that belongs to a case: irradiance and wind as its plants feel them, a temperature that its loads follow.

A year at quarter hours of profile time, made from the case's own profiles and a seed, so that whoever reads the same
case has the same weather: the simulated field, and whoever seeds a past for it. It repeats as profiles do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from gridops.cases.case import Generator, GeneratorKind, NetworkCase, Profile
from gridops.cases.sun import clear_sky_w_m2

FloatArray = npt.NDArray[np.float64]

STEP_S = 900
DAY_STEPS = 96
# Temperature of the temperate north: mean, half the difference between July and January, half of night to day.
MEAN_C, SEASON_C, DAY_C, DAY_SUMMER_C = 9.5, 8.5, 2.2, 2.4
WARMEST_DAY, WARMEST_HOUR = 200.0, 15.0
ANOMALY_C, ANOMALY_MEMORY_H = 3.2, 72.0
# Loads: per kelvin of the deviation from the season's normal, below where heating and above where cooling begins.
HEATING_BELOW_C, COOLING_ABOVE_C = 15.0, 21.0
HEATING_PER_K, COOLING_PER_K = 0.012, 0.02
BUILDING_MEMORY_H = 6.0
# Power curve of a wind plant: cut-in and rated speed at 100 m.
CUT_IN_M_S, RATED_M_S = 3.0, 12.0
SHEAR_TO_10M = 0.72  # (10 / 100) ** 0.143
CLEAR_WINDOW_DAYS = 31


@dataclass(frozen=True, slots=True)
class WeatherAt:
    """Arrays alike in length. Irradiance, wind and clouds are instants."""

    temperature_c: FloatArray
    ghi_w_m2: FloatArray
    wind_speed_m_s: FloatArray  # at 10 m
    wind_speed_100m_m_s: FloatArray
    cloud_cover_percent: FloatArray
    clear_sky_w_m2: FloatArray


class Climate:
    """Asked with profile time, as an instant or as unix seconds."""

    def __init__(self, case: NetworkCase, *, seed: int = 1) -> None:
        located = [node for node in case.nodes if np.isfinite(node.latitude) and np.isfinite(node.longitude)]
        self.latitude = float(np.mean([node.latitude for node in located])) if located else 53.1
        self.longitude = float(np.mean([node.longitude for node in located])) if located else 8.2
        year = datetime.fromisoformat(case.profiles[0].start).year if case.profiles else 2016
        start, end = (datetime(one, 1, 1, tzinfo=UTC).timestamp() for one in (year, year + 1))
        self._start = start
        self._time = np.arange(start, end, STEP_S)
        self._seed = seed
        self._solar = _mean_factor(case, GeneratorKind.PHOTOVOLTAIC, self._time)
        self._wind = _mean_factor(case, GeneratorKind.WIND, self._time)

    def at(self, unix_s: npt.ArrayLike) -> WeatherAt:
        """Raises nothing: a time beyond the year is wrapped round into it."""
        when = np.asarray(unix_s, dtype=np.float64)
        clear = clear_sky_w_m2(when, self.latitude, self.longitude)
        clearness = self._read(self._clearness, when)
        wind = self._read(self._wind_speed, when)
        return WeatherAt(
            temperature_c=self._read(self._temperature, when),
            ghi_w_m2=clear * clearness,
            wind_speed_m_s=wind * SHEAR_TO_10M,
            wind_speed_100m_m_s=wind,
            cloud_cover_percent=np.clip(100 * (1.0 - clearness) / 0.75, 0.0, 100.0),
            clear_sky_w_m2=clear,
        )

    def temperature_c(self, at: datetime) -> float:
        return float(self._read(self._temperature, np.array(at.timestamp())))

    def load_factor(self, at: datetime) -> float:
        """By how much heat or cold moves every load, around 1."""
        return float(self._read(self._load_factor, np.array(at.timestamp())))

    def load_factors(self, unix_s: npt.ArrayLike) -> FloatArray:
        return self._read(self._load_factor, np.asarray(unix_s, dtype=np.float64))

    def _read(self, values: FloatArray, when: FloatArray) -> FloatArray:
        position = (when - self._start) / STEP_S
        lower = np.floor(position)
        share, first = position - lower, lower.astype(np.int64) % len(values)
        return np.asarray(values[first] * (1 - share) + values[(first + 1) % len(values)] * share, dtype=np.float64)

    @cached_property
    def _clearness(self) -> FloatArray:
        """What of the clear sky comes through: the plants' factor over the best of the days around at the same hour."""
        if self._solar is None:
            return np.asarray(np.clip(0.62 + 0.25 * self._noise(1, 12.0), 0.05, 1.05))
        days = self._solar.reshape(-1, DAY_STEPS)
        half = CLEAR_WINDOW_DAYS // 2
        around = np.lib.stride_tricks.sliding_window_view(
            np.pad(days, ((half, half), (0, 0)), mode="wrap"), CLEAR_WINDOW_DAYS, axis=0
        )
        best = around.max(axis=-1).ravel()
        is_day = best > 0.05 * best.max()
        clearness = np.interp(self._time, self._time[is_day], (self._solar[is_day] / best[is_day]))
        return np.asarray(np.clip(0.04 + 0.98 * clearness, 0.04, 1.02))

    @cached_property
    def _wind_speed(self) -> FloatArray:
        """The power curve read backwards; below cut-in and above rated power it says nothing, and noise does."""
        noise = self._noise(2, 6.0)
        if self._wind is None:
            return np.asarray(np.clip(6.0 + 2.5 * noise, 0.3, None))
        factor = np.clip(self._wind, 0.0, 1.0)
        speed = np.cbrt(CUT_IN_M_S**3 + factor * (RATED_M_S**3 - CUT_IN_M_S**3))
        calm, strong = np.exp(-factor / 0.02), np.exp(-(1 - factor) / 0.02)
        return np.asarray(np.clip(speed - calm * (1.0 + 0.6 * noise) + strong * np.abs(1.5 * noise), 0.2, None))

    @cached_property
    def _normal(self) -> FloatArray:
        day = (self._time - self._start) / 86_400
        season = np.cos(2 * np.pi * (day - WARMEST_DAY) / 365.25) * (1 if self.latitude >= 0 else -1)
        return np.asarray(MEAN_C + SEASON_C * season + (DAY_C + DAY_SUMMER_C * (season + 1) / 2) * self._hour_wave)

    @property
    def _hour_wave(self) -> FloatArray:
        hour = self._time / 3600 + self.longitude / 15
        return np.asarray(np.cos(2 * np.pi * (hour - WARMEST_HOUR) / 24))

    @cached_property
    def _temperature(self) -> FloatArray:
        """Under clouds the day is cooler and the night milder."""
        clear = np.repeat(self._clearness.reshape(-1, DAY_STEPS).mean(axis=1), DAY_STEPS)
        swing = 4.0 * (_smooth(clear, 6.0) - clear.mean()) * self._hour_wave
        return np.asarray(self._normal + ANOMALY_C * self._noise(3, ANOMALY_MEMORY_H) + swing)

    @cached_property
    def _load_factor(self) -> FloatArray:
        felt = self._normal + _smooth(self._temperature - self._normal, BUILDING_MEMORY_H)
        heating = np.clip(HEATING_BELOW_C - felt, 0, None) - np.clip(HEATING_BELOW_C - self._normal, 0, None)
        cooling = np.clip(felt - COOLING_ABOVE_C, 0, None) - np.clip(self._normal - COOLING_ABOVE_C, 0, None)
        return np.asarray(1 + HEATING_PER_K * heating + COOLING_PER_K * cooling)

    def _noise(self, stream: int, memory_h: float) -> FloatArray:
        """First-order autoregressive with unit variance, the same for the same seed, and closed over the year."""
        generator = np.random.default_rng((self._seed, 11, stream))
        return ring_noise(generator.standard_normal(len(self._time)), memory_h * 3600 / STEP_S)


def ring_noise(white: FloatArray, memory_steps: float) -> FloatArray:
    keep = float(np.exp(-1.0 / memory_steps))
    twice = lfilter([np.sqrt(1 - keep * keep)], [1.0, -keep], np.concatenate((white, white)))
    return np.asarray(twice[len(white) :], dtype=np.float64)


def _smooth(values: FloatArray, memory_h: float) -> FloatArray:
    keep = float(np.exp(-STEP_S / 3600 / memory_h))
    twice = lfilter([1 - keep], [1.0, -keep], np.concatenate((values, values)))
    return np.asarray(twice[len(values) :], dtype=np.float64)


def _mean_factor(case: NetworkCase, kind: GeneratorKind, time: FloatArray) -> FloatArray | None:
    """Of all plants of a kind, weighted by size; None if none of them has a profile."""
    profiles = {profile.name: profile for profile in case.profiles}
    share: dict[str, float] = {}
    for unit in _of_kind(case.generators, kind):
        if unit.profile in profiles:
            share[unit.profile] = share.get(unit.profile, 0.0) + abs(unit.p_kw)
    total = sum(share.values())
    if total <= 0:
        return None
    factors = [_on(profiles[name], time) * (part / total) for name, part in share.items()]
    return np.asarray(np.sum(factors, axis=0), dtype=np.float64)


def _of_kind(units: Iterable[Generator], kind: GeneratorKind) -> Iterable[Generator]:
    return (unit for unit in units if unit.kind is kind)


def _on(profile: Profile, time: FloatArray) -> FloatArray:
    start = datetime.fromisoformat(profile.start)
    begin = (start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp()
    length = len(profile.p) * profile.step_s
    at = np.arange(len(profile.p) + 1) * float(profile.step_s)
    closed = np.append(profile.p, profile.p[:1]).astype(np.float64)
    return np.interp((time - begin) % length, at, closed)
