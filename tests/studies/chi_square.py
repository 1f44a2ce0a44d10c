"""Is the estimate as good as it says? Many noisy draws of exact meters, against what least squares predicts.

    python -m tests.studies chi-square --draws 1000
    python -m tests.studies chi-square --draws 1000 --currents all     (and an ammeter at the far end of each line)

With exact models and Gaussian meters, the objective follows chi-square with its degrees of freedom, and so does the
squared error of the whole state over its predicted covariance. Kolmogorov and Smirnov's test says how likely the
draws are if that is so; each node's squared voltage error over its predicted variance has the mean 1.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, kstest

from gridops.engine.estimation.angles import Angles
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.meters import read_currents, read_meters
from tests.engine.networks import Grid
from tests.studies.grids import GRIDS, solved

LEARNING = 20  # draws in which the angles of currents are learnt


@dataclass(frozen=True)
class Fit:
    draws: int
    freedom: int
    objective_mean: float  # over its expectation
    objective_p: float  # of Kolmogorov and Smirnov's test
    alarms: float  # share of draws whose objective is above the threshold of 1 in 100
    state_freedom: int
    state_mean: float
    state_p: float
    node_least: float  # mean squared voltage error of a node over its predicted variance: the least of all nodes
    node_greatest: float


def study(grid: Grid, *, draws: int, seed: int, with_currents: bool = False) -> Fit:
    topology = resolve(grid.network, grid.switch_closed)
    truth = PowerFlow(grid.network, topology).solve(**grid.solve_arguments())
    estimator, rng = Estimator(grid.network, topology), np.random.default_rng(seed)
    phasor = truth.voltage_pu * np.exp(1j * np.radians(truth.angle_deg))
    live = np.flatnonzero(np.isfinite(truth.voltage_pu)).astype(np.int32)
    objective, state, squares = [], [], np.zeros(len(live))
    sigma = None
    angles = Angles(grid.network)
    for number in range(-LEARNING if with_currents else 0, draws):
        meters = read_meters(grid.network, truth, grid, line_sides=(0,), rng=rng)
        if with_currents:
            read = read_currents(grid.network, truth, side=1, rng=rng)
            meters = angles.lend(replace(meters, line_currents=read), topology)
        seen = estimator.examine(meters, grid.tap_position)
        assert seen is not None
        angles.learn(seen.estimate, topology)
        if number < 0:
            continue
        objective.append(seen.estimate.objective)
        score, state_freedom = seen.error_score(phasor)
        state.append(score)
        sigma = seen.voltage_sigma_pu(live) if sigma is None else sigma  # hardly moves with the noise
        squares += ((seen.estimate.voltage_pu - truth.voltage_pu)[live] / sigma) ** 2
    freedom, threshold = seen.estimate.degrees_of_freedom, seen.estimate.threshold
    return Fit(
        draws=draws,
        freedom=freedom,
        objective_mean=float(np.mean(objective)) / freedom,
        objective_p=float(kstest(objective, chi2(freedom).cdf).pvalue),
        alarms=float(np.mean(np.array(objective) > threshold)),
        state_freedom=state_freedom,
        state_mean=float(np.mean(state)) / state_freedom,
        state_p=float(kstest(state, chi2(state_freedom).cdf).pvalue),
        node_least=float(squares.min()) / draws,
        node_greatest=float(squares.max()) / draws,
    )


def report(found: Mapping[str, Fit]) -> str:
    head = (
        "| network | draws | m - n | J / (m - n) | p | J above 99 % | state | error² / its dimension | p "
        "| node's error² / predicted variance |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    rows = [
        f"| `{name}` | {f.draws} | {f.freedom} | {f.objective_mean:.4f} | {f.objective_p:.2f} | {f.alarms:.1%} "
        f"| {f.state_freedom} | {f.state_mean:.4f} | {f.state_p:.2f} | {f.node_least:.2f} to {f.node_greatest:.2f} |"
        for name, f in found.items()
    ]
    return "\n".join([head, *rows])


def run(arguments: argparse.Namespace) -> str:
    names = [arguments.grid] if arguments.grid else list(GRIDS)
    with_currents = arguments.currents == "all"
    return report(
        {
            name: study(solved(name), draws=arguments.draws, seed=arguments.seed, with_currents=with_currents)
            for name in names
        }
    )
