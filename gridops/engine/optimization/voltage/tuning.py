"""Step by step, without whole positions: the best reactive powers for given taps and banks, or all controls relaxed.

A convex quadratic program for each step by the solver port: slopes and curvature of the objective, the watched voltages
with a price for what is beyond. Nothing joins the steps here.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.linear import Linear
from gridops.engine.optimization.voltage.program import BEYOND, MARGIN_PU, Reach
from gridops.engine.units import PERCENT

# Curvature that every control has at least, so that a step has one answer; more where the solver stumbles.
EASE = (1e-6, 1e-3, 1e-2)


@dataclass(frozen=True, slots=True)
class Tuned:
    at: FloatArray  # (T, controls)
    value: FloatArray  # (T,) of objective and price of what is beyond, in mean steps, as the model has it
    slope: FloatArray  # (T, controls) of that value by each control that stands at a bound
    seconds: float  # of the solver alone


def tuned(
    flows: Flows,
    *,
    linear: Linear,
    at: FloatArray,
    about: FloatArray,
    watched: BoolArray,
    reach: Reach,
    scale: float,
    margin_pu: float = MARGIN_PU,
    curved: bool = True,
) -> Tuned:
    """Controls that are least in the model about `about`, within `reach`; a step that is not solved keeps `at`.

    curved: false leaves the curvature out, which can only make the value less.
    """
    best, value, slope, seconds = at.copy(), np.full(len(at), np.nan), np.zeros(at.shape), 0.0
    program = partial(
        _program, flows, linear, about=about, watched=watched, reach=reach, scale=scale, margin_pu=margin_pu
    )
    for step in range(len(at)):
        for ease in EASE if curved else (None,):
            solved = solve(program(step=step, ease=ease), seconds=5.0)
            seconds += solved.seconds
            if solved.ok:
                break
        if solved.ok:
            found = np.clip(solved.x[: at.shape[1]], reach.low[step], reach.high[step])
            eased = 0.5 * (_ease(reach.low[step], reach.high[step], ease or 0.0) * (found - about[step]) ** 2).sum()
            best[step], value[step] = found, solved.objective - eased
            slope[step] = solved.reduced_cost[: at.shape[1]]
    return Tuned(best, value, slope, seconds)


def _ease(low: FloatArray, high: FloatArray, ease: float) -> FloatArray:
    return np.asarray(ease / np.maximum(0.5 * (high - low), 1.0) ** 2, np.float64)


def _program(
    flows: Flows,
    linear: Linear,
    *,
    about: FloatArray,
    watched: BoolArray,
    reach: Reach,
    scale: float,
    margin_pu: float,
    step: int,
    ease: float | None,
) -> Program:
    here, low, high = about[step], reach.low[step], reach.high[step]
    buses = np.flatnonzero(watched[step])
    slope = linear.rows(np.full(len(buses), step, np.int32), buses.astype(np.int32))
    base = linear.magnitude[step, buses] - slope @ here
    bottom, top = flows.low_pu[buses] + margin_pu - base, flows.high_pu[buses] - margin_pu - base
    middle, half = slope @ (0.5 * (low + high)), np.abs(slope) @ (0.5 * (high - low))
    binding = (middle + half > top) | (middle - half < bottom)
    count, n = int(binding.sum()), len(here)
    hessian = np.zeros((n + 2 * count, n + 2 * count))
    if ease is not None:
        hessian[:n, :n] = linear.hessian(step) / scale + np.diag(_ease(low, high, ease))
    gradient = linear.gradient[step] / scale
    bend = hessian[:n, :n] @ here
    slack = np.hstack([-np.eye(count), np.eye(count)])  # voltages in percent: the solver wants numbers of like size
    return Program.of(
        cost=np.concatenate([gradient - bend, np.full(2 * count, BEYOND * PERCENT)]),
        lower=np.concatenate([low, np.zeros(2 * count)]),
        upper=np.concatenate([high, np.full(2 * count, np.inf)]),
        matrix=csr_array(np.hstack([slope[binding] / PERCENT, slack])),
        row_lower=bottom[binding] / PERCENT,
        row_upper=top[binding] / PERCENT,
        offset=float(linear.value[step] / scale - gradient @ here + 0.5 * here @ bend),
        hessian=None if ease is None else hessian,
    )
