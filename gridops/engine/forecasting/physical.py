"""What plants would give by physics alone: columns from which a model learns the rest (shade, wakes, curtailment).

Sun, irradiance on the plane of the panels and cell temperature by pvlib: Erbs 1982 splits global irradiance, Hay &
Davies 1980 puts it on the plane, Faiman 2008 gives the temperature of the cells, PVWatts (Dobos 2014) the power.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib
from scipy.optimize import isotonic_regression

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_PER_KELVIN = -0.004  # of power, of crystalline silicon
_STANDARD_WM2 = 1000.0
_LOW_SUN_WM2 = 20.0  # of clear sky, below which a ratio to it says nothing
_USUAL_C, _USUAL_MS = 20.0, 1.0
_STEEPEST_TILT = 40.0


@dataclass(frozen=True, slots=True)
class Site:
    """`azimuth_deg`: clockwise from north. Not given, panels face the equator, tilted by the latitude, 40 at most."""

    latitude_deg: float
    longitude_deg: float
    tilt_deg: float | None = None
    azimuth_deg: float | None = None
    altitude_m: float = 0.0

    @property
    def plane(self) -> tuple[float, float]:
        """Tilt and azimuth, degrees."""
        tilt = min(abs(self.latitude_deg), _STEEPEST_TILT) if self.tilt_deg is None else self.tilt_deg
        facing = 180.0 if self.latitude_deg >= 0 else 0.0
        return tilt, facing if self.azimuth_deg is None else self.azimuth_deg


@dataclass(frozen=True, slots=True)
class Sun:
    """Per instant: degrees, and clear-sky global irradiance on the ground, W/m2 (Haurwitz 1945)."""

    elevation_deg: FloatArray
    azimuth_deg: FloatArray
    clear_wm2: FloatArray


def sun(site: Site, at_s: IntArray) -> Sun:
    """`at_s`: Unix seconds; for the mean of a step, its middle."""
    found = pvlib.solarposition.get_solarposition(
        _times(at_s), site.latitude_deg, site.longitude_deg, altitude=site.altitude_m
    )
    clear = pvlib.clearsky.haurwitz(found["apparent_zenith"])["ghi"]
    return Sun(
        found["apparent_elevation"].to_numpy(float), found["azimuth"].to_numpy(float), np.nan_to_num(clear.to_numpy())
    )


def plane_irradiance(
    site: Site, at_s: IntArray, ghi: FloatArray, dni: FloatArray | None = None, dhi: FloatArray | None = None
) -> FloatArray:
    """On the plane of the panels, W/m2; nan where `ghi` (global horizontal, W/m2) is.

    `dni`, `dhi`: direct normal and diffuse horizontal; split from the global where either is not given.
    """
    times, above = _times(at_s), sun(site, at_s)
    zenith = 90.0 - above.elevation_deg
    if dni is None or dhi is None:
        split = pvlib.irradiance.erbs(np.clip(ghi, 0.0, None), zenith, times)
        dni, dhi = np.asarray(split["dni"]), np.asarray(split["dhi"])
    tilt, azimuth = site.plane
    extra = np.asarray(pvlib.irradiance.get_extra_radiation(times))
    found = pvlib.irradiance.get_total_irradiance(
        tilt, azimuth, zenith, above.azimuth_deg, dni, ghi, dhi, dni_extra=extra, model="haydavies"
    )
    plane = np.nan_to_num(np.asarray(found["poa_global"], dtype=float))
    return np.where(np.isfinite(ghi), np.clip(plane, 0.0, None), np.nan)


def pv_power(
    plane: FloatArray, temperature_c: FloatArray | None = None, wind_ms: FloatArray | None = None
) -> FloatArray:
    """Share of the rated power, 0 to about 1.1, from irradiance on the plane (W/m2), air temperature and wind."""
    air = np.full(len(plane), _USUAL_C) if temperature_c is None else temperature_c
    wind = np.full(len(plane), _USUAL_MS) if wind_ms is None else wind_ms
    cells = pvlib.temperature.faiman(plane, air, wind)
    return np.asarray(pvlib.pvsystem.pvwatts_dc(plane, cells, 1.0, _PER_KELVIN))


def clearness(ghi: FloatArray, clear_wm2: FloatArray) -> FloatArray:
    """Share of the clear sky's irradiance; nan while the sun is low."""
    high = clear_wm2 > _LOW_SUN_WM2
    return np.where(high, ghi / np.where(high, clear_wm2, 1.0), np.nan)


@dataclass(frozen=True)
class PowerCurve:
    """Output over wind speed, m/s, straight between the points; output in the unit it was fitted in."""

    speed_ms: FloatArray
    output: FloatArray

    def at(self, speed_ms: FloatArray) -> FloatArray:
        return np.where(np.isfinite(speed_ms), np.interp(speed_ms, self.speed_ms, self.output), np.nan)


# Share of rated power of a usual turbine: cut in at 3 m/s, rated from 12, off above 25.
GENERIC_CURVE = PowerCurve(
    np.array([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 25.01, 40]),
    np.array([0, 0.0, 0.02, 0.07, 0.14, 0.24, 0.37, 0.53, 0.72, 0.88, 0.97, 1.0, 1.0, 0.0, 0.0]),
)


def fit_power_curve(speed_ms: FloatArray, output: FloatArray, *, width_ms: float = 0.5, least: int = 10) -> PowerCurve:
    """Mean output by classes of speed, made to rise: a farm's curve as its own forecasts of wind see it.

    Classes hold at least so many rows. Raises ValueError where no class does.
    """
    known = np.isfinite(speed_ms) & np.isfinite(output)
    speed, power = speed_ms[known], output[known]
    bin_of = (speed / width_ms).astype(np.int64)
    count = np.bincount(bin_of) if len(bin_of) else np.zeros(0, np.int64)
    full = np.flatnonzero(count >= least)
    if not len(full):
        raise ValueError(f"a power curve needs {least} values of wind and power at about one speed")
    centre = np.bincount(bin_of, speed)[full] / count[full]
    mean = np.bincount(bin_of, power)[full] / count[full]
    rising = isotonic_regression(mean, weights=count[full].astype(float)).x
    return PowerCurve(centre, np.asarray(rising))


def _times(at_s: IntArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(at_s, unit="s", utc=True))
