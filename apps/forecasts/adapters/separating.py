"""Rows of loads and the weather of their places as the engine's separation, and back."""

from collections.abc import Mapping

import numpy as np

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.panels import History
from apps.forecasts.choices import Quantity
from apps.forecasts.models import STEP_S, Separation, Series
from apps.weather.choices import Variable
from apps.weather.models import Location
from gridops.engine.forecasting import Clock
from gridops.engine.forecasting.components import GENERATION, effects, separated, split
from gridops.engine.forecasting.components import Separation as Found
from gridops.engine.forecasting.physical import PowerCurve, Site, fit_power_curve, plane_irradiance, pv_power

WEATHER = (Variable.TEMPERATURE_C, Variable.GHI_W_M2, Variable.WIND_SPEED_100M_M_S)
LOADS = (Quantity.LOAD, Quantity.NET_LOAD)
BASE, CURVE, REST = "base", "curve", "rest"
_WIND = WEATHER.index(Variable.WIND_SPEED_100M_M_S)


def effects_of(weather: FloatArray, place: Location, starts_s: int) -> dict[str, FloatArray]:
    """`weather`: steps x WEATHER from the Unix second on; a column that is never known is left out."""
    columns = [column if np.isfinite(column).any() else None for column in weather.T]
    temperature, ghi, wind = columns
    return effects(temperature, None if ghi is None else _solar_share(place, starts_s, ghi, temperature), wind)


def _solar_share(place: Location, starts_s: int, ghi: FloatArray, temperature: FloatArray | None) -> FloatArray:
    """Of panels as they usually stand there."""
    middle = starts_s + np.arange(len(ghi)) * STEP_S + STEP_S // 2
    return pv_power(plane_irradiance(Site(place.latitude, place.longitude), middle, ghi), temperature)


def separation(
    series: Series, history: History, clock: Clock, known: Mapping[str, FloatArray], weather: FloatArray
) -> Separation:
    """Not saved yet. Of a wind plant the curve of its power over the wind; of loads what moves them."""
    values = history.values[history.keys.index(series.pk), : history.at].astype(np.float64)
    if series.quantity == Quantity.WIND:
        return Separation(series=series, as_of=history.until, **_curve(values, weather[: history.at, _WIND]))
    found = separated(clock, values, known)
    sizes = {name: round(value, 4) for name, value in found.size.items()}
    errors = {name: round(value, 4) for name, value in found.error.items()}
    return Separation(
        series=series,
        as_of=history.until,
        days=round(found.days, 2),
        size_kw=sizes,
        error_kw=errors,
        reasons=dict(found.reasons),
    )


def _curve(values: FloatArray, wind: FloatArray) -> dict[str, object]:
    days = round(float((np.isfinite(values) & np.isfinite(wind)).sum() * STEP_S / 86_400), 2)
    try:
        curve = fit_power_curve(wind, values)
    except ValueError as shortage:
        return {"days": days, "reasons": {CURVE: str(shortage)}}
    return {"days": days, "curve": {"m_s": curve.speed_ms.round(3).tolist(), "kw": curve.output.round(3).tolist()}}


def parts_of(
    row: Separation, kw: FloatArray, weather: FloatArray, place: Location, starts_s: int
) -> dict[str, FloatArray]:
    """By name, kW. They add up to `kw`: what lies behind the meter and generates is negative. nan without weather."""
    if row.curve:
        expected = PowerCurve(np.array(row.curve["m_s"]), np.array(row.curve["kw"])).at(weather[:, _WIND])
        return {CURVE: expected, REST: kw - expected}
    known = effects_of(weather, place, starts_s)
    parts = split(Found(row.days, row.size_kw, row.error_kw, row.reasons), kw, known)
    return {BASE: parts.base} | {name: -one if name in GENERATION else one for name, one in parts.effect.items()}
