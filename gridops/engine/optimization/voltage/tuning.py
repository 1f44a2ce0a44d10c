"""Step by step, without whole positions: the best reactive powers for given taps and banks, or all controls relaxed.

A convex quadratic program for each step by the solver port: slopes and curvature of the objective, and voltages with a
price for what is beyond. Of the voltages only those count that came out beyond their limits: the program is solved with
those that bound it last time, all voltages are looked at, and it is solved again with the worst of them until none is
beyond. Nothing joins the steps here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.solver import Program, Solved, Status, solve
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.linear import Linear
from gridops.engine.optimization.voltage.program import BEYOND, MARGIN_PU, Reach
from gridops.engine.units import PERCENT

# Curvature that every control has at least, so that a step has one answer; more where the solver stumbles.
EASE = (1e-6, 1e-3, 1e-2)
SMOOTH, STRAIGHT = EASE[:1], (None,)  # for bounds: with next to no such curvature, and without the objective's own
LONGEST_S = 2.0  # of one solution: beyond, the solver goes round in circles
MOST_LOOKS = 25
MORE_EACH = 5  # voltages of a zone and a side that are taken in at once, the worst
MISSED_PU = 1e-6  # beyond a limit in the model by less is on it
BINDS = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """Voltage limits that count at one step."""

    bus: IntArray
    way: FloatArray  # 1: the high one, -1: the low one

    def joined(self, other: "Limits") -> "Limits":
        return Limits(np.concatenate([self.bus, other.bus]), np.concatenate([self.way, other.way]))


NO_LIMITS = Limits(np.zeros(0, np.int32), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Tuned:
    at: FloatArray  # (T, controls)
    value: FloatArray  # (T,) of objective and price of what is beyond, in mean steps, as the model has it
    slope: FloatArray  # (T, controls) of that value by each control that stands at a bound
    limits: tuple[Limits, ...]  # of each step, those that bound
    seconds: float  # of the solver alone


@dataclass(frozen=True, slots=True)
class Model:
    """The horizon about solved controls, as far as voltages are linear and the objective is quadratic."""

    flows: Flows
    linear: Linear
    zone_of_bus: IntArray
    about: FloatArray  # (T, controls)
    scale: float  # the objective of a mean step
    margin_pu: float = MARGIN_PU


@dataclass(frozen=True, slots=True)
class _Step:
    model: Model
    step: int
    low: FloatArray  # (controls,)
    high: FloatArray
    ease: float | None

    def beyond(self, at: FloatArray, known: Limits) -> Limits:
        """The worst of those limits, not known yet, that the voltages at these controls are beyond."""
        model = self.model
        magnitude, margin = model.linear.moved(self.step, at - model.about[self.step]), model.margin_pu
        over = np.stack([magnitude - model.flows.high_pu + margin, model.flows.low_pu + margin - magnitude])
        over[np.where(known.way > 0, 0, 1), known.bus] = 0.0
        side, bus = (each.astype(np.int32) for each in np.nonzero(over > MISSED_PU))
        group = np.asarray(2 * model.zone_of_bus[bus] + side, np.int32)
        order = np.lexsort((-over[side, bus], group))
        kept = order[_first_of_each(group[order], MORE_EACH)]
        return Limits(bus[kept], np.where(side[kept] == 0, 1.0, -1.0))

    def program(self, limits: Limits) -> Program:
        """Columns: controls, then how far each of the limits is exceeded, in percent: numbers of like size."""
        model, linear, step = self.model, self.model.linear, self.step
        here, n, count = model.about[step], model.about.shape[1], len(limits.bus)
        slope = limits.way[:, None] * linear.rows(np.full(count, step, np.int32), limits.bus)
        room = self._limit(limits) - limits.way * linear.magnitude[step, limits.bus] + slope @ here
        hessian = np.zeros((n + count, n + count))
        if self.ease is not None:
            hessian[:n, :n] = linear.hessian(step) / model.scale
            hessian[np.arange(n), np.arange(n)] += _ease(self.low, self.high, self.ease)
        gradient = linear.gradient[step] / model.scale
        bend = hessian[:n, :n] @ here
        return Program.of(
            cost=np.concatenate([gradient - bend, np.full(count, BEYOND * PERCENT)]),
            lower=np.concatenate([self.low, np.zeros(count)]),
            upper=np.concatenate([self.high, np.full(count, np.inf)]),
            matrix=np.hstack([slope / PERCENT, -np.eye(count)]),
            row_lower=np.full(count, -np.inf),
            row_upper=room / PERCENT,
            offset=float(linear.value[step] / model.scale - gradient @ here + 0.5 * here @ bend),
            hessian=None if self.ease is None else hessian,
        )

    def _limit(self, limits: Limits) -> FloatArray:
        """pu, with the margin, times the way."""
        flows, margin = self.model.flows, self.model.margin_pu
        high, low = flows.high_pu[limits.bus] - margin, flows.low_pu[limits.bus] + margin
        return np.asarray(np.where(limits.way > 0, high, -low), np.float64)


def tuned(
    model: Model, *, at: FloatArray, reach: Reach, known: Sequence[Limits], eases: Sequence[float | None] = EASE
) -> Tuned:
    """Controls that are least in the model within `reach`; a step that is not solved keeps `at`, and its value is nan.

    known: of each step, limits to begin with. eases: curvatures to add, one after the other until the solver does not
    stumble; None leaves the objective's own out, too, which can only make the value less.
    """
    best, value, slope = at.copy(), np.full(len(at), np.nan), np.zeros(at.shape)
    limits, seconds = list(known), 0.0
    for step in range(len(at)):
        low, high = reach.low[step], reach.high[step]
        for ease in eases:
            solved, limits[step], spent = _solved(_Step(model, step, low, high, ease), limits[step])
            seconds += spent
            if solved is not None:
                best[step] = np.clip(solved.x[: at.shape[1]], low, high)
                moved = best[step] - model.about[step]
                value[step] = solved.objective - 0.5 * (_ease(low, high, ease or 0.0) * moved**2).sum()
                slope[step] = solved.reduced_cost[: at.shape[1]]
                break
    return Tuned(best, value, slope, tuple(limits), seconds)


def _solved(step: "_Step", limits: Limits) -> tuple[Solved | None, Limits, float]:
    """The answer, the limits that bind, and the seconds of the solver."""
    spent = 0.0
    for _ in range(MOST_LOOKS):
        solved = solve(step.program(limits), seconds=LONGEST_S)
        spent += solved.seconds
        if solved.status is not Status.OPTIMAL:
            break
        more = step.beyond(solved.x[: len(step.low)], limits)
        if not len(more.bus):
            binding = np.abs(solved.row_dual) > BINDS
            return solved, Limits(limits.bus[binding], limits.way[binding]), spent
        limits = limits.joined(more)
    return None, limits, spent


def _first_of_each(group: IntArray, count: int) -> IntArray:
    """Places of the first so many of each group; the groups are sorted."""
    begin = np.searchsorted(group, group)
    return np.flatnonzero(np.arange(len(group)) - begin < count).astype(np.int32)


def _ease(low: FloatArray, high: FloatArray, ease: float) -> FloatArray:
    return np.asarray(ease / np.maximum(0.5 * (high - low), 1.0) ** 2, np.float64)
