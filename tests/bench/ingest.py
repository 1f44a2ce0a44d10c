"""Taking samples in, against the database's own fastest way for the same rows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import psycopg

from apps.alarms.choices import Condition
from apps.telemetry.adapters import SampleBatch, copy_rows
from apps.telemetry.models import Gateway, LatestBlock, PointLimit
from apps.telemetry.services.ingest import ingest
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns
from tests.factories.telemetry import make_gateway

POINTS = 5_000
WATCHED = 100
ROUNDS = {"ingest": (1, 200), "ingest-50k": (10, 30)}
COPY = "COPY telemetry_sample (ts, point_id, value, quality, received_at) FROM STDIN (FORMAT BINARY)"


def measure(bench: Bench) -> list[Figure]:
    """Rows a second of `ingest` (lock, dedupe, partition, COPY, newest values, limits, commit), first 5,000 points
    once, then ten times, against psycopg's binary COPY of one buffer of as many rows into the same table, and commit.
    """
    gateway = _gateway()
    with psycopg.connect(**address(), autocommit=True) as bare:
        source = _Source(gateway, bare, datetime.now(UTC))
        figures = [_figure(name, source, scans, rounds) for name, (scans, rounds) in ROUNDS.items()]
    Gateway.objects.filter(pk=gateway.pk).update(is_enabled=False)
    return figures


def _gateway() -> Gateway:
    """With limits on some points that are never broken: they are held against, and nothing is told."""
    gateway = make_gateway(POINTS, name="bench")
    points = gateway.points.order_by("slot")[:WATCHED]
    PointLimit.objects.bulk_create(
        PointLimit(point=point, condition=Condition.VOLTAGE_HIGH, is_high=True, limit=1e9) for point in points
    )
    LatestBlock.objects.filter(gateway=gateway).update(config_version=1)
    return gateway


@dataclass
class _Source:
    """Fresh samples, and both ways of storing them."""

    gateway: Gateway
    bare: psycopg.Connection
    now: datetime

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(1)
        self._point_id = np.array(self.gateway.points.order_by("slot").values_list("pk", flat=True))

    def make(self, scans: int) -> None:
        begin_us = int(self.now.timestamp() * 1e6)
        self.now += timedelta(seconds=scans)
        self.batch = SampleBatch(
            slot=np.tile(np.arange(POINTS), scans),
            at_us=begin_us + np.repeat(np.arange(scans) * 1_000_000, POINTS),
            value=self._rng.normal(20.0, 0.1, POINTS * scans),
            quality=np.zeros(POINTS * scans, np.int64),
        )
        received_us = int(self.now.timestamp() * 1e6)
        self.buffer = copy_rows(self.batch, point_id=self._point_id, received_us=received_us)

    def ours(self) -> None:
        outcome = ingest(gateway_id=self.gateway.pk, batch=self.batch, received_at=self.now)
        assert outcome.accepted == len(self.batch)

    def copied(self) -> None:
        with self.bare.transaction(), self.bare.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write(self.buffer)


def _figure(name: str, source: _Source, scans: int, rounds: int) -> Figure:
    ours, copied = in_turns(source.ours, source.copied, rounds=rounds, before=partial(source.make, scans))
    rows = POINTS * scans
    return Figure(
        name,
        rows / ours,
        "rows/s",
        rows / copied,
        Aim(0.7, at_least=True),
        f"ingest of {rows:,} rows / binary COPY of one buffer",
    )
