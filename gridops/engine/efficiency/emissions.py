"""Emission factors by hour: the average of what generates, and what changes with the last kWh."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from gridops.engine.efficiency.savings_meter import WholeArray
from gridops.engine.network.model import FloatArray

# Medians over the life cycle, g CO2-equivalent a kWh: IPCC AR5 (2014), working group III, annex III, table A.III.2.
AR5_G_PER_KWH: Final[Mapping[str, float]] = MappingProxyType(
    {
        "coal": 820.0, "biomass_cofired": 740.0, "gas": 490.0, "biomass": 230.0, "solar": 48.0, "solar_roof": 41.0,
        "geothermal": 38.0, "solar_thermal": 27.0, "hydro": 24.0, "wind_offshore": 12.0, "nuclear": 12.0, "wind": 11.0,
    }
)  # fmt: skip
LEAST_CHANGES: Final = 20


@dataclass(frozen=True, slots=True)
class Marginal:
    """g_per_kwh: (24,) by hour of the day, nan where too few changes are known; changes: (24,) how many; the method."""

    g_per_kwh: FloatArray
    changes: FloatArray
    method: str


def average_factors(energy_kwh: FloatArray, g_per_kwh: FloatArray) -> FloatArray:
    """(h,) in g/kWh of sources x hours: what all of it emits over what all of it gives (location-based average).

    nan where a source that is unknown (nan in energy or factor) leaves the hour open, or nothing is generated.
    """
    factor = np.broadcast_to(np.reshape(g_per_kwh, (len(energy_kwh), -1)), energy_kwh.shape)
    grams = np.where(energy_kwh == 0, 0.0, energy_kwh * factor)
    total = energy_kwh.sum(axis=0)
    return np.where(total > 0, grams.sum(axis=0) / np.where(total > 0, total, 1.0), np.nan)


def marginal_factors(energy_kwh: FloatArray, g_per_kwh: FloatArray, hour_of_day: WholeArray) -> Marginal:
    """By change: the slope through the origin of the change of emissions over that of generation from hour to hour, for
    each hour of the day (Hawkes, Energy Policy 38 (2010) 5977). Sources x hours; hours in order without gaps."""
    total = energy_kwh.sum(axis=0)
    grams = average_factors(energy_kwh, g_per_kwh) * total
    up, more = np.diff(total), np.diff(grams)
    hour = np.asarray(hour_of_day, int)[1:]
    known = np.isfinite(up) & np.isfinite(more) & (up != 0)
    square = np.bincount(hour[known], weights=up[known] ** 2, minlength=24)
    cross = np.bincount(hour[known], weights=(up * more)[known], minlength=24)
    count = np.bincount(hour[known], minlength=24).astype(float)
    slope = np.where(count >= LEAST_CHANGES, cross / np.where(square > 0, square, 1.0), np.nan)
    return Marginal(slope, count, "slope of the change of emissions over the change of generation, by hour of the day")
