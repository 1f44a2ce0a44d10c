"""From what providers write to the units that are stored."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from apps.weather.adapters.parsed import FileRefused
from apps.weather.choices import Variable

FloatArray = npt.NDArray[np.float64]
Conversion = Callable[[FloatArray], FloatArray]


def times(factor: float) -> Conversion:
    return lambda values: values * factor


_TEMPERATURE: dict[str, Conversion] = {
    "c": times(1.0),
    "k": lambda values: values - 273.15,
    "f": lambda values: (values - 32.0) / 1.8,
}
_SPEED = {
    "m/s": times(1.0),
    "km/h": times(1 / 3.6),
    "mp/h": times(0.44704),
    "kn": times(1852 / 3600),
}
_SHARE = {"%": times(1.0), "1": times(100.0)}
_LENGTH = {"mm": times(1.0), "cm": times(10.0), "m": times(1000.0), "inch": times(25.4), "ft": times(304.8)}
_DIRECTION: dict[str, Conversion] = {"deg": lambda values: np.mod(values, 360.0)}
_IRRADIANCE = {"w/m2": times(1.0), "kw/m2": times(1000.0)}
_PRESSURE = {"hpa": times(1.0), "pa": times(0.01), "kpa": times(10.0), "bar": times(1000.0), "mbar": times(1.0)}

UNITS: dict[Variable, dict[str, Conversion]] = {
    Variable.TEMPERATURE_C: _TEMPERATURE,
    Variable.HUMIDITY_PERCENT: _SHARE,
    Variable.WIND_SPEED_M_S: _SPEED,
    Variable.WIND_SPEED_100M_M_S: _SPEED,
    Variable.GUST_M_S: _SPEED,
    Variable.WIND_DIRECTION_DEG: _DIRECTION,
    Variable.WIND_DIRECTION_100M_DEG: _DIRECTION,
    Variable.GHI_W_M2: _IRRADIANCE,
    Variable.DNI_W_M2: _IRRADIANCE,
    Variable.DHI_W_M2: _IRRADIANCE,
    Variable.CLOUD_COVER_PERCENT: _SHARE,
    Variable.PRECIPITATION_MM: _LENGTH,
    Variable.PRESSURE_HPA: _PRESSURE,
    Variable.SNOW_DEPTH_CM: _LENGTH,
}
_SAME = {
    "°c": "c", "degc": "c", "celsius": "c", "°f": "f", "degf": "f", "fahrenheit": "f", "kelvin": "k",
    "ms": "m/s", "m s-1": "m/s", "m s**-1": "m/s", "kmh": "km/h", "kph": "km/h", "mph": "mp/h",
    "kt": "kn", "kts": "kn", "knots": "kn",
    "°": "deg", "degree": "deg", "degrees": "deg", "degree true": "deg",
    "percent": "%", "(0 - 1)": "1", "fraction": "1",
    "w/m²": "w/m2", "w m-2": "w/m2", "w m**-2": "w/m2", "kw/m²": "kw/m2",
    "j/m²": "j/m2", "j m-2": "j/m2", "j m**-2": "j/m2",
    "in": "inch", "in.": "inch", "feet": "ft", "kg m**-2": "mm", "kg/m2": "mm", "millimeter": "mm",
}  # fmt: skip
ENERGY = "j/m2"  # over the step, divided by its length


def spelled(unit: str) -> str:
    plain = unit.strip().lower()
    return _SAME.get(plain, plain)


def converted(variable: Variable, values: FloatArray, unit: str, place: str, *, step_s: int = 0) -> FloatArray:
    """Into the unit that the variable's name says. step_s: for energies."""
    known = UNITS[variable]
    plain = spelled(unit)
    if plain == ENERGY and known is _IRRADIANCE and step_s:
        return values / step_s
    if plain not in known:
        raise FileRefused(
            place, f"the unit {unit[:30]!r} is not one of {variable.label}; give one of {', '.join(sorted(known))}"
        )
    result = known[plain](values)
    return result / 10 if variable is Variable.SNOW_DEPTH_CM else result


def from_components(u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wind towards east and north, m/s: its speed, and the direction from which it blows."""
    return np.hypot(u, v), np.mod(np.rad2deg(np.arctan2(-u, -v)), 360.0)


def of_each_step(cumulated: FloatArray, *, resets: bool = True) -> FloatArray:
    """What came in each step, of a sum since the run's begin; where the sum falls it began anew."""
    before = np.concatenate(([0.0], cumulated[:-1]))
    gained = cumulated - before
    return np.where(gained < 0, cumulated, gained) if resets else gained
