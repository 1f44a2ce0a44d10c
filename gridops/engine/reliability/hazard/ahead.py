"""What of a network may fail in the hours ahead: rates by kind of asset and weather, and what is uncertain about them.

Rates are per unit of exposure (km of line, piece of plant) and hour. Where records allow, they are a fitted
`CountModel`; else a stated rate of the class times a factor of the weather. The wind's exponent of that factor is the
steepness of the fragility that `docs/studies/outages.md` measures on eight typhoons; heat and ice are assumptions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.reliability.hazard.counts import CountModel
from gridops.engine.reliability.hazard.weather import GALE_M_S, HOT_C, icing_mm

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

HOURS_A_YEAR = 8760.0
WIND_EXPONENT = 3.4
MOST_FACTOR = 200.0
HEAT_DOUBLES_K = 10.0  # the failures of what is heated through double
ICE_FACTOR_PER_MM = 2.0
PRIOR_LOG_SPREAD = 0.6  # of a class rate from one network to the next
GUST_LOG_SPREAD = (0.10, 0.25)  # of a forecast gust at its begin and at the last hour, where no error is on record
HOUR_FEATURES = ("gust_m_s", "gust_squared", "gale", "rain", "soil", "rain_on_soil", "heat_k", "ice")


@dataclass(frozen=True, slots=True)
class WeatherHours:
    """Hours each; nan where unknown."""

    gust_m_s: FloatArray
    rain_mm: FloatArray
    temperature_c: FloatArray
    soil_mm: FloatArray  # rain of the days before that is still in the ground


@dataclass(frozen=True, slots=True)
class KindRate:
    """Of one kind of asset: a fitted model, or the class's own rate and what weather it feels."""

    per_hour: float  # in fair weather, per unit of exposure
    feels_wind: bool
    feels_heat: bool
    model: CountModel | None = None


@dataclass(frozen=True, slots=True)
class Fleet:
    """Elements: their kind, their place of weather, exposure (km or 1), and what of their own multiplies their rate."""

    kind: IntArray
    place: IntArray
    exposure: FloatArray
    factor: FloatArray


@dataclass(frozen=True, slots=True)
class Ahead:
    """per_hour: kinds x places x hours, expected failures per unit of exposure. p: per element over all hours."""

    per_hour: FloatArray
    p: FloatArray
    p_low: FloatArray  # 10 %
    p_high: FloatArray  # 90 %
    p_drawn: FloatArray  # draws x elements
    known: BoolArray  # places x hours: whether there was a gust


def hour_features(weather: WeatherHours) -> FloatArray:
    """Hours x HOUR_FEATURES; nan where unknown."""
    gust, rain = weather.gust_m_s, weather.rain_mm
    return np.stack(
        [
            gust,
            gust**2,
            np.where(np.isfinite(gust), (gust >= GALE_M_S).astype(np.float64), np.nan),
            np.log1p(rain),
            np.log1p(weather.soil_mm),
            np.log1p(rain * weather.soil_mm),
            np.maximum(weather.temperature_c - HOT_C, 0.0),
            np.log1p(icing_mm(rain, weather.temperature_c)),
        ],
        axis=-1,
    )


def weather_factor(weather: WeatherHours, *, feels_wind: bool, feels_heat: bool) -> FloatArray:
    """Per hour, 1 in fair weather; what is unknown counts as fair."""
    factor = np.ones(len(weather.gust_m_s))
    if feels_wind:
        factor = factor * np.maximum(np.nan_to_num(weather.gust_m_s) / GALE_M_S, 1.0) ** WIND_EXPONENT
        factor = factor * (1 + ICE_FACTOR_PER_MM * np.nan_to_num(icing_mm(weather.rain_mm, weather.temperature_c)))
    if feels_heat:
        factor = factor * 2 ** (np.maximum(np.nan_to_num(weather.temperature_c) - HOT_C, 0.0) / HEAT_DOUBLES_K)
    return np.asarray(np.minimum(factor, MOST_FACTOR), np.float64)


def rates_ahead(kind: KindRate, weather: WeatherHours) -> FloatArray:
    """Hours: expected failures per unit of exposure."""
    if kind.model is not None:
        return kind.model.rate(hour_features(weather))
    return kind.per_hour * weather_factor(weather, feels_wind=kind.feels_wind, feels_heat=kind.feels_heat)


def look_ahead(
    kinds: Sequence[KindRate],
    weather: Sequence[WeatherHours],
    fleet: Fleet,
    rng: np.random.Generator,
    *,
    gust_log_spread: FloatArray | None = None,
    draws: int = 300,
) -> Ahead:
    """weather: per place, equal hours. gust_log_spread: per hour, standard deviation of the log of forecast gusts.

    A draw has one error of the gusts (forecasts of a storm are wrong everywhere at once) and one of each kind's rate.
    """
    hours = len(weather[0].gust_m_s)
    spread = np.linspace(*GUST_LOG_SPREAD, hours) if gust_log_spread is None else gust_log_spread
    expected = np.stack([[rates_ahead(kind, place) for place in weather] for kind in kinds])
    total = np.empty((draws, len(kinds), len(weather)))
    for draw in range(draws):
        error = np.exp(rng.standard_normal() * spread)
        shaken = [WeatherHours(one.gust_m_s * error, one.rain_mm, one.temperature_c, one.soil_mm) for one in weather]
        for number, kind in enumerate(kinds):
            sums = [rates.sum() for rates in (rates_ahead(kind, place) for place in shaken)]
            total[draw, number] = np.array(sums) * _rate_error(kind, rng)
    load = fleet.exposure * fleet.factor
    drawn = -np.expm1(-total[:, fleet.kind, fleet.place] * load)
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0) if len(load) else (np.zeros(0), np.zeros(0))
    p = -np.expm1(-expected.sum(axis=2)[fleet.kind, fleet.place] * load)
    known = np.stack([np.isfinite(one.gust_m_s) for one in weather])
    return Ahead(expected, p, low, high, drawn, known)


def _rate_error(kind: KindRate, rng: np.random.Generator) -> float:
    if kind.model is None:
        return float(np.exp(rng.normal(-(PRIOR_LOG_SPREAD**2) / 2, PRIOR_LOG_SPREAD)))
    level = float(np.sqrt(max(kind.model.covariance[0, 0], 0.0)))
    return float(np.exp(rng.normal(-(level**2) / 2, level)))


def customers_out(p_drawn: FloatArray, loses: BoolArray, customers: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Per draw: customers that lose supply at least once. loses: elements x loads; nobody is counted twice."""
    failed = rng.random(p_drawn.shape) < p_drawn
    return np.asarray((failed.astype(np.float32) @ loses.astype(np.float32) > 0.5) @ customers, np.float64)


def own_history(failures: FloatArray, expected: FloatArray, shape: float = 2.0) -> FloatArray:
    """Factor of each element: what it did against what was expected, held to 1 (Gamma prior of that shape)."""
    return np.asarray((shape + failures) / (shape + expected), np.float64)
