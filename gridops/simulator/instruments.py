"""Reads the truth as the field's instruments do: in their own rhythm, with their own errors, by exception."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.timeseries.quality import Quality
from gridops.simulator.points import APART, BoolArray, Column, FloatArray, IntArray, PointTable

MICROSECONDS = 1_000_000
# An instrument's error is partly its own and constant, partly new with each reading; together one sigma.
CONSTANT_SHARE = 0.6
RANDOM_SHARE = 0.8
OUTLIER_PROBABILITY = 5e-6  # a reading, in about 200 s of a city
REFRESH_S = 60.0  # an unchanged value is sent again after this time
MAX_DELAY_S = 1.0
COMMUNICATION_LOST = int(Quality.INVALID | Quality.OLD_DATA)
INSTRUMENT_FAILED = int(Quality.INVALID | Quality.FAILURE)


@dataclass(frozen=True, slots=True)
class Readings:
    """Values as they leave the field: the point's position in the table, and when it was measured (UTC)."""

    point: IntArray
    value: FloatArray
    quality: npt.NDArray[np.uint16]
    at_us: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point)


Draw = Callable[[np.random.Generator, int], FloatArray]


def _normal(generator: np.random.Generator, count: int) -> FloatArray:
    return generator.standard_normal(count)


def _gross(generator: np.random.Generator, count: int) -> FloatArray:
    return generator.uniform(1.3, 2.0, count)


def _even(generator: np.random.Generator, count: int) -> FloatArray:
    return generator.random(count)


class Instruments:
    def __init__(self, table: PointTable, generator: np.random.Generator, sealed: int | None = None) -> None:
        """sealed: the seed from which, with the time, all noise follows."""
        self._table = table
        self._generator, self._sealed = generator, sealed
        size = len(table)
        self._apart = generator.spawn(1)[0]
        self._is_apart: BoolArray = np.isin(table.column, APART)
        self._constant_error = CONSTANT_SHARE * table.sigma * self._drawn(_normal)
        self._slot = np.full(size, -1, dtype=np.int64)
        self._sent_value = np.full(size, np.nan)
        self._sent_quality = np.zeros(size, dtype=np.uint16)
        self._sent_at_s = np.full(size, -np.inf)
        self._held = np.full(size, np.nan)  # the value at which a frozen instrument stands
        self.is_dead: BoolArray = table.is_dead.copy()
        self.is_frozen: BoolArray = np.zeros(size, dtype=np.bool_)
        self.gross_factor: FloatArray = np.ones(size)
        self.is_cut_off: BoolArray = np.zeros(size, dtype=np.bool_)  # its station has lost communication

    def read(self, truth: FloatArray, at_us: npt.NDArray[np.int64], *, everything: bool = False) -> Readings:
        """What is sent after this step. truth, at_us: per point; everything: as for an interrogation."""
        now_s = float(at_us.max()) / MICROSECONDS
        if self._sealed is not None:
            self._generator = np.random.default_rng((self._sealed, 6, int(at_us.max())))
            self._apart = self._generator.spawn(1)[0]
        due = self._due(now_s) | everything
        value = self._measure(truth)
        quality = self._quality()
        chosen = due & (self._worth_sending(value, quality, now_s) | everything)
        self._remember(chosen, value, quality, now_s)
        point = np.flatnonzero(chosen).astype(np.int32)
        return Readings(point, value[point], quality[point], at_us[point])

    def _due(self, now_s: float) -> BoolArray:
        period = np.where(self._table.is_state, 1.0, self._table.period_s)
        slot = np.floor((now_s + self._table.phase_s) / period).astype(np.int64)
        due = (slot != self._slot) | self._table.is_state
        self._slot = slot
        return np.asarray(due, dtype=np.bool_)

    def _measure(self, truth: FloatArray) -> FloatArray:
        table = self._table
        noise = RANDOM_SHARE * table.sigma * self._drawn(_normal)
        value = (truth + self._constant_error + noise) * self.gross_factor
        value = np.where(self._outliers(), value * self._drawn(_gross), value)
        value = np.round(value / table.resolution) * table.resolution
        value = np.where(_is_magnitude(table), np.abs(value), value)
        value = np.where(table.is_state, truth, value)
        self._held = np.where(self.is_frozen, np.where(np.isnan(self._held), value, self._held), np.nan)
        value = np.where(self.is_frozen, self._held, value)
        return np.where(self.is_dead, 0.0, value)

    def _drawn(self, draw: Draw) -> FloatArray:
        """One per point; those of `APART` from a generator of their own."""
        found = np.empty(len(self._table))
        found[~self._is_apart] = draw(self._generator, int((~self._is_apart).sum()))
        found[self._is_apart] = draw(self._apart, int(self._is_apart.sum()))
        return found

    def _outliers(self) -> BoolArray:
        """The draws are per step of a second; an instrument that is not due keeps its outlier to itself."""
        return self._drawn(_even) < OUTLIER_PROBABILITY

    def _quality(self) -> npt.NDArray[np.uint16]:
        quality = np.where(self.is_dead, INSTRUMENT_FAILED, int(Quality.GOOD))
        return np.where(self.is_cut_off, COMMUNICATION_LOST, quality).astype(np.uint16)

    def _worth_sending(self, value: FloatArray, quality: npt.NDArray[np.uint16], now_s: float) -> BoolArray:
        """A change beyond the deadband, a new quality, or a good value that has not been confirmed for long."""
        is_good = quality == Quality.GOOD
        moved = ~(np.abs(value - self._sent_value) <= self._table.deadband)
        old = (now_s - self._sent_at_s >= REFRESH_S) & ~self._table.is_state
        return np.asarray((is_good & (moved | old)) | (quality != self._sent_quality), dtype=np.bool_)

    def _remember(self, chosen: BoolArray, value: FloatArray, quality: npt.NDArray[np.uint16], now_s: float) -> None:
        self._sent_value = np.where(chosen, value, self._sent_value)
        self._sent_quality = np.where(chosen, quality, self._sent_quality).astype(np.uint16)
        self._sent_at_s = np.where(chosen, now_s, self._sent_at_s)


