"""One scan of the demo city, against the sum of its bare parts."""

from functools import partial

import orjson
import psycopg
import redis
from django.conf import settings
from django.forms import model_to_dict

from apps.state.models import Solution
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns
from tests.engine.bare import bare_estimate

ROUNDS = 15


def measure(bench: Bench) -> list[Figure]:
    """`Scanner.scan` of fresh readings (read, estimate, judge, store, publish), against a warm power-grid-model that
    takes the same measurements and solves once, a binary COPY of the stored row's bytes with commit, and a PUBLISH of
    the published bytes.
    """
    city = bench.city
    solve = bare_estimate(*city.problem()[:3])
    solution = city.see()
    frame, system = bytes(solution.frame), orjson.dumps(solution.system)
    with psycopg.connect(**address(), autocommit=True) as connection:
        copy = partial(_copy, connection, frame + _row(solution))
        publish = partial(_publish, redis.Redis.from_url(settings.LIVE_REDIS_URL), (frame, system))
        connection.execute("CREATE TABLE bench_scan (content bytea STORAGE EXTERNAL)")
        scan, *parts = in_turns(city.scan, solve, copy, publish, rounds=ROUNDS, before=city.hear_and_take)
    note = "read, estimate, store, publish / bare solver + COPY + PUBLISH of the same bytes"
    return [Figure("scan", 1000 * scan, "ms", 1000 * sum(parts), Aim(2.0, at_least=False), note)]


def _row(solution: Solution) -> bytes:
    return orjson.dumps(model_to_dict(solution, exclude=["frame"]), default=str)


def _copy(connection: psycopg.Connection, content: bytes) -> None:
    into = "COPY bench_scan (content) FROM STDIN (FORMAT BINARY)"
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(["bytea"])
        copy.write_row([content])


def _publish(client: redis.Redis, messages: tuple[bytes, ...]) -> None:
    for message in messages:
        client.publish("bench", message)
