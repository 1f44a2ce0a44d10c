"""What of the weather breaks networks, from hours of one place."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

GALE_M_S = 15.0  # gusts from which branches come down
HOT_C = 30.0
ICE_C = (-6.0, 0.5)  # rain freezes on what it falls on
SOIL_KEEPS_PER_DAY = 0.85  # of yesterday's rain in the ground
FEATURES = (
    "gust_m_s",
    "gust_squared",
    "gale_hours",
    "rain_mm",
    "soil_mm",
    "rain_on_soil",
    "heat_k",
    "ice_mm",
    "lightning",
    "gust_everywhere_m_s",
)


@dataclass(frozen=True, slots=True)
class WeatherDays:
    """Days x areas each; nan where nothing is known. `lightning`: strokes per km2."""

    gust_m_s: FloatArray  # the highest
    gale_hours: FloatArray
    rain_mm: FloatArray
    ice_mm: FloatArray
    hottest_c: FloatArray
    lightning: FloatArray


def empty_days(days: int, areas: int) -> WeatherDays:
    """All unknown."""
    return WeatherDays(*(np.full((days, areas), np.nan) for _ in range(6)))


def soil_moisture(rain_mm: FloatArray) -> FloatArray:
    """Per row the rain of the rows before it that is still in the ground, mm; rows are days; unknown counts as 0."""
    left = np.zeros(rain_mm.shape)
    for day in range(1, len(rain_mm)):
        left[day] = SOIL_KEEPS_PER_DAY * (left[day - 1] + np.nan_to_num(rain_mm[day - 1]))
    return left


def day_features(weather: WeatherDays, soil_mm: FloatArray) -> FloatArray:
    """Days x areas x features, in the order of FEATURES; nan where unknown."""
    gust = weather.gust_m_s
    known = np.isfinite(gust)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    everywhere = np.where(known, gust, 0.0).sum(axis=1, keepdims=True) / count
    everywhere = np.where(known.any(axis=1, keepdims=True), everywhere, np.nan)
    return np.stack(
        [
            gust,
            gust**2,
            weather.gale_hours,
            np.log1p(weather.rain_mm),
            np.log1p(soil_mm),
            np.log1p(weather.rain_mm * soil_mm),
            np.maximum(weather.hottest_c - HOT_C, 0.0),
            np.log1p(weather.ice_mm),
            np.log1p(weather.lightning),
            np.broadcast_to(everywhere, gust.shape),
        ],
        axis=-1,
    )


def icing_mm(rain_mm: FloatArray, temperature_c: FloatArray) -> FloatArray:
    """Of the rain what falls while it can freeze on lines; nan where either is unknown."""
    freezes = (temperature_c > ICE_C[0]) & (temperature_c < ICE_C[1])
    return np.where(np.isfinite(rain_mm) & np.isfinite(temperature_c), np.where(freezes, rain_mm, 0.0), np.nan)