def _is_magnitude(table: PointTable) -> BoolArray:
    magnitudes = [Column.NODE_VOLTAGE, Column.LINE_I_FROM, Column.LINE_I_TO]
    return np.isin(table.column, magnitudes)


class Transport:
    """Holds readings back for the time their station's line takes: constant for states, with jitter for values."""

    def __init__(self, table: PointTable, generator: np.random.Generator) -> None:
        self._generator = generator
        stations, of_point = np.unique(table.common_address, return_inverse=True)
        self._base_s = generator.uniform(0.02, 0.4, len(stations))[of_point]
        self._jitter_s = np.where(table.is_state, 0.0, MAX_DELAY_S - 0.4)
        self._waiting: list[tuple[npt.NDArray[np.int64], Readings]] = []

    def push(self, readings: Readings) -> None:
        if len(readings):
            jitter = self._jitter_s[readings.point] * self._generator.random(len(readings))
            delay_us = ((self._base_s[readings.point] + jitter) * MICROSECONDS).astype(np.int64)
            self._waiting.append((readings.at_us + delay_us, readings))

    def pop(self, now_us: int) -> Readings:
        """All that has arrived by now, oldest first."""
        arrived: list[Readings] = []
        waiting: list[tuple[npt.NDArray[np.int64], Readings]] = []
        for due_us, readings in self._waiting:
            is_here = due_us <= now_us
            if is_here.any():
                arrived.append(_subset(readings, is_here))
            if not is_here.all():
                waiting.append((due_us[~is_here], _subset(readings, ~is_here)))
        self._waiting = waiting
        return concatenate(arrived)


def _subset(readings: Readings, mask: BoolArray) -> Readings:
    return Readings(readings.point[mask], readings.value[mask], readings.quality[mask], readings.at_us[mask])


def concatenate(parts: list[Readings]) -> Readings:
    if not parts:
        return Readings(np.empty(0, np.int32), np.empty(0), np.empty(0, dtype=np.uint16), np.empty(0, dtype=np.int64))
    return Readings(
        np.concatenate([part.point for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.at_us for part in parts]),
    )
