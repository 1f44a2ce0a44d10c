"""Samples of some days, in order of time, in the real tables; rollups and order are made by the services that make them
in operation. What lies a month and a year back are rollups alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from django.db import connection

from apps.telemetry.adapters import IntArray, SampleBatch, copy_rows
from apps.telemetry.choices import LEVELS, STORES
from apps.telemetry.services.ordering import order_closed_days
from apps.telemetry.services.partitions import end_of, make_partition, start_of
from apps.telemetry.services.rollup import roll_up
from apps.telemetry.services.rollup_ordering import order_closed_rollups
from tests.bench.figures import timed
from tests.bench.ingest import COPY

EVERY_S = 8  # what is sent on change comes about so often
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE_US = 60_000_000
_ROLLUPS = """
INSERT INTO {table} (point_id, bucket, n, known_s, min, max, mean, last, quality)
SELECT point, at, {step} / 8, {step}, 19 + random(), 21 + random(), 20 + random(), 20 + random(), 0
FROM generate_series(%(start)s::timestamptz, %(last)s, make_interval(secs => {step})) AS at,
     unnest(%(points)s::integer[]) AS point
"""


def unheard(_: str) -> None:
    return


@dataclass(frozen=True)
class History:
    """Closed days before `today`, and an open one until `now`."""

    address: dict[str, str]
    today: datetime
    closed_days: int
    open_hours: float
    year_points: int
    say: Callable[[str], None] = unheard

    @property
    def now(self) -> datetime:
        return self.today + timedelta(hours=self.open_hours)

    @property
    def month_back(self) -> datetime:
        return self.today - 30 * DAY

    def fill(self, points: IntArray) -> None:
        for day in range(self.closed_days + 1):
            make_partition(day=(self.today - day * DAY).date())
        self._timed("samples", lambda: self.copy(points, self.today - self.closed_days * DAY, self.now))
        hours = (self.now - 365 * DAY).replace(minute=0, second=0)
        _fill_rollups(0, points, self.month_back, DAY)
        _fill_rollups(2, points[: self.year_points], hours, 363 * DAY)
        self._timed("rolled up", self._roll_up)
        self._timed("days ordered", lambda: order_closed_days(as_of=self.now))
        self._timed("rollups ordered", lambda: order_closed_rollups(as_of=self.now))
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(store.parent for store in STORES)}")

    def _roll_up(self) -> None:
        """The open day a minute at a time, as it comes in operation: one page a minute and point."""
        at = self.today
        while at < self.now:
            roll_up(as_of=at)
            at += timedelta(minutes=1)
        roll_up(as_of=self.now)

    def copy(self, points: IntArray, start: datetime, end: datetime) -> None:
        with psycopg.connect(**self.address, autocommit=True) as bare:
            while start < end:
                with bare.cursor() as cursor:
                    for rows in minutes(points, start, min(start + HOUR, end)):
                        with cursor.copy(COPY) as copy:
                            copy.write(rows)
                start += HOUR

    def _timed(self, what: str, work: Callable[[], object]) -> None:
        self.say(f"historian: {what} in {timed(work):.0f} s")


def minutes(points: IntArray, start: datetime, end: datetime) -> Iterator[bytes]:
    """At most an hour in order of time: each point at its own second of eight and never quite then."""
    rng = np.random.default_rng(int(start.timestamp()))
    seconds = int((end - start).total_seconds())
    at_s, slot = np.meshgrid(np.arange(0, seconds, EVERY_S), np.arange(len(points)), indexing="ij")
    at_us = ((at_s + slot % EVERY_S) * 1_000_000 + rng.integers(0, 1_000_000, at_s.shape)).ravel()
    order = np.argsort(at_us, kind="stable")
    at_us, slot = at_us[order], slot.ravel()[order]
    base_us = int(start.timestamp() * 1e6)
    value = 20 + np.sin(at_us / 1e9) + rng.normal(0, 0.05, at_us.shape)
    batch = SampleBatch(slot, base_us + at_us, value, np.zeros(len(order), np.int64))
    for minute in range(-(-seconds // 60)):
        here = np.flatnonzero(at_us // MINUTE_US == minute)
        yield copy_rows(batch.take(here), point_id=points, received_us=base_us + (minute + 1) * MINUTE_US - 1)


def _fill_rollups(number: int, points: IntArray, start: datetime, length: timedelta) -> None:
    level = LEVELS[number]
    first = start.astimezone(UTC).date()
    while start_of(first) < start + length:
        make_partition(day=first, store=level.store)
        first = end_of(first, level.store.period)
    with connection.cursor() as cursor:
        values = {"start": start, "last": start + length - timedelta(seconds=level.step_s), "points": points.tolist()}
        cursor.execute(_ROLLUPS.format(table=level.store.parent, step=level.step_s), values)
