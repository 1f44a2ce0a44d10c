"""The weather service of the field: issues forecasts and tells what it measured, as files, like any provider.

The truth is the case's climate at the field's own profile time. Forecasts err as forecasts do: little at first, more
with lead, alike for neighbouring hours and for successive issues, and never in the same way twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.cases.case import NetworkCase
from gridops.cases.climate import SHEAR_TO_10M, Climate, WeatherAt, ring_noise
from gridops.cases.season import profile_time
from gridops.simulator.clock import ProfileClock

FloatArray = npt.NDArray[np.float64]

HOUR_S, WEEK_S = 3600, 7 * 86_400
MONDAY_S = 4 * 86_400  # 1970-01-05
LEAD_HOURS = 7 * 24
PAST_HOURS = 3  # an observation tells the last hours again, so that a lost file costs nothing
# Errors, root mean square: at the first hour and after five days. Wind and clearness of the sky are relative.
TEMPERATURE_K, CLEARNESS, WIND = (0.5, 2.5), (0.07, 0.24), (0.08, 0.32)
FIVE_DAYS_H, GROWTH = 120.0, 0.8
ERROR_MEMORY_H = 18.0
SHARED = 0.7  # of the variance: what successive issues err alike
RING_HOURS = 10_007  # the shared errors repeat after that many hours, a prime

Told = Callable[[FloatArray], FloatArray]  # wall time to profile time, unix seconds


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scenario makes of the weather from an instant of the wall clock on."""

    since_s: float
    changed: Callable[[FloatArray, WeatherAt], WeatherAt]  # profile time, the case's own weather then


