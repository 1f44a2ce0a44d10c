"""Weather as factors on the profiles: one per load, generator and storage."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gridops.cases.case import GeneratorKind
from gridops.cases.climate import Climate
from gridops.simulator.points import BoolArray, FloatArray
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


@dataclass(frozen=True, slots=True)
class Weather:
    begin: Callable[[datetime], datetime]
    power_scale: Callable[[datetime], FloatArray]


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

    return Weather(lambda season: _at_hour(season, 7, 25, 9), power_scale)


def temperature_c(at: datetime) -> float:
    """Of a hot day: coolest before sunrise, hottest in the afternoon."""
    hour = at.hour + at.minute / 60 + at.second / 3600
    share = (1 + math.cos(2 * math.pi * (hour - HOTTEST_HOUR) / 24)) / 2
    return COOLEST_C + (HOTTEST_C - COOLEST_C) * share


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

    return Weather(lambda season: _at_hour(season, 5, 27, 9), power_scale)


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
    return Weather(lambda season: _at_hour(season, 11, 30, 13), lambda _at: scale)


def _is_load(world: World) -> BoolArray:
    return np.arange(world.truth.n_injections) < len(world.case.loads)


def _is_generator(world: World, kind: GeneratorKind) -> BoolArray:
    mask = np.zeros(world.truth.n_injections, dtype=np.bool_)
    mask[world.truth.generators] = [unit.kind is kind for unit in world.case.generators]
    return mask


def _at_hour(season: datetime, month: int, day: int, hour: int) -> datetime:
    return season.replace(month=month, day=day, hour=hour, minute=0, second=0, microsecond=0)
