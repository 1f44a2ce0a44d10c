"""A day's voltage plan, from the problem to confirmed set-points, beside the solver alone on the same programs and the
full power flows that confirm."""

from functools import partial

import numpy as np

from apps.assets.adapters.case_network import case_network, named_case
from apps.optimization.adapters.horizon import own_day
from apps.optimization.adapters.voltage import Terms, voltage_problem
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.plan import Plan, plan
from gridops.engine.optimization.voltage.problem import Objective, VoltageProblem
from tests.bench.context import Bench
from tests.bench.figures import Aim, Figure, in_turns

DAY, OPERATIONS, SECONDS = 181, 12, 5.0
BARE = Aim(3.0, at_least=False)
CASES = {
    "optimize-voltage-103": ("simbench:1-MV-rural--2-sw", 24, BARE),
    "optimize-voltage-1600": ("simbench:1-HVMV-urban-all-1-sw", 4, BARE),
    "optimize-voltage-1600-day": ("simbench:1-HVMV-urban-all-1-sw", 24, BARE),
    "optimize-voltage-10000": ("simbench:1-MVLV-urban-all-1-sw", 4, None),
}


def measure(bench: Bench) -> list[Figure]:
    """HiGHS's own seconds on every program of the plan, and one power flow of all steps for every round."""
    return [_measured(bench, name, *each) for name, each in CASES.items()]


def _measured(bench: Bench, name: str, source: str, steps: int, aim: Aim | None) -> Figure:
    here = case_network(named_case(source, bench.cases))
    problem = voltage_problem(here, own_day(here, day=DAY, steps=steps), Terms(Objective.LOSS, OPERATIONS, 0.0))
    flows, made = Flows(problem), plan(problem, seconds=SECONDS)
    bare = partial(_flows, flows, made.chosen, made.rounds + 1)
    runs: list[Plan] = []
    taken, solved = in_turns(partial(_planned, problem, runs), bare, rounds=1)
    limit = runs[-1].solver_seconds + solved  # of the run that was taken
    note = (
        f"{flows.compiled.n_buses} buses, {steps} steps, violations {made.found.violations} to "
        f"{made.planned.violations}, gap {100 * made.gap:.1f} % / HiGHS and power flows"
    )
    return Figure(name, taken, "s", limit, aim, note)


def _planned(problem: VoltageProblem, runs: list[Plan]) -> None:
    runs.append(plan(problem, seconds=SECONDS))
    assert np.isfinite(runs[-1].planned.loss_kwh)


def _flows(flows: Flows, chosen, count: int) -> None:
    for _ in range(count):
        flows.solve(chosen)
