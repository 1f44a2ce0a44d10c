"""One scan of the demo city, against the sum of its bare parts."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median
from typing import Any
from unittest.mock import patch

import orjson
import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.forms import model_to_dict

from apps.state.adapters import MeterPlan, Solver
from apps.state.models import Solution
from apps.state.services import scan as scanning
from apps.telemetry import selectors as telemetry
from gridops.engine.estimation.estimator import Estimator
from tests.bench.context import Bench, City
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns
from tests.engine.bare import bare_estimate

ROUNDS = 80
INTO = "COPY bench_scan (content) FROM STDIN (FORMAT BINARY)"


def measure(bench: Bench) -> list[Figure]:
    """`Scanner.scan` of fresh readings (read, estimate, judge, store, publish), against a warm power-grid-model that
    takes the same measurements and solves once, a binary COPY of the stored row's bytes with commit, and a PUBLISH of
    the published bytes. Then the share of each stage in the scan.
    """
    city = bench.city
    solve = bare_estimate(*city.problem())
    solution = city.see()
    frame, system = bytes(solution.frame), orjson.dumps(solution.system)
    with psycopg.connect(**address(), autocommit=True) as connection:
        copy = partial(bare_copy, connection, frame + stored_row(solution))
        publish = partial(bare_publish, redis.Redis.from_url(settings.LIVE_REDIS_URL), (frame, system))
        connection.execute("CREATE TABLE bench_scan (content bytea STORAGE EXTERNAL)")
        scan, *parts = in_turns(city.scan, solve, copy, publish, rounds=ROUNDS, before=city.hear_and_take)
    bare = "bare solver {:.1f} + COPY {:.1f} + PUBLISH {:.1f} ms".format(*(1000 * part for part in parts))
    note = f"read, estimate, store, publish / {bare} of the same bytes"
    whole = Figure("scan", 1000 * scan, "ms", 1000 * sum(parts), Aim(2.0, at_least=False), note)
    return [whole, *_shares(city)]


def stored_row(solution: Solution) -> bytes:
    return orjson.dumps(model_to_dict(solution, exclude=["frame"]), default=str)


def bare_copy(connection: psycopg.Connection, content: bytes) -> None:
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(INTO) as copy:
        copy.set_types(["bytea"])
        copy.write_row([content])


def bare_publish(client: redis.Redis, messages: tuple[bytes, ...]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for message in messages:
            pipeline.publish("bench", message)
        pipeline.execute()


def _shares(city: City) -> list[Figure]:
    """Whole scans again, with a watch on each stage; the engine's call is a part of 'solve'."""
    stages = {
        "read": (telemetry, "latest_values"),
        "readings": (MeterPlan, "read"),
        "solve": (Solver, "solve"),
        "engine": (Estimator, "estimate"),
        "store": (scanning.Scanner, "_store"),
        "commit": (connections["default"], "commit"),
        "publish": (scanning, "_publish"),
    }
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        city.hear_and_take()
        with ExitStack() as watches:
            for name, (owner, attribute) in {"scan": (City, "scan"), **stages}.items():
                watches.enter_context(_watched(owner, attribute, taken[name]))
            city.scan()
    scan = 1000 * median(taken["scan"])
    return [
        Figure(f"scan-{name}", 1000 * median(taken[name]), "ms", scan, note="share of the whole scan")
        for name in stages
    ]


@contextmanager
def _watched(owner: object, attribute: str, taken: list[float]) -> Iterator[None]:
    call: Callable[..., Any] = getattr(owner, attribute)

    def timed(*arguments: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            taken.append(time.perf_counter() - begun)

    with patch.object(owner, attribute, timed):
        yield
