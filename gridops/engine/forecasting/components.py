"""What a net load is made of, where that can be told: base load, weather, and solar power behind the meter."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
HEATED_BELOW_C, COOLED_ABOVE_C = 15.0, 22.0
_LEAST_DAYS = 21
_SURE = 4.0  # standard errors
_LEAST_SHARE = 0.02  # of the size of the net load
_SLOTS = 24


@dataclass(frozen=True)
class Components:
    """Steps, kW, load positive; `pv_kw` positive is generation: net = base + weather - pv + what is left. `can_tell`:
    whether the solar part is told apart with some certainty; where not, `pv_kw` is 0 and `reason` says why.
    `pv_kw_per_kw_m2` is about the installed power behind the meter."""

    base_kw: FloatArray
    weather_kw: FloatArray
    pv_kw: FloatArray
    can_tell: bool
    reason: str
    pv_kw_per_kw_m2: float = 0.0


def separated(clock: Clock, net_kw: FloatArray, ghi: FloatArray, temperature: FloatArray) -> Components:
    """Of a net load (steps from the clock's begin, nan where unknown) under a radiation (W/m2) and a temperature (C).

    Regression on the hour of work days and free days, degrees below 15 and above 22 C, and radiation, each month's
    mean day taken out so that season is no sun; the error of the solar part is that of whole days (cluster-robust,
    Liang & Zeger 1986).
    """
    size = len(net_kw)
    slot = _slots(clock, size)
    heat = np.maximum(HEATED_BELOW_C - temperature[:size], 0.0)
    cool = np.maximum(temperature[:size] - COOLED_ABOVE_C, 0.0)
    known = np.isfinite(net_kw) & np.isfinite(ghi[:size]) & np.isfinite(heat)
    nothing = np.zeros(size)
    if known.sum() < _LEAST_DAYS * clock.day:
        days = known.sum() / clock.day
        base = _slot_means(net_kw, slot, np.isfinite(net_kw))
        return Components(base, nothing, nothing, False, f"{days:.0f} days with weather; {_LEAST_DAYS} are needed")
    sun = ghi[:size] / 1000.0
    effects = np.column_stack([heat, cool, -sun])
    month = clock.local_day[:size] // 28
    weights, errors = _fitted(net_kw, effects, slot + 2 * _SLOTS * (month - month.min()), clock.local_day[:size], known)
    pv = max(float(weights[2]), 0.0)
    can_tell, reason = _judged(pv, float(errors[2]), sun[known], np.abs(net_kw[known]).mean())
    if not can_tell:
        pv = 0.0
        weights = np.r_[_fitted(net_kw, effects[:, :2], slot, clock.local_day[:size], known)[0], 0.0]
    weather = np.nan_to_num(effects[:, :2] @ weights[:2])
    generated = np.nan_to_num(pv * sun)
    base = _slot_means(net_kw - weather + generated, slot, known)
    return Components(base, weather, generated, can_tell, reason, pv)


def _judged(pv: float, error: float, sun: FloatArray, size: float) -> tuple[bool, str]:
    if sun.std() < 0.02:
        return False, "the radiation hardly changes: base load and sun cannot be told apart"
    if pv < _SURE * error:
        return False, f"{pv:.3g} +/- {error:.2g} kW per kW/m2: solar power cannot be told from the rest of the load"
    if pv * sun.mean() < _LEAST_SHARE * size:
        return False, "solar power behind the meter is too little beside the load"
    return True, ""


def _slots(clock: Clock, size: int) -> IntArray:
    free = (clock.weekday >= 5) | clock.is_holiday
    return np.asarray((clock.second_of_day // 3600 + _SLOTS * free)[:size])


def _fitted(
    net: FloatArray, effects: FloatArray, slot: IntArray, day: IntArray, known: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Weights and their standard errors; the means of the slots are taken out first (Frisch & Waugh 1933)."""
    x, y = effects[known], net[known]
    inner = np.column_stack([column - _means_of(column, slot[known]) for column in x.T])
    rest = y - _means_of(y, slot[known])
    square = inner.T @ inner + 1e-9 * np.eye(inner.shape[1])
    weights = np.linalg.solve(square, inner.T @ rest)
    moments = inner * (rest - inner @ weights)[:, None]
    _, number = np.unique(day[known], return_inverse=True)
    of_days = np.column_stack([np.bincount(number, column) for column in moments.T])
    bread = np.linalg.inv(square)
    return weights, np.sqrt(np.maximum(np.diag(bread @ of_days.T @ of_days @ bread), 0.0))


def _means_of(values: FloatArray, slot: IntArray) -> FloatArray:
    total, count = np.bincount(slot, values), np.bincount(slot)
    return (total / np.maximum(count, 1))[slot]


def _slot_means(values: FloatArray, slot: IntArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    total = np.bincount(slot[known], values[known], 2 * _SLOTS)
    count = np.bincount(slot[known], minlength=2 * _SLOTS)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)[slot]
