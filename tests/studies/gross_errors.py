"""Are gross errors named? One meter at a time is put 10 to 30 of its sigmas off, and the estimator is asked.

    python -m tests.studies gross-errors --grid 1-MV-urban--0-sw --draws 1000     (meters at every node and line)
    python -m tests.studies gross-errors --grid simbench:1-MV-urban--1-sw --draws 1000     (as the field is metered)

--currents none: without the ammeters at the heads of lines; all: with one at the first end of every line.

What can be named at all follows from the covariance of the residuals, before any error is made:
- an error does not show if its expected normalised residual is below the limit of the test, with room for noise;
- it has a twin if another meter's residual moves with it so closely that noise decides which of the two looks worse.
Both are counted apart. Of the rest, at least 95 % are to be named.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import numpy as np

from apps.state.adapters.solving import Solver
from gridops.engine.estimation.angles import Angles
from gridops.engine.estimation.bad_data import limit_for
from gridops.engine.estimation.currents import Currents, as_read
from gridops.engine.estimation.estimate import Estimate
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.examination import Examination
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.network.model import Network
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.gross_errors import QUANTITIES, draw, spoil
from tests.engine.meters import read_meters
from tests.engine.networks import Grid
from tests.factories.field import Room, make_room
from tests.studies.grids import GRIDS, solved

NOISE = 2.0  # sigmas that noise may take away from an error
ACCURACY, MODEL_ERROR = 0.005, 0.01  # of the ammeters that are put in
CLEAR = 3.0  # sigmas by which the true hypothesis must beat its twin

Clean = Callable[[], Measurements]
Ask = Callable[[Measurements], Estimate]
Examine = Callable[[Measurements], Examination | None]


def study(clean: Clean, ask: Ask, examine: Examine, *, draws: int, rng: np.random.Generator) -> Counter[str]:
    """Counts by '<kind> <what became of it>'; 'wrongly accused' over all draws."""
    counts: Counter[str] = Counter()
    while counts["drawn"] < draws:
        measurements = clean()
        kind, index, quantity = draw(measurements, rng)
        if kind is MeasurementKind.INJECTION and measurements.injections.is_pseudo[index]:
            continue
        sigmas = float(rng.choice([-1, 1]) * rng.uniform(10, 30))
        seen = examine(measurements)
        assert seen is not None
        scrutiny = seen.scrutiny(kind, index, QUANTITIES[kind][quantity])
        bad = ask(spoil(measurements, kind, index, quantity, sigmas)).bad
        named = any(b.kind is kind and b.index == index for b in bad)
        shows = 0.0 if scrutiny is None else abs(sigmas) * np.sqrt(max(scrutiny.share, 0.0))
        if shows < limit_for(_size(measurements)) + NOISE:
            case = "does not show"
        elif scrutiny is not None and shows * np.sqrt(1 - scrutiny.twin**2) < CLEAR:
            case = "has a twin"
        else:
            case = "can be named"
        counts.update(["drawn", f"{kind} {case}", f"{case}: {'named' if named else 'not named'}"])
        counts["wrongly accused"] += len(bad) - named
    return counts


def _size(m: Measurements) -> int:
    powers = (m.injections, m.line_flows, m.transformer_flows, m.sources)
    currents = int(m.line_currents.is_usable.sum())
    return len(m.voltages.node) + currents + 2 * sum(len(group.p_kw) for group in powers)


def share_named(counts: Counter[str]) -> float:
    named, missed = counts["can be named: named"], counts["can be named: not named"]
    return named / max(named + missed, 1)


def full_metering(grid: Grid, *, draws: int, seed: int) -> Counter[str]:
    """Exact models; V, P and Q at each node with equipment, P and Q at one end of each branch."""
    topology = resolve(grid.network, grid.switch_closed)
    truth = PowerFlow(grid.network, topology).solve(**grid.solve_arguments())
    estimator, rng = Estimator(grid.network, topology), np.random.default_rng(seed)

    def clean() -> Measurements:
        return read_meters(grid.network, truth, grid, line_sides=(0,), rng=rng)

    def ask(m: Measurements) -> Estimate:
        return estimator.estimate(m, grid.tap_position)

    return study(clean, ask, lambda m: estimator.examine(m, grid.tap_position), draws=draws, rng=rng)


def field_metering(arguments: argparse.Namespace) -> Counter[str]:
    """The simulated field's meters, profiles and model errors; the errors are put into the last of a few scans."""
    start = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
    room = make_room(arguments.grid, arguments.cache, started_at=start, seed=arguments.seed, speed=1.0)
    scans: list[tuple[Solver, Measurements]] = []
    estimate = Solver.estimate

    def noted(self: Solver, measurements: Measurements, left_out: Any = None) -> Any:
        scans.append((self, measurements))
        return estimate(self, measurements, left_out)

    with patch.object(Solver, "estimate", noted):
        for number in range(10):
            room.step(start + timedelta(seconds=2 * number))
    solver, measurements = scans[-1]
    rng = np.random.default_rng(arguments.seed)
    if arguments.currents != "field":
        read = (
            _everywhere(room, solver.network, solver.estimate(measurements))
            if arguments.currents == "all"
            else Currents()
        )
        measurements = replace(measurements, line_currents=read)
    return study(lambda: measurements, solver.estimate, solver.examine, draws=arguments.draws, rng=rng)


def _everywhere(room: Room, network: Network, estimate: Estimate) -> Currents:
    """One ammeter of class 0.5 a line."""
    truth, lines, rng = room.field.state, network.lines, np.random.default_rng(0)
    assert truth is not None
    branch = np.flatnonzero(lines.rated_a > 0).astype(np.int32)
    sigma = ACCURACY * lines.rated_a[branch]
    value = truth.grid.line_i_from_a[branch] + sigma * rng.standard_normal(len(branch))
    side = np.zeros(len(branch), np.int32)
    read = as_read(branch, side, lines.from_node[branch], np.abs(value), sigma)
    angles, topology = Angles(network), resolve(network, np.ones(len(network.switches.from_node), bool))
    for _ in range(2):
        angles.learn(estimate, topology)
    return angles.lend(Measurements(line_currents=read.less_sure(MODEL_ERROR)), topology).line_currents


def report(grid: str, counts: Counter[str]) -> str:
    lines = [f"- `{grid}`: {counts['drawn']} errors, {share_named(counts):.1%} named of those that can be"]
    lines += [f"  - {name}: {count}" for name, count in sorted(counts.items()) if name != "drawn"]
    return "\n".join(lines)


def run(arguments: argparse.Namespace) -> str:
    if arguments.grid in GRIDS:
        return report(arguments.grid, full_metering(solved(arguments.grid), draws=arguments.draws, seed=arguments.seed))
    return report(arguments.grid, field_metering(arguments))
