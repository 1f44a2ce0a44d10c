"""Any day of any point, out of fifty million samples, as the server answers it."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import psycopg
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.telemetry.models import Gateway
from apps.telemetry.services.rollup import roll_up
from gridops.supervise.postgres import Postgres
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns, timed
from tests.bench.history_fill import DAY, EVERY_S, HOUR, History
from tests.factories.telemetry import make_gateway

POINTS, CLOSED_DAYS, OPEN_HOURS = 2_000, 2, 7.6
MANY_POINTS, MANY_MINUTES = 30_000, 9
YEAR_POINTS = 400
PICKS, COLD_PICKS = 100, 20
LIMIT_MS = 100.0
TODAY = datetime(2026, 3, 4, tzinfo=UTC)
NOW = TODAY + timedelta(hours=OPEN_HOURS)
MONTH_BACK = TODAY - timedelta(days=30)


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds of a request for a trend, from the view to the finished JSON, against the 100 ms that it may take:
    the 95th percentile of 100 points at random, and of 20 with nothing in the memory of database or system. For days
    also the median of requests beside that of the bare query for the same rows.

    And milliseconds that the rollups of a minute of 30,000 points take, against that minute.
    """
    gateway = make_gateway(POINTS, name="historian")
    points = np.array(gateway.points.order_by("slot").values_list("pk", flat=True))
    history = History(address(), TODAY, CLOSED_DAYS, OPEN_HOURS, YEAR_POINTS, _say)
    history.fill(points)
    with psycopg.connect(Postgres(bench.site).admin_url(connection.get_connection_params()["dbname"])) as admin:
        reader = _Reader(points, _client(), bench.site.var, admin)
        figures = [figure for trend in _TRENDS for figure in reader.figures(*trend)]
        figures += [reader.beside_bare(*trend) for trend in _TRENDS if trend[0] in _AIMED]
    figures.append(_rollups_of_many(history))
    Gateway.objects.filter(pk=gateway.pk).update(is_enabled=False)
    return figures


# Name, pens, begin, length, width.
_TRENDS = (
    ("open-day", 1, NOW - DAY, DAY, 1440),
    ("open-hour", 1, NOW - HOUR, HOUR, 1000),
    ("closed-day", 1, TODAY - DAY, DAY, 1440),
    ("closed-day-samples", 1, TODAY - DAY, DAY, 5000),
    ("month-back", 1, MONTH_BACK, DAY, 1440),
    ("eight-pens", 8, NOW - DAY, DAY, 1440),
    ("eight-pens-closed", 8, TODAY - DAY, DAY, 1440),
    ("eight-pens-month-back", 8, MONTH_BACK, DAY, 1440),
    ("year", 1, NOW - 365 * DAY, 365 * DAY, 1500),
    ("year-eight-pens", 8, NOW - 365 * DAY, 365 * DAY, 1500),
)
_AIMED = {"open-day", "closed-day", "eight-pens", "eight-pens-closed"}
_BARE = """
SELECT point_id, bucket, n, min, max, mean, quality FROM telemetry_rollup
WHERE point_id = ANY(%s) AND bucket >= %s AND bucket < %s ORDER BY point_id, bucket
"""


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201  progress


def _rollups_of_many(history: History) -> Figure:
    until = NOW + timedelta(minutes=MANY_MINUTES)
    history.copy(np.arange(10**6, 10**6 + MANY_POINTS), NOW, until)
    taken = timed(lambda: roll_up(as_of=until)) * 1000 / MANY_MINUTES
    note = f"a minute of {MANY_POINTS:,} points, {MANY_POINTS * 60 // EVERY_S:,} samples, rolled up / that minute"
    return Figure(f"historian-rollups-{MANY_POINTS:,}", taken, "ms", 60_000.0, Aim(0.25, at_least=False), note)


def _client() -> Client:
    client = Client(SERVER_NAME="localhost")
    user: AbstractBaseUser = User.objects.create_user("historian", password="unused by the bench", role=Role.VIEWER)
    client.force_login(user)
    return client


@dataclass
class _Reader:
    points: np.ndarray
    client: Client
    var: Path
    admin: psycopg.Connection

    def __post_init__(self) -> None:
        self.admin.autocommit = True
        self.admin.execute("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
        self._ask(self.points[:1], NOW - HOUR, HOUR, 100)  # a server that runs has its code in memory

    def figures(self, name: str, pens: int, start: datetime, length: timedelta, width: int) -> list[Figure]:
        def ask() -> None:
            self._ask(self._chosen(pens, length), start, length, width)

        cold = [self._cold(ask) for _ in range(COLD_PICKS)]
        warm = [timed(ask) for _ in range(PICKS)]
        return [self._figure(f"historian-{name}", warm), self._figure(f"historian-{name}-cold", cold)]

    def beside_bare(self, name: str, pens: int, start: datetime, length: timedelta, width: int) -> Figure:
        with psycopg.connect(**address(), autocommit=True) as plain, psycopg.Cursor(plain) as cursor:
            cursor.format = psycopg.pq.Format.BINARY

            def choose() -> None:
                self.chosen = self._chosen(pens, length)

            def ours() -> None:
                self._ask(self.chosen, start, length, width)

            def bare() -> None:
                cursor.execute(_BARE, [self.chosen.tolist(), start, start + length]).fetchall()

            taken, least = in_turns(ours, bare, rounds=PICKS // 2, before=choose)
        note = "request to finished JSON / the bare query of the same rows, range scans of one index"
        return Figure(f"historian-{name}-bare", taken * 1000, "ms", least * 1000, note=note)

    def _chosen(self, pens: int, length: timedelta) -> np.ndarray:
        known = self.points[:YEAR_POINTS] if length > 2 * DAY else self.points
        return self.rng.choice(known, pens, replace=False)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(8)

    def _ask(self, chosen: np.ndarray, start: datetime, length: timedelta, width: int) -> None:
        query = {"from": start.isoformat(), "to": (start + length).isoformat(), "width": width}
        path = f"points/{chosen[0]}/samples" if len(chosen) == 1 else "samples"
        more = {} if len(chosen) == 1 else {"points": ",".join(map(str, chosen))}
        answer = self.client.get(f"/api/v1/telemetry/{path}", {**query, **more})
        assert answer.status_code == 200, answer.content
        self.answer = answer.content

    def _figure(self, name: str, seconds: list[float]) -> Figure:
        document = json.loads(self.answer)
        first = document["series"][0] if "series" in document else document
        p50, p95, most = np.percentile(np.array(seconds) * 1000, [50, 95, 100])
        note = f"p50 {p50:.1f}, max {most:.1f} ms; {len(first['t'])} of {first['resolution']}"
        return Figure(name, float(p95), "ms", LIMIT_MS, Aim(1.0, at_least=False), note)

    def _cold(self, ask: Callable[[], None]) -> float:
        """Neither the database nor the system holds a page of a table."""
        self.admin.execute("SELECT pg_buffercache_evict_all()")
        for path in (self.var / "postgres" / "base").rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return timed(ask)
