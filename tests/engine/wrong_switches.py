"""A switch that is not where it is said to be, and what the meters of the true network say."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.estimation.measurements import Injections, Measurements
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.meters import read_meters
from tests.engine.networks import Grid


@dataclass(frozen=True)
class Case:
    true: Topology
    reported: Topology
    measurements: Measurements


def make_case(grid: Grid, switch: int, rng, *, moved: bool) -> Case:
    """moved: the switch has left its position and says it has not; else it says it has and has not."""
    other = grid.switch_closed.copy()
    other[switch] ^= True
    normal, flipped = resolve(grid.network, grid.switch_closed), resolve(grid.network, other)
    true, reported = (flipped, normal) if moved else (normal, flipped)
    return Case(true, reported, meters_of(grid, true, rng))


def meters_of(grid: Grid, true: Topology, rng) -> Measurements:
    """As `read_meters`; where it is dead, voltmeters read nothing and power meters their noise."""
    truth = PowerFlow(grid.network, true).solve(**grid.solve_arguments())
    meters = read_meters(grid.network, truth, grid, line_sides=(0,), rng=rng)
    at = np.unique(grid.network.injection_node)
    dead = at[~true.node_energised[at]].astype(np.int32)
    sigma = np.full(len(dead), 5.0)
    noise = [sigma * rng.standard_normal(len(dead)) for _ in range(2)]
    quiet = Injections(dead, *noise, sigma, sigma, np.zeros(len(dead), bool))
    joined = (np.concatenate([getattr(meters.injections, n), getattr(quiet, n)]) for n in Injections.__slots__)
    return replace(meters, injections=Injections(*joined), zero_voltages=dead)
