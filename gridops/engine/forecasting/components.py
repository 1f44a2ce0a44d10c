"""What a net load is made of, where that can be told: heating, cooling, solar and wind power, and what is left."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.physical import GENERIC_CURVE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
HEATING, COOLING, SOLAR, WIND = "heating", "cooling", "solar", "wind"
GENERATION = frozenset({SOLAR, WIND})  # what lowers a net load
HEATED_BELOW_C, COOLED_ABOVE_C = 15.0, 22.0
LEAST_DAYS = 21
_SURE = 4.0  # standard errors
_LEAST_SHARE = 0.05  # of the mean size of the net load, where the effect is strong
_LEAST_MOVE = {HEATING: 0.3, COOLING: 0.3, SOLAR: 0.02, WIND: 0.02}  # kelvin; parts of the installed power
_HOURS, _BLOCK_DAYS = 24, 28


@dataclass(frozen=True)
class Separation:
    """`size`: of the effects that could be told apart, kW per kelvin below 15 C and above 22 C, kW of usual panels
    and turbines; `error`: their standard errors. `reasons`: of the others, in plain words. `days`: with weather."""

    days: float
    size: Mapping[str, float]
    error: Mapping[str, float]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Parts:
    """Steps, kW. `base`: what none of the effects explains. Solar and wind are positive and lie behind the meter: the
    net load is base + heating + cooling - solar - wind. nan where the weather is not known."""

    base: FloatArray
    effect: Mapping[str, FloatArray]


def effects(
    temperature_c: FloatArray | None, solar_share: FloatArray | None, wind_ms: FloatArray | None
) -> dict[str, FloatArray]:
    """What may move a net load, per step: kelvin below 15 C and above 22 C, and what plants give of their installed
    power: of the sun as given, of the wind by a usual turbine. None: not known at all."""
    found = {}
    if temperature_c is not None:
        found[HEATING] = np.maximum(HEATED_BELOW_C - temperature_c, 0.0)
        found[COOLING] = np.maximum(temperature_c - COOLED_ABOVE_C, 0.0)
    if solar_share is not None:
        found[SOLAR] = solar_share
    if wind_ms is not None:
        found[WIND] = GENERIC_CURVE.at(wind_ms)
    return found


def separated(clock: Clock, net_kw: FloatArray, known: Mapping[str, FloatArray]) -> Separation:
    """Of a net load (steps from the clock's begin, nan where unknown) under `known`, what `effects` gives.

    Regression on the hour of work days and free days in blocks of four weeks, so that season is no sun, and on the
    effects. The least sure one is left out until all are sure; errors are those of whole days (cluster-robust, Liang
    & Zeger 1986).
    """
    size = len(net_kw)
    usable = np.isfinite(net_kw) & bool(known)
    for one in known.values():
        usable &= np.isfinite(one[:size])
    days = float(usable.sum() / clock.day)
    if days < LEAST_DAYS:
        return _nothing(days, known, f"there are {days:.0f} days with values and weather; {LEAST_DAYS} are needed")
    slot, day = _slots(clock, size)[usable], clock.local_day[:size][usable]
    rest = _within(net_kw[usable], slot)
    columns = {name: _signed(name) * _within(one[:size][usable], slot) for name, one in known.items()}
    mean = max(float(np.abs(net_kw[usable]).mean()), 1e-9)
    strong = {name: float(np.quantile(one[:size][usable], 0.95)) / mean for name, one in known.items()}
    sizes, errors, reasons = _told(rest, day, columns, strong)
    return Separation(days, sizes, errors, reasons)


def split(found: Separation, net_kw: FloatArray, known: Mapping[str, FloatArray]) -> Parts:
    """A net load, measured or forecast, into what was told apart. `known` has the steps of `net_kw`."""
    nothing = np.full(len(net_kw), np.nan)
    parts = {name: size * known.get(name, nothing) for name, size in found.size.items()}
    return Parts(net_kw - sum((_signed(name) * one for name, one in parts.items()), np.zeros(len(net_kw))), parts)


def _signed(name: str) -> float:
    return -1.0 if name in GENERATION else 1.0


def _nothing(days: float, known: Mapping[str, FloatArray], reason: str) -> Separation:
    return Separation(days, {}, {}, {name: reason for name in known or (HEATING, COOLING, SOLAR, WIND)})


def _still(name: str) -> str:
    words = {HEATING: "cold below 15 °C", COOLING: "heat above 22 °C", SOLAR: "sun", WIND: "wind"}
    return f"the {words[name]} hardly differed from day to day, so that its effect cannot be seen"


def _told(
    rest: FloatArray, day: IntArray, columns: Mapping[str, FloatArray], strong: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """Sizes, their errors, and why the others are left out. `strong`: of an effect of size 1, in parts of the load."""
    reasons = {name: _still(name) for name, column in columns.items() if column.std() < _LEAST_MOVE[name]}
    names = [name for name in columns if name not in reasons]
    while names:
        weights, errors = _fitted(rest, day, np.column_stack([columns[name] for name in names]))
        sureness = weights / np.maximum(errors, 1e-12)
        small = [name for name, weight in zip(names, weights, strict=True) if weight * strong[name] < _LEAST_SHARE]
        worst = int(sureness.argmin())
        if sureness[worst] < _SURE:
            reasons[names[worst]] = _doubt(names[worst], float(weights[worst]), float(errors[worst]))
        elif small:
            worst = names.index(small[0])
            reasons[small[0]] = f"it is below {_LEAST_SHARE:.0%} of the load even when it is strong"
        else:
            return (
                dict(zip(names, weights.tolist(), strict=True)),
                dict(zip(names, errors.tolist(), strict=True)),
                reasons,
            )
        del names[worst]
    return {}, {}, reasons


def _doubt(name: str, weight: float, error: float) -> str:
    unit = "kW" if name in GENERATION else "kW per °C"
    return f"it would be {float(f'{weight:.2g}'):g} ± {float(f'{2 * error:.2g}'):g} {unit}, which may be chance"


def _slots(clock: Clock, size: int) -> IntArray:
    free = (clock.weekday >= 5) | clock.is_holiday
    block = (clock.local_day - clock.local_day[0]) // _BLOCK_DAYS
    return np.asarray((clock.second_of_day // 3600 + _HOURS * (free + 2 * block))[:size])


def _within(values: FloatArray, slot: IntArray) -> FloatArray:
    """What differs from the mean of the slot (Frisch & Waugh 1933)."""
    total, count = np.bincount(slot, values), np.bincount(slot)
    return np.asarray(values - (total / np.maximum(count, 1))[slot])


def _fitted(rest: FloatArray, day: IntArray, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights and their standard errors."""
    bread = np.linalg.inv(columns.T @ columns + 1e-9 * np.eye(columns.shape[1]))
    weights = bread @ columns.T @ rest
    moments = columns * (rest - columns @ weights)[:, None]
    _, number = np.unique(day, return_inverse=True)
    of_days = np.column_stack([np.bincount(number, column) for column in moments.T])
    return weights, np.sqrt(np.maximum(np.diag(bread @ of_days.T @ of_days @ bread), 0.0))