class WeatherService:
    def __init__(self, case: NetworkCase, seed: int, profile_time: Told, scene: Scene | None = None) -> None:
        self.climate = Climate(case)
        self._scene = scene
        self._seed = seed
        self._profile_time = profile_time
        noise = np.random.default_rng((seed, 21)).standard_normal((3, RING_HOURS))
        self._shared = np.stack([ring_noise(row, ERROR_MEMORY_H) for row in noise])

    def truth(self, unix_s: FloatArray) -> WeatherAt:
        """Irradiance is the mean of the hour that begins then."""
        within = np.arange(4) * (HOUR_S / 4) + HOUR_S / 8
        fine, at = self._at((unix_s[:, None] + within).ravel()), self._at(unix_s)
        hourly = {name: getattr(fine, name).reshape(-1, 4).mean(axis=1) for name in ("ghi_w_m2", "clear_sky_w_m2")}
        return WeatherAt(
            temperature_c=at.temperature_c,
            wind_speed_m_s=at.wind_speed_m_s,
            wind_speed_100m_m_s=at.wind_speed_100m_m_s,
            cloud_cover_percent=at.cloud_cover_percent,
            **hourly,
        )

    def _at(self, unix_s: FloatArray) -> WeatherAt:
        profile_s = self._profile_time(unix_s)
        usual, scene = self.climate.at(profile_s), self._scene
        if scene is None:
            return usual
        changed, is_on = scene.changed(profile_s, usual), unix_s >= scene.since_s
        both = ((one.name, getattr(changed, one.name), getattr(usual, one.name)) for one in fields(usual))
        return WeatherAt(**{name: np.where(is_on, new, old) for name, new, old in both})

    def forecast(self, issued_at: datetime, hours: int = LEAD_HOURS) -> dict[str, Any]:
        """A document as Open-Meteo answers, and when it was issued."""
        times = issued_at.timestamp() + HOUR_S * np.arange(hours, dtype=np.float64)
        lead = np.arange(1, hours + 1, dtype=np.float64)
        truth, error = self.truth(times), self._errors(times, int(issued_at.timestamp()))
        clear = np.maximum(truth.clear_sky_w_m2, 1e-9)
        clearness = np.clip(truth.ghi_w_m2 / clear + growth(CLEARNESS, lead) * error[1], 0.03, 1.05)
        sigma = growth(WIND, lead)
        wind = truth.wind_speed_100m_m_s * np.exp(sigma * error[2] - sigma**2 / 2)
        told = WeatherAt(
            temperature_c=truth.temperature_c + growth(TEMPERATURE_K, lead) * error[0],
            ghi_w_m2=truth.clear_sky_w_m2 * clearness,
            wind_speed_m_s=wind * SHEAR_TO_10M,
            wind_speed_100m_m_s=wind,
            cloud_cover_percent=np.clip(
                truth.cloud_cover_percent - 100 * growth(CLEARNESS, lead) * error[1] / 0.75, 0.0, 100.0
            ),
            clear_sky_w_m2=truth.clear_sky_w_m2,
        )
        return self._document(times, told, issued_at)

    def observation(self, until: datetime, hours: int = PAST_HOURS) -> dict[str, Any]:
        """What was measured in the whole hours before."""
        times = until.timestamp() + HOUR_S * np.arange(-hours, 0, dtype=np.float64)
        return self._document(times, self.truth(times), until)

    def _errors(self, times: FloatArray, issue: int) -> FloatArray:
        """Temperature, clearness and wind by hour, unit variance: partly of the hour itself, partly of the issue."""
        hour = (times // HOUR_S).astype(np.int64) % RING_HOURS
        fresh = np.random.default_rng((self._seed, 22, issue)).standard_normal((3, len(times)))
        own = np.stack([ring_noise(row, ERROR_MEMORY_H) for row in fresh])
        return np.asarray(np.sqrt(SHARED) * self._shared[:, hour] + np.sqrt(1 - SHARED) * own)

    def _document(self, times: FloatArray, weather: WeatherAt, issued_at: datetime) -> dict[str, Any]:
        """Radiation there is of the hour before its stamp; an hour more is written, so that none is lost."""
        stamps = [*times.tolist(), float(times[-1]) + HOUR_S]
        return {
            "latitude": round(self.climate.latitude, 4),
            "longitude": round(self.climate.longitude, 4),
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "issued_at": stamp(issued_at),
            "hourly_units": {
                "time": "iso8601",
                "temperature_2m": "°C",
                "shortwave_radiation": "W/m²",
                "wind_speed_10m": "m/s",
                "wind_speed_100m": "m/s",
                "cloud_cover": "%",
            },
            "hourly": {
                "time": [datetime.fromtimestamp(one, UTC).strftime("%Y-%m-%dT%H:%M") for one in stamps],
                "temperature_2m": [*_rounded(weather.temperature_c, 1), None],
                "shortwave_radiation": [None, *_rounded(weather.ghi_w_m2, 0)],
                "wind_speed_10m": [*_rounded(weather.wind_speed_m_s, 2), None],
                "wind_speed_100m": [*_rounded(weather.wind_speed_100m_m_s, 2), None],
                "cloud_cover": [*_rounded(weather.cloud_cover_percent, 0), None],
            },
        }


def growth(ends: tuple[float, float], lead_h: FloatArray) -> FloatArray:
    first, after_five_days = ends
    share = ((lead_h - 1) / (FIVE_DAYS_H - 1)) ** GROWTH
    return first + (after_five_days - first) * np.minimum(share, 1.25)


def wall_to_profile(clock: ProfileClock, year: int) -> Told:
    """Of the field's own clock from its start on; before, of the calendar, as a seeded past takes it."""
    started, before = clock.started_at.timestamp(), by_calendar(year)

    def told(unix_s: FloatArray) -> FloatArray:
        running = clock.profile_start.timestamp() + (unix_s - started) * clock.speed
        return np.where(unix_s >= started, running, before(unix_s))

    return told


def by_calendar(year: int) -> Told:
    """The same week, weekday and time of day in the year of the profiles, whenever and however fast a field plays."""

    def told(unix_s: FloatArray) -> FloatArray:
        weeks, which = np.unique(np.floor((unix_s - MONDAY_S) / WEEK_S), return_inverse=True)
        mondays = [datetime.fromtimestamp(MONDAY_S + week * WEEK_S, UTC) for week in weeks]
        shift = np.array([(profile_time(monday, year) - monday).total_seconds() for monday in mondays])
        return np.asarray(unix_s + shift[which])

    return told


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _rounded(values: FloatArray, digits: int) -> list[float]:
    return [float(one) for one in np.round(values, digits)]
