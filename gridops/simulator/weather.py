"""Weather as factors on the profiles: one per load, generator and storage."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from gridops.cases.case import GeneratorKind
from gridops.cases.climate import CUT_IN_M_S, RATED_M_S, SHEAR_TO_10M, Climate, WeatherAt
from gridops.simulator.points import BoolArray, FloatArray, IntArray
from gridops.simulator.world import World

# Heat: air conditioning follows the temperature, and the sky is clear.
HOTTEST_HOUR, COOLEST_C, HOTTEST_C, COMFORT_C = 15.5, 23.0, 39.0, 22.0
LOAD_PER_DEGREE = 0.05
CLEAR_SKY_FACTOR = 1.6
# Clouds: two bands that cross the city, in units of its size.
BAND_PERIOD_S = (2400.0, 5400.0)
CLOUD_SHADE = 0.85
CLOUD_EDGE = 9.0
STORM_WIND_FACTOR = 2.5
STORM_SKY_FACTOR = 0.15
# One feeder's demand on a winter evening: from its own to more than its first line carries.
BUSY_FROM_H, BUSY_RISE_H, BUSY_SHARE = 17.0, 0.5, 1.2


Changed = Callable[[FloatArray, WeatherAt], WeatherAt]


def _unchanged(_profile_s: FloatArray, usual: WeatherAt) -> WeatherAt:
    return usual


@dataclass(frozen=True, slots=True)
class Weather:
    """`changed`: what a weather service sees, given profile time as unix seconds and the case's own weather then."""

    begin: Callable[[datetime], datetime]
    power_scale: Callable[[datetime], FloatArray]
    changed: Changed = _unchanged


def calm_weather(world: World) -> Weather:
    """The case's own weather: sun and wind are in the profiles, heat and cold move the loads."""
    is_load, climate = _is_load(world), Climate(world.case)
    return Weather(lambda season: season, lambda at: np.where(is_load, climate.load_factor(at), 1.0))


def heatwave(world: World) -> Weather:
    """A working day in July, from the morning on."""
    is_load, is_solar = _is_load(world), _is_generator(world, GeneratorKind.PHOTOVOLTAIC)

    def power_scale(at: datetime) -> FloatArray:
        warm = LOAD_PER_DEGREE * max(temperature_c(at) - COMFORT_C, 0.0)
        return np.where(is_load, 1 + warm, np.where(is_solar, CLEAR_SKY_FACTOR, 1.0))

    def changed(profile_s: FloatArray, usual: WeatherAt) -> WeatherAt:
        return replace(_sky(usual, CLEAR_SKY_FACTOR), temperature_c=_hot_day_c(profile_s))

    return Weather(lambda season: _at_hour(season, 7, 25, 9), power_scale, changed)


def temperature_c(at: datetime) -> float:
    """Of a hot day: coolest before sunrise, hottest in the afternoon."""
    return float(_hot_day_c(np.array(at.timestamp())))


def _hot_day_c(profile_s: FloatArray) -> FloatArray:
    share = (1 + np.cos(2 * np.pi * (profile_s / 3600 - HOTTEST_HOUR) / 24)) / 2
    return np.asarray(COOLEST_C + (HOTTEST_C - COOLEST_C) * share)


def _sky(usual: WeatherAt, factor: FloatArray | float) -> WeatherAt:
    """With so many times the sun, and never more than of a clear sky."""
    sun = np.minimum(usual.ghi_w_m2 * factor, np.maximum(usual.clear_sky_w_m2, usual.ghi_w_m2))
    share = np.divide(sun, usual.clear_sky_w_m2, out=np.ones_like(sun), where=usual.clear_sky_w_m2 > 1)
    return replace(usual, ghi_w_m2=sun, cloud_cover_percent=np.clip(100 * (1 - share) / 0.75, 0.0, 100.0))


