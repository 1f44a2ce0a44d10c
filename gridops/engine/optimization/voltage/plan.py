"""A plan of set-points for a horizon: linearise, solve, confirm by the full power flow, and again.

Every candidate of the mixed-integer program is solved by the full power flow. It is taken only if that is better than
the best so far: less voltage beyond the limits first, then the objective. Otherwise the controls may move half as far
about the best, until nothing is gained. What is handed back is always a confirmed horizon.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.voltage.flows import Flows, Solution
from gridops.engine.optimization.voltage.grouping import MOST_GROUPS, Groups
from gridops.engine.optimization.voltage.linear import Linear, objective_value
from gridops.engine.optimization.voltage.problem import Objective, SetPoints, VoltageProblem, as_found
from gridops.engine.optimization.voltage.program import BEYOND
from gridops.engine.optimization.voltage.search import Best, Planner
from gridops.engine.optimization.voltage.tuning import SMOOTH, STRAIGHT


@dataclass(frozen=True, slots=True)
class Figures:
    """What a horizon comes to, by the full power flow."""

    violations: int  # live buses times steps
    excess_pu: float  # sum of how far they are beyond
    worst_pu: float
    loss_kwh: float
    drawn_kwh: float
    objective: float  # sum over the steps
    overloads: int  # branches times steps
    operations: int  # of taps and banks, all devices
    solved: bool


@dataclass(frozen=True, slots=True)
class Plan:
    chosen: SetPoints
    solution: Solution
    found: Figures  # as everything stands
    planned: Figures
    confirmed: bool  # the full power flow of every step bears the plan out, and it is better than leaving things alone
    reason: str  # where it is not confirmed or voltages stay beyond their limits: why, in plain words
    bound: float  # no plan has an objective below, as far as the objective is convex and the voltages linear
    gap: float  # (objective - bound) / objective, what is beyond priced in both; nan where only violations count
    rounds: int
    solver_seconds: float  # in HiGHS alone
    groups: Groups


def plan(problem: VoltageProblem, *, most_groups: int = MOST_GROUPS, seconds: float = 20.0) -> Plan:
    """Set-points for the horizon of a problem.

    most_groups: inverters beyond so many share commands. seconds: the most that the solver takes for one round.
    No better set-points, and no solution of the power flow, are results with a reason.
    """
    search = Planner(problem, most_groups=most_groups, seconds=seconds)
    untouched = as_found(problem)
    found = search.flows.solve(untouched)
    if found.solved.all():
        search.scale = _mean_step(search, found)
    best = search.begun(untouched)
    if not np.isfinite(best.merit):
        return _told(search, best, untouched=untouched, found=found)
    best, linear = search.improved(best)
    if search.flows.excess_pu(best.solution).any():
        best, linear = search.cleared(best, linear)
    best = search.polished(best)
    bound = _bound(search, best, linear)
    return _told(search, best, untouched=untouched, found=found, bound=bound * search.scale)


def _mean_step(search: Planner, found: Solution) -> float:
    """The objective of a mean step, never near nothing: plants can bring what is drawn to nothing and below."""
    mean = abs(float(objective_value(search.flows, found).mean()))
    if search.problem.objective is Objective.CVR:
        mean = max(mean, float(-np.minimum(search.problem.p_kw, 0.0).sum(axis=1).mean()))
    return max(mean, 1e-9)


def _bound(search: Planner, best: Best, linear: Linear) -> float:
    """Sum over the steps, in mean steps. Where the curved program did not end below the plan, the straight one counts.

    The model is moved to the relaxed positions, rounded, so that it is good where it is least. Straight, the value is
    never more: the objective lies above its tangent.
    """
    most, anywhere = _worth(search, best.solution), search.anywhere
    near = search.best_of(search.relaxed(best, linear, 0.0, reach=anywhere).at)
    if near.solution.solved.all():
        best, linear = near, search.linear(near, linear, best)
    value = search.relaxed(best, linear, 0.0, reach=anywhere, eases=SMOOTH).value
    if not (value <= most).all():
        straight = search.relaxed(best, linear, 0.0, reach=anywhere, eases=STRAIGHT).value
        value = np.where(value <= most, value, straight)
    return float(value.sum())


def _worth(search: Planner, solution: Solution) -> FloatArray:
    """(T,) objective and price of what is beyond limits, in mean steps; operations count for nothing."""
    beyond = search.flows.excess_pu(solution).sum(axis=1) * BEYOND
    return np.asarray(objective_value(search.flows, solution) / search.scale + beyond, np.float64)


def _gap(search: Planner, best: Best, bound: float) -> float:
    if search.problem.objective is Objective.VIOLATIONS:
        return float("nan")
    reached = float(_worth(search, best.solution).sum())
    return (reached - bound / search.scale) / max(abs(reached), 1e-12)


def figures(flows: Flows, chosen: SetPoints, solution: Solution) -> Figures:
    """Sums over the horizon; energy over `step_hours`."""
    excess, hours = flows.excess_pu(solution), flows.problem.step_hours
    return Figures(
        violations=int((excess > 0).sum()),
        excess_pu=float(excess.sum()),
        worst_pu=float(excess.max(initial=0.0)),
        loss_kwh=float(solution.loss_kw.sum() * hours),
        drawn_kwh=float(solution.drawn_kw.sum() * hours),
        objective=float(objective_value(flows, solution).sum()),
        overloads=int(solution.overloads.sum()),
        operations=sum(int(each.sum()) for each in chosen.operations(flows.problem)),
        solved=bool(solution.solved.all()),
    )


def _told(
    search: Planner,
    best: Best,
    *,
    untouched: SetPoints,
    found: Solution,
    bound: float = float("nan"),
) -> Plan:
    before, after = (
        figures(search.flows, untouched, found),
        figures(search.flows, best.chosen, best.solution),
    )
    confirmed = after.solved and _is_better(search, untouched, found, best) and after.overloads <= before.overloads
    return Plan(
        chosen=best.chosen,
        solution=best.solution,
        found=before,
        planned=after,
        confirmed=confirmed,
        reason=_reason(before, after, confirmed),
        bound=bound,
        gap=_gap(search, best, bound),
        rounds=search.rounds,
        solver_seconds=search.solver_seconds,
        groups=search.groups,
    )


def _reason(before: Figures, after: Figures, confirmed: bool) -> str:
    if not after.solved:
        return "No better set-points: the power flow has no solution in some steps, with any that were tried."
    if after.overloads > before.overloads:
        return "No better set-points: those that were found load branches beyond their ratings."
    if not confirmed:
        return "No better set-points: what was tried is no better than leaving everything as it stands."
    return "Some voltages stay beyond their limits." if after.violations else ""


def _is_better(search: Planner, untouched: SetPoints, found: Solution, best: Best) -> bool:
    return best.merit < search.merit(untouched, found)
