"""What is wrong with a series, named: a model that learns from a fault forecasts the fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_MAD = 1.4826  # of a normal distribution: standard deviation over median absolute deviation
_FITS_BETTER = 0.3
_LATE_H = (0, -2, -1, 1, 2)


class Fault(StrEnum):
    GAP = "gap"
    FLAT = "flat line"
    ZERO = "zeros"
    SPIKE = "spike"
    SIGN = "sign turned"
    STEP = "level shift"
    CLOCK = "clock shift"


@dataclass(frozen=True, slots=True)
class Finding:
    """Steps `begin` to `end`, end not included. `size`: in the unit of the series; hours, steps."""

    fault: Fault
    begin: int
    end: int
    size: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hours, and multiples of the usual deviation from comparable hours."""

    flat_h: float = 3.0
    zero_h: float = 1.0
    gap_h: float = 1.0
    spike: float = 10.0
    shift: float = 3.0
    shift_h: float = 6.0


def examined(clock: Clock, values: FloatArray, bounds: Bounds | None = None) -> list[Finding]:
    """All findings, by their begin. `values`: steps of the clock, nan where missing."""
    bounds = bounds or Bounds()
    hour = max(3600 // clock.step_s, 1)
    usual, deviation = comparable(clock, values)
    found = [
        *_runs(Fault.GAP, ~np.isfinite(values), int(bounds.gap_h * hour)),
        *_runs(Fault.ZERO, (values == 0) & (np.abs(usual) > 2 * deviation), int(bounds.zero_h * hour)),
        *_flat(values, usual, deviation, int(bounds.flat_h * hour)),
        *_spikes(values, usual, deviation, bounds, hour),
        *_turned(values, usual, deviation, hour),
        *_shifted(values, usual, deviation, bounds, hour),
        *_late_clocks(clock, values, usual, deviation),
    ]
    return sorted(found, key=lambda one: one.begin)


def usable(values: FloatArray, findings: list[Finding]) -> FloatArray:
    """The series without what must not be learned from."""
    kept = values.copy()
    for one in findings:
        if one.fault is not Fault.STEP:
            kept[one.begin : one.end] = np.nan
    return kept


def comparable(clock: Clock, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median of the same clock on the last four same weekdays, nan until two are known; and the usual (median
    absolute) deviation from it."""
    past = np.sort(_at(values, clock.weeks_before[:, : len(values)]), axis=0)  # nan come last
    count, step = np.isfinite(past).sum(axis=0), np.arange(len(values))
    middle = (past[np.maximum(count - 1, 0) // 2, step] + past[np.minimum(count // 2, 3), step]) / 2
    usual = np.where(count >= 2, middle, np.nan)
    apart = np.abs(values - usual)
    finite = apart[np.isfinite(apart)]
    scale = _MAD * float(np.median(finite)) if len(finite) else 0.0
    return usual, np.full(len(values), max(scale, 1e-9))


def _at(values: FloatArray, index: npt.NDArray[np.int64]) -> FloatArray:
    inside = (index >= 0) & (index < len(values))
    return np.where(inside, values[np.where(inside, index, 0)], np.nan)


def _runs(fault: Fault, where: BoolArray, least: int) -> Iterator[Finding]:
    edges = np.flatnonzero(np.diff(np.r_[False, where, False]))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin >= max(least, 1):
            yield Finding(fault, int(begin), int(end), float(end - begin))


def _flat(values: FloatArray, usual: FloatArray, deviation: FloatArray, least: int) -> Iterator[Finding]:
    same = np.r_[False, np.diff(values) == 0] & (values != 0)
    for one in _runs(Fault.FLAT, same, least):
        moved = np.ptp(usual[one.begin : one.end]) if np.isfinite(usual[one.begin : one.end]).all() else np.inf
        if moved > deviation[one.begin]:
            yield Finding(Fault.FLAT, one.begin - 1, one.end, one.size + 1)


def _spikes(
    values: FloatArray, usual: FloatArray, deviation: FloatArray, bounds: Bounds, hour: int
) -> Iterator[Finding]:
    for one in _runs(Fault.SPIKE, np.abs(values - usual) > bounds.spike * deviation, 1):
        if one.end - one.begin <= 2 * hour:
            yield Finding(
                Fault.SPIKE, one.begin, one.end, float(np.nanmax(np.abs((values - usual)[one.begin : one.end])))
            )


def _turned(values: FloatArray, usual: FloatArray, deviation: FloatArray, hour: int) -> Iterator[Finding]:
    turned = (np.abs(values + usual) < 2 * deviation) & (np.abs(values - usual) > 4 * deviation)
    yield from _runs(Fault.SIGN, turned, 2 * hour)


def _shifted(
    values: FloatArray, usual: FloatArray, deviation: FloatArray, bounds: Bounds, hour: int
) -> Iterator[Finding]:
    """A level that stays away: a feeder that has taken over its neighbour's load, or lost its own."""
    least = int(bounds.shift_h * hour)
    for sign in (1.0, -1.0):
        away = sign * (values - usual) > bounds.shift * deviation
        turned = np.abs(values + usual) < 2 * deviation
        for one in _runs(Fault.STEP, away & ~turned & (values != 0), least):
            yield Finding(Fault.STEP, one.begin, one.end, float(np.median((values - usual)[one.begin : one.end])))


def _late_clocks(clock: Clock, values: FloatArray, usual: FloatArray, deviation: FloatArray) -> Iterator[Finding]:
    """Days that fit the days before them far better when moved by an hour or two."""
    hour, day = max(3600 // clock.step_s, 1), clock.day
    days = max((len(values) - 1) // day - 1, 0)  # neither the first nor the last
    step = np.arange(day, day + days * day)
    errors = np.stack([_misfits(_at(values, step + hours * hour), usual[step], day) for hours in _LATE_H])
    best = errors.argmin(axis=0)
    late = (best > 0) & (errors.min(axis=0) < _FITS_BETTER * errors[0]) & (errors[0] > deviation[step[::day]] ** 2)
    for number in np.flatnonzero(late).tolist():
        begin = day * (1 + number)
        yield Finding(Fault.CLOCK, begin, begin + day, float(_LATE_H[best[number]]))


def _misfits(values: FloatArray, usual: FloatArray, day: int) -> FloatArray:
    """Mean square per day; infinite where less than half of it can be compared."""
    apart = ((values - usual) ** 2).reshape(-1, day)
    known = np.isfinite(apart)
    count = known.sum(axis=1)
    mean = np.where(known, apart, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > day // 2, mean, np.inf)
