"""Is a plan better than fixed positions and than local controllers, over seeded days?

    python -m tests.studies voltage-regulation [--grid NAME] [--seed N]

The demo city, two medium-voltage networks and the feeder of Baran and Wu with devices of its own, in hourly steps.
Every figure is of the full power flow of every step.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import process_time

import numpy as np

from apps.assets.adapters.case_network import case_network, named_case
from apps.optimization.adapters.horizon import own_day
from apps.optimization.adapters.voltage import Terms, voltage_problem
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.local import LocalSettings, local_control
from gridops.engine.optimization.voltage.plan import Figures, figures, plan
from gridops.engine.optimization.voltage.problem import Objective, VoltageProblem
from tests.engine.feeder33 import feeder33

DAYS, MOST_OPERATIONS = 7, 12
LAST_DAY = 364


@dataclass(frozen=True)
class Case:
    name: str
    source: str  # empty: the feeder of 33 buses
    steps: int
    growth: float = 1.0  # of all loads and plants, ratings too
    target_pu: float = 1.0  # of the feeder's local controller


CASES = (
    Case("demo city", "simbench:1-HVMV-urban-all-1-sw", 24),
    Case("MV rural", "simbench:1-MV-rural--2-sw", 24),
    Case("MV semi-urban, doubled", "simbench:1-MV-semiurb--2-sw", 24, growth=2.0),
    Case("33 buses with devices", "", 24),
)


@dataclass(frozen=True)
class Day:
    fixed: Figures
    local: Figures
    planned: Figures
    gap: float
    confirmed: bool
    most_operations: int  # of any device
    seconds: float


def of_case(case: Case, arguments: argparse.Namespace) -> list[Day]:
    return [one_day(problem, target) for problem, target in problems(case, arguments)]


def one_day(problem: VoltageProblem, target_pu: np.ndarray) -> Day:
    flows, begun = Flows(problem), process_time()
    done = plan(problem)
    seconds = process_time() - begun
    field = local_control(flows, LocalSettings(target_pu))
    moves = np.concatenate(done.chosen.operations(problem))
    return Day(
        done.found,
        figures(flows, field, flows.solve(field)),
        done.planned,
        done.gap,
        done.confirmed,
        int(moves.max(initial=0)),
        seconds,
    )


def problems(case: Case, arguments: argparse.Namespace) -> Iterator[tuple[VoltageProblem, np.ndarray]]:
    if not case.source:
        for day in range(DAYS):
            problem = feeder33(1000 * arguments.seed + day, steps=case.steps, most=MOST_OPERATIONS)
            yield problem, np.full(problem.taps.n_controls, case.target_pu)
        return
    here = case_network(named_case(case.source, arguments.cache))
    here = replace(
        here, p_kw=case.growth * here.p_kw, q_kvar=case.growth * here.q_kvar, rated_s_kva=case.growth * here.rated_s_kva
    )
    days = np.sort(np.random.default_rng(arguments.seed).choice(LAST_DAY, DAYS, replace=False)) + 1
    for day in days.tolist():
        horizon = own_day(here, day=day, steps=case.steps)
        problem = voltage_problem(here, horizon, Terms(Objective.LOSS, MOST_OPERATIONS, 0.0))
        _, first = np.unique(problem.taps.control, return_index=True)
        yield problem, here.target_pu[problem.taps.transformer[first]]


HEAD = (
    "| network | steps | violations fixed / local / plan | loss kWh fixed / local / plan | "
    "most operations of a device | largest gap | confirmed days | CPU s a day |\n|---|---|---|---|---|---|---|---|"
)


def row(case: Case, days: list[Day]) -> str:
    def total(part: str, name: str) -> float:
        return sum(getattr(getattr(day, part), name) for day in days)

    broken = " / ".join(f"{total(part, 'violations'):,}" for part in ("fixed", "local", "planned"))
    loss = " / ".join(f"{total(part, 'loss_kwh'):,.0f}" for part in ("fixed", "local", "planned"))
    confirmed = sum(day.confirmed for day in days)
    return (
        f"| {case.name} | {DAYS} x {case.steps} | {broken} | {loss} | {max(day.most_operations for day in days)} | "
        f"{100 * float(np.nanmax([day.gap for day in days])):.2f} % | {confirmed} of {len(days)} | "
        f"{np.mean([day.seconds for day in days]):.1f} |"
    )


def run(arguments: argparse.Namespace) -> str:
    chosen = [case for case in CASES if case.name.startswith(arguments.grid)]
    return "\n".join([HEAD, *(row(case, of_case(case, arguments)) for case in chosen)])
