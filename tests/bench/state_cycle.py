"""The state cycle on networks of growing size, against the sum of its bare parts, and how it grows."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import numpy as np
import orjson
import psycopg
import redis
from django.conf import settings
from django.db import connection

from gridops.engine.estimation.estimate import BadDatum
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import MeasurementKind
from gridops.engine.network.model import IntArray
from tests.bench.context import LONG_ENOUGH, WARM, Bench, City, Problem
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns
from tests.bench.scan import bare_copy, bare_publish, stored_row
from tests.bench.tiled_case import tiled_source
from tests.engine.bare import bare_estimate
from tests.factories.field import make_room

LARGEST = "simbench:1-MVLV-urban-all-1-sw"
GRIDS = (
    ("150", "simbench:1-MV-urban--1-sw", None),
    ("1,900", "simbench:1-HVMV-urban-all-1-sw", None),
    ("10,000", LARGEST, Aim(1.5, at_least=False)),
)
COPIES = 5  # of the largest city make a network of 50,000
ROUNDS, ROUNDS_LARGE = 30, 10
MOST_SCANS = 20


def measure(bench: Bench) -> list[Figure]:
    """`Scanner.scan` of fresh readings against a warm power-grid-model that takes the same measurements and solves
    once, a binary COPY of the stored row's bytes with commit, and a PUBLISH of the published bytes; then the exponent
    of the growth of the cycle with the number of nodes.
    """
    large = tiled_source(LARGEST, COPIES, bench.cases)
    found = [_one(bench, name, source, aim) for name, source, aim in GRIDS]
    found.append(_one(bench, "50,000", large, None, rounds=ROUNDS_LARGE))
    figures = [figure for figure, _ in found]
    slope = _exponent([nodes for _, nodes in found], [figure.value for figure in figures])
    growth = Figure("state-growth", slope, "exponent", 1.0, Aim(1.2, at_least=False), "linear is 1")
    return [*figures, growth]


def _one(bench: Bench, name: str, source: str, aim: Aim | None, *, rounds: int = ROUNDS) -> tuple[Figure, int]:
    """The figure, and the number of nodes."""
    with _city(bench, source) as city:
        problem = _clean(city)
        solve = bare_estimate(*problem)
        solution = city.see()
        frame, system = bytes(solution.frame), orjson.dumps(solution.system)
        with psycopg.connect(**address(), autocommit=True) as bare:
            bare.execute("CREATE TEMPORARY TABLE IF NOT EXISTS bench_scan (content bytea STORAGE EXTERNAL)")
            copy = partial(bare_copy, bare, frame + stored_row(solution))
            publish = partial(bare_publish, redis.Redis.from_url(settings.LIVE_REDIS_URL), (frame, system))
            scan, *parts = in_turns(city.scan, solve, copy, publish, rounds=rounds, before=city.hear_and_take)
    limit = "bare solver {:.1f} + COPY {:.1f} + PUBLISH {:.1f} ms".format(*(1000 * part for part in parts))
    nodes = problem.network.n_nodes
    note = f"{nodes:,} nodes: read, estimate, store, publish / {limit} of the same bytes"
    return Figure(f"state-{name}", 1000 * scan, "ms", 1000 * sum(parts), aim, note), nodes


def _clean(city: City) -> Problem:
    """A scan without what is found to be wrong in it: with a gross error the bare solver may find no solution."""
    for _ in range(MOST_SCANS):
        problem = city.problem()
        estimator = Estimator(problem.network, problem.topology)
        found = estimator.estimate(problem.measurements, problem.tap_position, left_out=problem.left_out)
        if found.converged and not found.is_approximate:
            return problem._replace(left_out=_wrong(problem, found.bad))
    raise RuntimeError(f"none of {MOST_SCANS} scans could be solved")


def _wrong(problem: Problem, found: Sequence[BadDatum]) -> dict[MeasurementKind, IntArray]:
    wrong = {kind: set(positions.tolist()) for kind, positions in (problem.left_out or {}).items()}
    for one in found:
        wrong.setdefault(one.kind, set()).add(one.index)
    return {kind: np.array(sorted(positions), np.int64) for kind, positions in wrong.items()}


@contextmanager
def _city(bench: Bench, source: str) -> Iterator[City]:
    """A city of its own in an empty house."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE assets_networkmodel, telemetry_gateway, alarms_alarm CASCADE")
    begun = datetime.now(UTC) - LONG_ENOUGH
    city = City(make_room(source, bench.cases, started_at=begun), begun)
    city.see(begun)
    for _ in range(WARM):
        city.see()
    yield city


def _exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Least squares of log(value) over log(size)."""
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return slope / sum((a - mean_x) ** 2 for a in x)
