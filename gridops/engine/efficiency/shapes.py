"""What the shape of a load tells: what never sleeps, what follows the weather, what comes with people."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from gridops.engine.efficiency.savings_daily import DailyModel, fit_daily
from gridops.engine.efficiency.savings_meter import HOURS_A_WEEK, MeterHours, WholeArray, to_days
from gridops.engine.network.model import FloatArray

HOURS_A_DAY: Final = 24
DAYS_A_YEAR: Final = 365.25
BASE_QUANTILE: Final = 0.1
NIGHT_H: Final = (1, 5)  # local clock
DARK_H: Final = (20, 6)
LEAST_HOURS: Final = 28 * HOURS_A_DAY


@dataclass(frozen=True, slots=True)
class Shape:
    """Energies are kWh a year, scaled from the days that are known; powers kW, means of hours.

    base_kwh: what the lowest tenth of the hours would come to all year; busy_kwh: above it on hours of people, Monday
    to Friday 7 to 19 h; dark_kwh: from 20 to 6 h; heating and cooling by the daily model, None without temperatures.
    week_kw: (168,), mean by hour of the week, nan where never seen.
    """

    days: int
    yearly_kwh: float
    base_kw: float
    night_kw: float
    peak_kw: float
    load_factor: float
    base_kwh: float
    busy_kwh: float
    dark_kwh: float
    heating_kwh: float | None
    cooling_kwh: float | None
    week_kw: FloatArray
    model: DailyModel | None
    reason: str  # why there is no model; empty where there is one


def shape_of(hours: MeterHours) -> Shape | str:
    """Of all hours whose reading is known; or why there are too few."""
    known = np.isfinite(hours.kwh)
    kwh, slot = hours.kwh[known], hours.hour_of_week[known]
    if len(kwh) < LEAST_HOURS:
        return f"Only {len(kwh)} hours of readings are known; a shape needs {LEAST_HOURS} (four weeks)."
    base, peak, mean = float(np.quantile(kwh, BASE_QUANTILE)), float(kwh.max()), float(kwh.mean())
    hour, is_weekday = slot % HOURS_A_DAY, slot < 5 * HOURS_A_DAY
    is_night = (hour >= NIGHT_H[0]) & (hour < NIGHT_H[1])
    is_dark = (hour >= DARK_H[0]) | (hour < DARK_H[1])
    is_busy = is_weekday & (hour >= 7) & (hour < 19)
    a_year = DAYS_A_YEAR * HOURS_A_DAY / len(kwh)
    fitted = fit_daily(to_days(hours))
    model = None if isinstance(fitted, str) else fitted
    heating, cooling = _weather_parts(hours, model)
    return Shape(
        days=round(len(kwh) / HOURS_A_DAY),
        yearly_kwh=mean * HOURS_A_DAY * DAYS_A_YEAR,
        base_kw=base,
        night_kw=float(kwh[is_night].mean()) if is_night.any() else base,
        peak_kw=peak,
        load_factor=mean / peak if peak > 0 else 0.0,
        base_kwh=base * HOURS_A_DAY * DAYS_A_YEAR,
        busy_kwh=float(np.maximum(kwh[is_busy] - base, 0).sum()) * a_year,
        dark_kwh=float(kwh[is_dark].sum()) * a_year,
        heating_kwh=heating,
        cooling_kwh=cooling,
        week_kw=_by_slot(kwh, slot),
        model=model,
        reason=fitted if isinstance(fitted, str) else "",
    )


def _weather_parts(hours: MeterHours, model: DailyModel | None) -> tuple[float | None, float | None]:
    """Of the known temperatures; a span short of a year is scaled and so leans to its season."""
    at = to_days(hours).temperature_c
    at = at[np.isfinite(at)]
    if model is None or not at.size:
        return None, None
    _, heating, cooling = model.parts(at)
    return float(heating.mean()) * DAYS_A_YEAR, float(cooling.mean()) * DAYS_A_YEAR


def _by_slot(kwh: FloatArray, slot: WholeArray) -> FloatArray:
    count = np.bincount(slot, minlength=HOURS_A_WEEK)
    total = np.bincount(slot, weights=kwh, minlength=HOURS_A_WEEK)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
