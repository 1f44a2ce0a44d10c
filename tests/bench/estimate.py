"""The engine's estimate, against the solver that it calls."""

from functools import partial

from gridops.engine.estimation.estimator import Estimator
from tests.bench.context import Bench
from tests.bench.figures import Figure, in_turns
from tests.engine.bare import bare_estimate

ROUNDS = 200


def measure(bench: Bench) -> list[Figure]:
    """A warm `Estimator.estimate` of the demo city (observability, bad data test, results), against a warm
    power-grid-model that takes the same measurements and solves once.
    """
    problem = bench.city.problem()
    estimator = Estimator(problem.network, problem.topology)
    ours = partial(estimator.estimate, problem.measurements, problem.tap_position, left_out=problem.left_out)
    bare = bare_estimate(*problem)
    estimate, solver = in_turns(ours, bare, rounds=ROUNDS)
    note = "engine, warm / power-grid-model update and solve"
    return [Figure("estimate", 1000 * estimate, "ms", 1000 * solver, note=note)]
