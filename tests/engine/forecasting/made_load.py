"""A net load whose parts are known because it was made of them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from scipy.signal import lfilter

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.components import effects
from gridops.engine.forecasting.physical import Site, plane_irradiance, pv_power, sun

SITE = Site(52.0, 10.0)
STEP_S = 3600


@dataclass(frozen=True)
class Made:
    """kW by hour. `known`: the effects as weather tells them, which may err."""

    clock: Clock
    net: np.ndarray
    base: np.ndarray
    parts: dict[str, np.ndarray]
    known: dict[str, np.ndarray]


def made_load(
    *,
    solar_kw: float = 0.0,
    wind_kw: float = 0.0,
    heat_kw_per_k: float = 5.0,
    days: int = 120,
    start_s: int = 1_772_323_200,
    seed: int = 1,
    weather_error: float = 0.0,
    noise_kw: float = 12.0,
) -> Made:
    """About 200 kW: from March 2026 unless another start is given. Every day has a sky, a wind and an air of its own;
    the load errs as loads do, for hours. `weather_error`: of the weather that is known, as a part of what it is."""
    generator = np.random.default_rng(seed)
    day = 86_400 // STEP_S
    clock = Clock(start_s, STEP_S, days * day, ZoneInfo("UTC"))
    hour, middle = clock.second_of_day / 3600, start_s + np.arange(clock.size) * STEP_S + STEP_S // 2

    def by_day(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, day)

    cloud = by_day(generator.uniform(0.2, 1.0, days))
    season = 10 - 8 * np.cos((clock.day_of_year - 0.05) * 2 * np.pi)
    celsius = season + 4 * np.sin((hour - 9) * np.pi / 12) + by_day(_slow(generator, days, 0.7, 3.5))
    speed = np.clip(6.5 + by_day(_slow(generator, days, 0.4, 2.5)), 0, 24)
    share = _solar_share(middle, cloud, celsius)
    truth = effects(celsius, share, speed)
    size = {"heating": heat_kw_per_k, "cooling": 0.0, "solar": solar_kw, "wind": wind_kw}
    parts = {name: size[name] * truth[name] for name in truth}
    base = 200 + 50 * np.cos((hour - 18) * np.pi / 12) - 20 * (clock.weekday >= 5)
    net = base + parts["heating"] - parts["solar"] - parts["wind"] + _slow(generator, clock.size, 0.85, noise_kw)
    wrong = 1 + weather_error * by_day(generator.standard_normal(days))
    air = celsius + 8 * weather_error * by_day(generator.standard_normal(days))
    known = effects(air, _solar_share(middle, np.clip(cloud * wrong, 0, 1), celsius), np.clip(speed * wrong, 0, 24))
    return Made(clock, net, base, parts, known)


def _solar_share(middle: np.ndarray, cloud: np.ndarray, celsius: np.ndarray) -> np.ndarray:
    return pv_power(plane_irradiance(SITE, middle, sun(SITE, middle).clear_wm2 * cloud), celsius)


def _slow(generator: np.random.Generator, count: int, stays: float, size: float) -> np.ndarray:
    """Autocorrelated, of that standard deviation."""
    steps = generator.standard_normal(count) * np.sqrt(1 - stays**2)
    return size * np.asarray(lfilter([1.0], [1.0, -stays], steps))
