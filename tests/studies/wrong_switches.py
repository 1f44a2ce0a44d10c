"""Are wrong switch positions found? One switch at a time says what is not so, and the engine is asked.

    python -m tests.studies wrong-switches --grid 1-MV-urban--0-sw --draws 400

A wrong position can be seen if the meters fit the true positions better than the reported ones by more than noise;
an open end of a line that says it is closed cannot. Switches in series without a meter between them are named
together. What one meter alone denies is a meter's fault, and counted apart.
"""

import argparse
from collections import Counter

import numpy as np

from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.switching import MARGIN, SWITCH_PRICE, find_wrong_switch, is_suspicious, score
from gridops.engine.network.topology import Topology, resolve
from tests.engine.networks import Grid
from tests.engine.wrong_switches import Case, make_case, meters_of
from tests.studies.grids import solved


def study(grid: Grid, *, draws: int, seed: int) -> Counter[str]:
    rng, counts = np.random.default_rng(seed), Counter[str]()
    normal = resolve(grid.network, grid.switch_closed)
    for number in range(draws):
        switch = int(rng.integers(len(grid.switch_closed)))
        case = make_case(grid, switch, rng, moved=bool(number % 2))
        if np.array_equal(case.true.bus_of_node, case.reported.bus_of_node):
            counts["no electrical difference"] += 1
            continue
        told = "closed" if case.reported.switch_closed[switch] else "open"
        counts[f"says {told}: {_outcome(grid, case, switch)}"] += 1
    for _ in range(draws):
        clean = Case(normal, normal, meters_of(grid, normal, rng))
        counts["clean scans"] += 1
        counts["clean scans in which a switch was accused"] += _ask(grid, clean) is not None
    return counts


def _outcome(grid: Grid, case: Case, switch: int) -> str:
    found = _ask(grid, case)
    if found is not None:
        if found[0] == switch:
            return "named" if len(found) == 1 else "named with a twin"
        return "named with a twin" if switch in found else "another accused"
    estimate = Estimator(grid.network, case.reported).estimate(case.measurements, grid.tap_position)
    if not is_suspicious(case.reported, case.measurements, estimate):
        return "one meter alone denies it, or none"
    gain = _raw(grid, case, case.reported) - _raw(grid, case, case.true)
    return "missed" if gain > SWITCH_PRICE + MARGIN else "cannot be seen"


def _ask(grid: Grid, case: Case) -> tuple[int, ...] | None:
    """The switches named."""
    network, taps = grid.network, grid.tap_position
    estimate = Estimator(network, case.reported).estimate(case.measurements, taps)
    if not is_suspicious(case.reported, case.measurements, estimate):
        return None
    finding = find_wrong_switch(network, case.reported, case.measurements, taps, estimate)
    return None if finding is None else (finding.wrong.switch, *finding.wrong.alternatives)


def _raw(grid: Grid, case: Case, topology: Topology) -> float:
    estimator = Estimator(grid.network, topology)
    return score(
        topology, case.measurements, estimator.estimate(case.measurements, grid.tap_position, remove_bad=False)
    )


def share_named(counts: Counter[str]) -> float:
    named = sum(count for name, count in counts.items() if ": named" in name)
    lost = sum(count for name, count in counts.items() if name.endswith((": missed", ": another accused")))
    return named / max(named + lost, 1)


def run(arguments: argparse.Namespace) -> str:
    counts = study(solved(arguments.grid), draws=arguments.draws, seed=arguments.seed)
    lines = [f"- `{arguments.grid}`: {share_named(counts):.1%} named of those that can be seen"]
    return "\n".join(lines + [f"  - {name}: {count}" for name, count in sorted(counts.items())])
