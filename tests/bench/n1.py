"""Every outage of a network, against the solver's own batch over the same outages, and pandapower's own loop."""

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from gridops.engine.security.contingency import Contingencies
from gridops.engine.security.screening import Limits, screen_prepared
from gridops.engine.security.zones import OperatingPoint
from tests.bench.context import Bench
from tests.bench.figures import Aim, Figure, in_turns, timed
from tests.engine.networks import Grid, read
from tests.engine.plain_outages import PlainBatch, operating_point

ROUNDS = 9
LOOPED = 15  # outages of pandapower's loop, which takes its time
SAME_PU = 1e-6
RADIAL = Aim(0.3, at_least=False)
MESHED = Aim(1.2, at_least=False)
PANDAPOWER = Aim(100.0, at_least=True)


def measure(_: Bench) -> list[Figure]:
    """`screen_prepared` from a state to the consequences of every outage; a power-grid-model that solves the same
    outages as one batch. Both have the network ready. The voltages are compared in the run.
    """
    with quiet():
        return [figure for name, make, aim in _networks() for figure in _measured(name, read(make()), aim)]


def _networks() -> Iterator[tuple[str, Callable[[], Any], Aim]]:
    """The heavy libraries are loaded only for this."""
    simbench = importlib.import_module("simbench")
    yield "n1-radial-mv", partial(simbench.get_simbench_net, "1-MV-urban--0-sw"), RADIAL
    yield "n1-radial-mvlv", partial(simbench.get_simbench_net, "1-MVLV-rural-all-0-sw"), RADIAL
    yield "n1-meshed-hv", partial(simbench.get_simbench_net, "1-HV-urban--0-sw"), MESHED
    yield "n1-meshed-hv2", partial(simbench.get_simbench_net, "1-HV-mixed--0-sw"), MESHED


def _measured(name: str, grid: Grid, aim: Aim) -> list[Figure]:
    point = operating_point(grid)
    plain, count = PlainBatch(point), point.network.n_nodes
    every = 1 if len(plain.branches) < 1000 else 10
    plain.keep(slice(None, None, every))
    limits = Limits(np.full(count, 0.9), np.full(count, 1.1), np.ones(count))
    ours = partial(screen_prepared, Contingencies(point), limits, plain.branches)
    difference = _difference(point, plain)
    assert difference <= SAME_PU, f"{name}: the voltages differ by {difference:.1e} pu."
    taken, batch = in_turns(ours, plain.solve, rounds=ROUNDS)
    loop = _pandapower_loop(grid) * len(plain.branches)
    note = f"{len(plain.branches)} outages, equal within {difference:.0e} pu / power-grid-model's batch"
    return [
        Figure(name, 1000 * taken, "ms", 1000 * batch, aim, note),
        Figure(
            f"{name}-pandapower", 1000 * loop, "ms", 1000 * taken, PANDAPOWER, "pandapower's loop (extrapolated) / ours"
        ),
    ]


def _difference(point: OperatingPoint, plain: PlainBatch) -> float:
    """Largest difference of a voltage over all outages; a node that is dead in one only counts as 1."""
    expected, ready, worst = dict(zip(plain.live, plain.voltages(), strict=True)), Contingencies(point), 0.0
    for number, zone in enumerate(ready.zoned.zones):
        for block in ready.blocks(number, np.flatnonzero(np.isin(zone.branch, plain.live))):
            reference = np.array([expected[out][zone.bus] for out in zone.branch[block.which]])
            solved = np.array([not reason for reason in block.reason])
            assert np.array_equal(solved, np.isfinite(reference).all(axis=1)), "Not the same outages have a solution."
            apart = np.abs(np.nan_to_num(block.voltage_pu) - reference)[solved]
            worst = max(worst, float(apart.max(initial=0.0)))
    return worst


def _pandapower_loop(grid: Grid) -> float:
    """Seconds an outage: a line out of service, a power flow from the last result."""
    pandapower, net = importlib.import_module("pandapower"), grid.net
    pandapower.runpp(net, numba=False)
    chosen = net.line.index[net.line.in_service][:: max(1, len(net.line) // LOOPED)]

    def loop() -> None:
        for line in chosen:
            net.line.loc[line, "in_service"] = False
            try:
                pandapower.runpp(net, numba=False, trafo_model="pi", calculate_voltage_angles=True)
            except pandapower.LoadflowNotConverged:
                pass
            finally:
                net.line.loc[line, "in_service"] = True

    return timed(loop) / len(chosen)


@contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