def cloud_ramp(world: World, generator: np.random.Generator) -> Weather:
    """A sunny day in May with cloud bands: each place loses and regains most of its sun within minutes."""
    is_solar = _is_generator(world, GeneratorKind.PHOTOVOLTAIC)
    along = _places(world) @ _directions(generator)
    period_s = generator.uniform(*BAND_PERIOD_S, 2)
    phase = generator.random(2)

    def power_scale(at: datetime) -> FloatArray:
        wave = np.sin(2 * np.pi * (along - at.timestamp() / period_s + phase))
        cover = 1 / (1 + np.exp(-CLOUD_EDGE * (wave.max(axis=1) - 0.35)))
        return np.where(is_solar, 1 - CLOUD_SHADE * cover, 1.0)

    def changed(profile_s: FloatArray, usual: WeatherAt) -> WeatherAt:
        moments = (datetime.fromtimestamp(float(one), UTC) for one in profile_s)
        return _sky(usual, np.array([power_scale(one)[is_solar].mean() if is_solar.any() else 1.0 for one in moments]))

    return Weather(lambda season: _at_hour(season, 5, 27, 9), power_scale, changed)


def _directions(generator: np.random.Generator) -> FloatArray:
    """Wave vectors of the two bands, roughly one wave across the city, columns (x, y)."""
    angle = generator.uniform(0, np.pi, 2)
    waves: FloatArray = generator.uniform(0.6, 1.4, 2) * np.array([np.cos(angle), np.sin(angle)])
    return waves


def _places(world: World) -> FloatArray:
    """Where each injection stands, in units of the city's size."""
    nodes = world.case.nodes
    place = np.array([(node.longitude, node.latitude) for node in nodes])
    span = np.ptp(place, axis=0)
    scaled = (place - place.min(axis=0)) / np.where(span > 0, span, 1.0)
    node = world.truth.network.injection_node
    return np.asarray(scaled[node], dtype=np.float64)


def storm_wind(world: World) -> Weather:
    """Wind plants near their rating under a dark sky, on an afternoon in late autumn."""
    is_wind = _is_generator(world, GeneratorKind.WIND)
    is_solar = _is_generator(world, GeneratorKind.PHOTOVOLTAIC)
    scale = np.where(is_wind, STORM_WIND_FACTOR, np.where(is_solar, STORM_SKY_FACTOR, 1.0))

    def changed(_profile_s: FloatArray, usual: WeatherAt) -> WeatherAt:
        wind = _blown(usual.wind_speed_100m_m_s, STORM_WIND_FACTOR)
        return replace(_sky(usual, STORM_SKY_FACTOR), wind_speed_100m_m_s=wind, wind_speed_m_s=wind * SHEAR_TO_10M)

    return Weather(lambda season: _at_hour(season, 11, 30, 13), lambda _at: scale, changed)


def busy_evening(world: World, loads: IntArray, carried_kw: float) -> Weather:
    """From 17:00 on, within half an hour, the loads come to draw a fifth more than `carried_kw` together."""
    calm = calm_weather(world)
    nominal = -world.truth.p_kw[loads]

    def power_scale(at: datetime) -> FloatArray:
        scale = calm.power_scale(at).copy()
        own_kw = float(nominal @ (world.profiles.factors(at)[0][loads] * scale[loads]))
        share = np.clip((at.hour + at.minute / 60 + at.second / 3600 - BUSY_FROM_H) / BUSY_RISE_H, 0.0, 1.0)
        wanted_kw = max(own_kw, BUSY_SHARE * carried_kw)
        scale[loads] *= 1 + share * (wanted_kw / own_kw - 1) if own_kw > 0 else 1.0
        return scale

    return Weather(lambda season: _at_hour(season, 1, 18, 17), power_scale, calm.changed)


def _blown(speed_m_s: FloatArray, factor: float) -> FloatArray:
    """The wind under which plants give so many times the power, up to their rating."""
    span = RATED_M_S**3 - CUT_IN_M_S**3
    power = np.clip((speed_m_s**3 - CUT_IN_M_S**3) / span, 0.0, 1.0)
    return np.maximum(np.cbrt(CUT_IN_M_S**3 + np.minimum(factor * power, 1.0) * span), speed_m_s)


def _is_load(world: World) -> BoolArray:
    return np.arange(world.truth.n_injections) < len(world.case.loads)


def _is_generator(world: World, kind: GeneratorKind) -> BoolArray:
    mask = np.zeros(world.truth.n_injections, dtype=np.bool_)
    mask[world.truth.generators] = [unit.kind is kind for unit in world.case.generators]
    return mask


def _at_hour(season: datetime, month: int, day: int, hour: int) -> datetime:
    return season.replace(month=month, day=day, hour=hour, minute=0, second=0, microsecond=0)
