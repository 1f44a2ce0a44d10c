"""What a trace does to a battery: the time it rests at each state, and its cycles.

Cycles are counted by the rainflow method (ASTM E1049-85 5.4.4, package rainflow); a half cycle counts 0.5.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import rainflow

from gridops.engine.storage.arrays import DAY_S, HOUR_S, FloatArray, IntArray

ROUNDING = 1e-6  # of a solver, that a SoC may lie outside of 0 and 1


@dataclass(frozen=True, slots=True)
class Trace:
    """Operation of B batteries in T steps of equal length."""

    soc: FloatArray  # (B, T + 1) at the edges of the steps
    temperature_c: FloatArray  # (B, T) of the cells
    step_s: float

    def __post_init__(self) -> None:
        batteries, edges = self.soc.shape
        if self.temperature_c.shape != (batteries, edges - 1):
            raise ValueError(
                f"temperature_c has the shape {self.temperature_c.shape}; soc at the edges of the steps asks for "
                f"{(batteries, edges - 1)}."
            )
        if not (self.step_s > 0 and edges > 1):
            raise ValueError("A trace needs at least one step, and a step_s above 0.")
        if not (np.isfinite(self.soc).all() and np.isfinite(self.temperature_c).all()):
            raise ValueError("soc and temperature_c need a number in every step: fill the gaps first.")
        if (self.soc < -ROUNDING).any() or (self.soc > 1 + ROUNDING).any():
            raise ValueError("soc is a fraction of the capacity between 0 and 1; percent must be divided by 100.")


@dataclass(frozen=True, slots=True)
class Stress:
    """A trace as the models of ageing see it: B batteries over T steps, and K cycles of all of them in one list."""

    soc: FloatArray  # (B, T) mean of each step
    temperature_c: FloatArray  # (B, T)
    step_s: float
    battery: IntArray  # (K,) whose cycle
    depth: FloatArray  # (K,) fraction of the capacity
    mean_soc: FloatArray  # (K,)
    c_rate: FloatArray  # (K,) per hour, mean while it moves
    cycle_temperature_c: FloatArray  # (K,)
    count: FloatArray  # (K,) 0.5 or 1, or any number once cycles are split or thinned

    @property
    def batteries(self) -> int:
        return len(self.soc)

    @property
    def days(self) -> float:
        return float(self.soc.shape[1] * self.step_s / DAY_S)

    def of_each(self, cycles: FloatArray) -> FloatArray:
        """Sums of a figure of every cycle (K,), by battery (B,)."""
        return np.bincount(self.battery, weights=cycles, minlength=self.batteries).astype(np.float64)

    def equivalent_cycles(self) -> FloatArray:
        """Full equivalent cycles of the trace (B,): discharged over rated capacity."""
        return self.of_each(self.count * self.depth)

    def with_depth_at_most(self, depth: float) -> Self:
        """The same throughput in more cycles, none deeper than `depth` (above 0)."""
        shallow = np.minimum(self.depth, depth)
        return replace(self, depth=shallow, count=self.count * self.depth / shallow)


def turning_points(series: FloatArray) -> IntArray:
    """Indices of the first, the last and every point (of n) where the series turns; of a level stretch, its start."""
    moves = np.flatnonzero(np.diff(series))
    if not len(moves):
        return np.zeros(1, dtype=np.int64)
    rising = series[moves + 1] > series[moves]
    turns = moves[:-1][rising[1:] != rising[:-1]] + 1
    return np.asarray(np.r_[0, turns, moves[-1] + 1], dtype=np.int64)


def cycles(series: FloatArray) -> FloatArray:
    """Rainflow cycles of a series (n,): rows of range, mean, count, index of its start, index of its end.

    Source: ASTM E1049-85 (2017) 5.4.4. A level series has none.
    """
    points = turning_points(series)
    if len(points) == 1:
        return np.zeros((0, 5))
    ends = [*series[points], series[points[-1]]]  # the package overlooks a lone last half cycle without one more
    found = np.array(list(rainflow.extract_cycles(ends)), dtype=float).reshape(-1, 5)
    found = found[found[:, 0] > 0]
    found[:, 3:] = points[np.minimum(found[:, 3:].astype(np.int64), len(points) - 1)]
    return found


def stress(trace: Trace) -> Stress:
    """Rests and cycles of a trace. Batteries are counted one by one, everything after that is in arrays.

    A trace that is to be repeated should end at the SoC that it began with; otherwise its half cycles stay halves.
    """
    moved = np.abs(np.diff(trace.soc, axis=1))
    moving_h = np.where(moved > 0, trace.step_s / HOUR_S, 0.0)
    found = [np.c_[np.full(len(rows), battery), rows] for battery, rows in enumerate(map(cycles, trace.soc))]
    table = np.concatenate([*found, np.zeros((0, 6))])
    battery, start, end = (table[:, column].astype(np.int64) for column in (0, 4, 5))
    hours = _between(moving_h, battery, start, end)
    return Stress(
        soc=(trace.soc[:, 1:] + trace.soc[:, :-1]) / 2,
        temperature_c=trace.temperature_c,
        step_s=trace.step_s,
        battery=battery,
        depth=table[:, 1],
        mean_soc=table[:, 2],
        c_rate=_between(moved, battery, start, end) / hours,
        cycle_temperature_c=_between(trace.temperature_c, battery, start, end) / (end - start),
        count=table[:, 3],
    )


def _between(steps: FloatArray, battery: IntArray, start: IntArray, end: IntArray) -> FloatArray:
    """Sums of a figure of the steps (B, T) from one edge to another (K,)."""
    sums = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    return np.asarray(sums[battery, end] - sums[battery, start])
