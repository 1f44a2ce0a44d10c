"""What explains an hour's energy besides the voltage: hour and kind of day, weather, season, other feeders."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

HEATING_BELOW_C = (5.0, 15.0)
COOLING_ABOVE_C = (20.0, 26.0)
KNOT_DAYS = 28
WASHOUT_H = 3
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Hours:
    """One row an hour. Arrays of length n; nan where something is not known.

    energy_kwh: of the feeder. voltage_pu: mean of what its customers have. assigned: the coin of the row's day said
    reduced, whatever was carried out. day: number of the day. temperature_c may be nan as a whole: no weather is known.
    reference_kwh: of feeders that the experiment does not touch, or None.
    """

    energy_kwh: FloatArray
    voltage_pu: FloatArray
    assigned: BoolArray
    day: IntArray
    hour: IntArray
    weekend: BoolArray
    temperature_c: FloatArray
    reference_kwh: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """log_energy, log_voltage, assigned: with all that controls explain taken out. basis: orthonormal, rows x rank.

    All of them are multiplied by `root_weight`: an hour counts by the energy that is drawn in such hours.
    """

    rows: IntArray  # of Hours
    day: IntArray
    root_weight: FloatArray
    log_energy: FloatArray
    log_voltage: FloatArray
    assigned: FloatArray
    basis: FloatArray
    rank_of_days: int  # controls that differ between days: they cost days


def usable(hours: Hours, *, washout_h: int = WASHOUT_H) -> IntArray:
    """Rows that count: known, and not of the first hours of a day whose neighbour before was of the other kind.

    Heating and cooling that were held off by a low voltage are made up for in the hours after a change (payback).
    """
    known = (hours.energy_kwh > 0) & (hours.voltage_pu > 0)
    if hours.reference_kwh is not None:
        known &= hours.reference_kwh > 0
    if np.isfinite(hours.temperature_c).any():
        known &= np.isfinite(hours.temperature_c)
    return np.flatnonzero(known & ~(_changed(hours) & (hours.hour < washout_h))).astype(np.int32)


def _changed(hours: Hours) -> BoolArray:
    """Rows of days that follow one of the other kind. What came before the first day was not reduced."""
    days, first = np.unique(hours.day, return_index=True)
    kind = hours.assigned[first]
    before = np.concatenate([[False], kind[:-1]])
    return np.asarray((kind != before)[np.searchsorted(days, hours.day)], np.bool_)


def fitted(hours: Hours, *, washout_h: int = WASHOUT_H) -> Fitted:
    """Frisch, Waugh and Lovell: the controls are projected out of energy, voltage and assignment."""
    rows = usable(hours, washout_h=washout_h)
    control = controls(hours, rows)
    columns = (np.log(hours.energy_kwh[rows]), np.log(hours.voltage_pu[rows]), hours.assigned[rows].astype(float))
    root = _root_weight(control, columns[0])
    basis = _basis(control * root[:, None])
    weighed = (column * root for column in columns)
    energy, voltage, assigned = (column - basis @ (basis.T @ column) for column in weighed)
    days = hours.day[rows]
    return Fitted(rows, days, root, energy, voltage, assigned, basis, _rank_of_days(control, days))


def day_means(fit: Fitted, residual: FloatArray) -> FloatArray:
    """Per day of what is left of the logarithms of energy; residual: weighed as those of `fit`."""
    _, of_row = np.unique(fit.day, return_inverse=True)
    return np.asarray(np.bincount(of_row, residual / fit.root_weight) / np.bincount(of_row), float)


def _root_weight(control: FloatArray, log_energy: FloatArray) -> FloatArray:
    """By the energy that the controls alone expect, which no voltage has changed; 1 on average of the squares."""
    if not len(log_energy):
        return np.zeros(0)
    basis = _basis(control)
    expected = np.exp(basis @ (basis.T @ log_energy))
    return np.asarray(np.sqrt(expected / expected.mean()), float)


def controls(hours: Hours, rows: IntArray) -> FloatArray:
    """rows x columns. Without any weather or reference those columns are left out."""
    kind = hours.hour[rows] + _HOURS * hours.weekend[rows]
    parts = [np.eye(2 * _HOURS)[kind], _season(hours.day[rows])]
    if np.isfinite(hours.temperature_c).any():
        parts.append(_weather(hours, rows))
    if hours.reference_kwh is not None:
        parts.append(np.log(hours.reference_kwh[rows])[:, None])
    return np.concatenate(parts, axis=1)


def _season(day: IntArray) -> FloatArray:
    """Hats of four weeks: what drifts slowly."""
    if not len(day):
        return np.zeros((0, 1))
    knots = np.arange(day.min(), day.max() + KNOT_DAYS, KNOT_DAYS)
    distance = np.abs(day[:, None] - knots[None, :]) / KNOT_DAYS
    return np.asarray(np.maximum(1.0 - distance, 0.0), float)


def _weather(hours: Hours, rows: IntArray) -> FloatArray:
    """Degrees below and above the hinges, of the hour and of its day, which walls remember."""
    now = hours.temperature_c
    days, of_row = np.unique(hours.day, return_inverse=True)
    known = np.isfinite(now)
    count = np.bincount(of_row[known], minlength=len(days))
    mean = np.bincount(of_row[known], now[known], len(days)) / np.maximum(count, 1)
    told = (now[rows], mean[of_row][rows])
    return np.stack([each for one in told for each in _hinges(one)], axis=1)


def _hinges(temperature_c: FloatArray) -> list[FloatArray]:
    below = [np.maximum(hinge - temperature_c, 0.0) for hinge in HEATING_BELOW_C]
    return below + [np.maximum(temperature_c - hinge, 0.0) for hinge in COOLING_ABOVE_C]


def _basis(control: FloatArray) -> FloatArray:
    if not control.size:
        return np.zeros((len(control), 0))
    scale = np.linalg.norm(control, axis=0)
    left, size, _ = np.linalg.svd(control[:, scale > 0] / scale[scale > 0], full_matrices=False)
    return np.asarray(left[:, size > 1e-9 * size.max(initial=1.0)], float)


def _rank_of_days(control: FloatArray, day: IntArray) -> int:
    """Of the level and the kind of day, and of whatever else moves from day to day."""
    if not control.size:
        return 0
    days, of_row = np.unique(day, return_inverse=True)
    kinds = np.stack([control[:, :_HOURS].sum(axis=1), control[:, _HOURS : 2 * _HOURS].sum(axis=1)], axis=1)
    moving = np.concatenate([kinds, control[:, 2 * _HOURS :]], axis=1)
    means = np.zeros((len(days), moving.shape[1]))
    np.add.at(means, of_row, moving)
    means /= np.bincount(of_row)[:, None]
    scale = np.maximum(np.abs(means).max(axis=0), 1e-12)
    return int(np.linalg.matrix_rank(means / scale, tol=1e-6))
