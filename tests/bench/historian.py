"""Any day of any point, out of fifty million samples, as the server answers it."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.telemetry.adapters import SampleBatch, copy_rows
from apps.telemetry.choices import LEVELS
from apps.telemetry.models import Gateway
from apps.telemetry.services.ordering import order_closed_days
from apps.telemetry.services.partitions import end_of, make_partition, start_of
from apps.telemetry.services.rollup import roll_up
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, timed
from tests.bench.ingest import COPY
from tests.factories.telemetry import make_gateway

POINTS, EVERY_S = 2_000, 8  # what is sent on change comes about so often
CLOSED_DAYS, OPEN_HOURS = 2, 7.6
YEAR_POINTS = 400
PICKS, COLD_PICKS = 100, 20
LIMIT_MS = 100.0
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE_US = 60_000_000
TODAY = datetime(2026, 3, 4, tzinfo=UTC)
NOW = TODAY + timedelta(hours=OPEN_HOURS)
MONTH_BACK = TODAY - timedelta(days=30)
_ROLLUPS = """
INSERT INTO {table} (point_id, bucket, n, known_s, min, max, mean, last, quality)
SELECT point, at, {step} / 8, {step}, 19 + random(), 21 + random(), 20 + random(), 20 + random(), 0
FROM generate_series(%(start)s::timestamptz, %(last)s, make_interval(secs => {step})) AS at,
     unnest(%(points)s::integer[]) AS point
"""


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds of a request for a trend, from the view to the finished JSON, against the 100 ms that it may take:
    the 95th percentile of 100 points at random, and of 20 with nothing in the system's memory.

    The samples come by COPY in order of time; rollups and order are made by the services that make them in operation.
    What lies a month and a year back are rollups alone.
    """
    gateway = make_gateway(POINTS, name="historian")
    points = np.array(gateway.points.order_by("slot").values_list("pk", flat=True))
    _fill(points)
    reader = _Reader(points, _client(), bench.site.var)
    figures = [figure for trend in _TRENDS for figure in reader.figures(*trend)]
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
    ("year", 1, NOW - 365 * DAY, 365 * DAY, 1500),
    ("year-eight-pens", 8, NOW - 365 * DAY, 365 * DAY, 1500),
)


def _fill(points: np.ndarray) -> None:
    for day in range(CLOSED_DAYS + 1):
        make_partition(day=(TODAY - day * DAY).date())
    with psycopg.connect(**address(), autocommit=True) as bare:
        for hour in _hours():
            with bare.cursor() as cursor:
                for rows in _minutes(points, hour):
                    with cursor.copy(COPY) as copy:
                        copy.write(rows)
    _fill_rollups(LEVELS[0].store.parent, 60, points, MONTH_BACK, DAY)
    _fill_rollups(LEVELS[2].store.parent, 3600, points[:YEAR_POINTS], NOW.replace(minute=0) - 365 * DAY, 363 * DAY)
    _progress("rolled up", lambda: roll_up(as_of=NOW))
    _progress("ordered", lambda: order_closed_days(as_of=NOW))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _progress(what: str, work: Callable[[], object]) -> None:
    print(f"historian: {what} in {timed(work):.0f} s", flush=True)  # noqa: T201


def _hours() -> Iterator[datetime]:
    at = TODAY - CLOSED_DAYS * DAY
    while at < NOW:
        yield at
        at += HOUR


def _minutes(points: np.ndarray, hour: datetime) -> Iterator[bytes]:
    """An hour in order of time: each point at its own second of eight and never quite then."""
    rng = np.random.default_rng(int(hour.timestamp()))
    seconds = min(3600, int((NOW - hour).total_seconds()))
    at_s, slot = np.meshgrid(np.arange(0, seconds, EVERY_S), np.arange(len(points)), indexing="ij")
    at_us = ((at_s + slot % EVERY_S) * 1_000_000 + rng.integers(0, 1_000_000, at_s.shape)).ravel()
    order = np.argsort(at_us, kind="stable")
    at_us, slot = at_us[order], slot.ravel()[order]
    base_us = int(hour.timestamp() * 1e6)
    value = 20 + np.sin(at_us / 1e9) + rng.normal(0, 0.05, at_us.shape)
    batch = SampleBatch(slot, base_us + at_us, value, np.zeros(len(order), np.int64))
    for minute in range(-(-seconds // 60)):
        here = np.flatnonzero(at_us // MINUTE_US == minute)
        yield copy_rows(batch.take(here), point_id=points, received_us=base_us + (minute + 1) * MINUTE_US - 1)


def _fill_rollups(table: str, step: int, points: np.ndarray, start: datetime, length: timedelta) -> None:
    level = next(level for level in LEVELS if level.store.parent == table)
    first = start.date()
    while start_of(first) < start + length:
        make_partition(day=first, store=level.store)
        first = end_of(first, level.store.period)
    with connection.cursor() as cursor:
        values = {"start": start, "last": start + length - timedelta(seconds=step), "points": points.tolist()}
        cursor.execute(_ROLLUPS.format(table=table, step=step), values)


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

    def figures(self, name: str, pens: int, start: datetime, length: timedelta, width: int) -> list[Figure]:
        rng = np.random.default_rng(len(name))
        known = self.points[:YEAR_POINTS] if length > 2 * DAY else self.points

        def ask() -> None:
            chosen = rng.choice(known, pens, replace=False).tolist()
            query = {"from": start.isoformat(), "to": (start + length).isoformat(), "width": width}
            path = f"points/{chosen[0]}/samples" if pens == 1 else "samples"
            more = {} if pens == 1 else {"points": ",".join(map(str, chosen))}
            answer = self.client.get(f"/api/v1/telemetry/{path}", {**query, **more})
            assert answer.status_code == 200, answer.content
            self.answer = answer.content

        cold = [self._cold(ask) for _ in range(COLD_PICKS)]
        warm = [timed(ask) for _ in range(PICKS)]
        return [self._figure(f"historian-{name}", warm), self._figure(f"historian-{name}-cold", cold)]

    def _figure(self, name: str, seconds: list[float]) -> Figure:
        document = json.loads(self.answer)
        first = document["series"][0] if "series" in document else document
        p50, p95, most = np.percentile(np.array(seconds) * 1000, [50, 95, 100])
        note = f"p50 {p50:.1f}, max {most:.1f} ms; {len(first['t'])} of {first['resolution']}"
        return Figure(name, float(p95), "ms", LIMIT_MS, Aim(1.0, at_least=False), note)

    def _cold(self, ask: Callable[[], None]) -> float:
        """The system holds no page of a table; the database's own memory has room for few."""
        for path in (self.var / "postgres" / "base").rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return timed(ask)
