"""A network that feeds more out than it takes: what is drawn is below nothing, and limits come first all the same."""

from dataclasses import replace

import numpy as np

from gridops.engine.optimization.voltage.plan import plan
from gridops.engine.optimization.voltage.problem import Inverters, Objective, VoltageProblem
from tests.engine.feeder33 import feeder33

PLANT_KW = 12_000.0
LOADS = 32


def exporting(steps: int) -> VoltageProblem:
    """A plant at the bus of the source: it turns what is drawn below nothing and moves no voltage."""
    problem = feeder33(1, steps=steps)
    network = problem.network
    injection = np.append(network.injection_node, network.source_node[0]).astype(np.int32)
    factor = np.where(np.arange(len(injection)) < LOADS, 0.7, 0.0)
    none = Inverters(np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
    return replace(
        problem,
        network=replace(network, injection_node=injection),
        p_kw=np.hstack([problem.p_kw, np.full((steps, 1), PLANT_KW)]),
        q_kvar=np.hstack([problem.q_kvar, np.zeros((steps, 1))]),
        inverters=none,
        cvr_p=factor,
        cvr_q=factor,
        objective=Objective.CVR,
    )


def test_conservation_breaks_no_limit_where_more_is_fed_out_than_taken() -> None:
    made = plan(exporting(4))
    assert made.found.drawn_kwh < 0
    assert made.planned.violations <= made.found.violations
    assert made.planned.excess_pu <= made.found.excess_pu
    assert made.planned.drawn_kwh < made.found.drawn_kwh
