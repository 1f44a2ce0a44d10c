"""Where the sun stands, and what a clear sky lets through: a few tenths of a degree are enough here."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

DAY_S = 86_400.0
J2000_S = 946_728_000.0  # 2000-01-01 12:00 UTC


def sine_of_elevation(unix_s: FloatArray, latitude: float, longitude: float) -> FloatArray:
    """The low-precision formulas of the Astronomical Almanac, good to 0.02 degrees until 2050."""
    days = (np.asarray(unix_s, dtype=np.float64) - J2000_S) / DAY_S
    anomaly = np.deg2rad(357.528 + 0.9856003 * days)
    mean_longitude = 280.460 + 0.9856474 * days
    ecliptic = np.deg2rad(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.deg2rad(23.439 - 0.0000004 * days)
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal = np.deg2rad((18.697374558 + 24.06570982441908 * days) * 15 + longitude)
    phi = np.deg2rad(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(sidereal - ascension)
    return np.asarray(sine, dtype=np.float64)


def clear_sky_w_m2(unix_s: FloatArray, latitude: float, longitude: float) -> FloatArray:
    """Global horizontal irradiance by Haurwitz (1945)."""
    sine = np.clip(sine_of_elevation(unix_s, latitude, longitude), 1e-3, None)
    return np.where(sine > 1e-3, 1098.0 * sine * np.exp(-0.057 / sine), 0.0)
