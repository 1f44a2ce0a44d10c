"""How much memory a long export takes: five million samples, streamed by the view."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import psutil
import psycopg
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.telemetry.adapters import SampleBatch, copy_rows
from apps.telemetry.models import Gateway
from apps.telemetry.services.partitions import make_partition
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure
from tests.bench.ingest import COPY
from tests.factories.telemetry import make_gateway

POINTS, SAMPLES = 100, 50_000
DAY = datetime(2026, 1, 7, tzinfo=UTC)
EVERY_US = 1_000_000
MB = 1e6
LIMIT_MB = 200.0


def measure(bench: Bench) -> list[Figure]:
    """By how many MB this process is larger at most while it sends 5 million rows: 150 MB in Arrow, 680 in CSV."""
    gateway = make_gateway(POINTS, name="export")
    points = np.array(gateway.points.order_by("slot").values_list("pk", flat=True))
    make_partition(day=DAY.date())
    with psycopg.connect(**address(), autocommit=True) as bare, bare.cursor() as cursor:
        for rows in _hours(points):
            with cursor.copy(COPY) as copy:
                copy.write(rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_user("export", password="unused by the bench", role=Role.VIEWER))
    figures = [_figure(client, points, form) for form in ("arrow", "csv")]
    Gateway.objects.filter(pk=gateway.pk).update(is_enabled=False)
    return figures


def _hours(points: np.ndarray) -> Iterator[bytes]:
    base_us = int(DAY.timestamp() * 1e6)
    for first in range(0, SAMPLES, 3600):
        at, slot = np.meshgrid(np.arange(first, min(first + 3600, SAMPLES)), np.arange(POINTS), indexing="ij")
        at_us = base_us + at.ravel() * EVERY_US
        batch = SampleBatch(slot.ravel(), at_us, np.sin(at_us / 1e9), np.zeros(at_us.size, np.int64))
        yield copy_rows(batch, point_id=points, received_us=int(at_us[-1]))


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The memory of this process, every few milliseconds. What was freed before is first given back to the system."""
    ctypes.CDLL(None).malloc_trim(0)
    process, done = psutil.Process(), threading.Event()
    memory = [process.memory_info().rss]

    def watch() -> None:
        while not done.wait(0.005):
            memory.append(process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def _figure(client: Client, points: np.ndarray, form: str) -> Figure:
    def sent(seconds: int) -> Iterator[bytes]:
        end = DAY + timedelta(seconds=seconds)
        query = {"points": ",".join(map(str, points)), "from": DAY.isoformat(), "to": end.isoformat(), "format": form}
        return iter(client.get("/api/v1/telemetry/export", query).streaming_content)

    sum(map(len, sent(60)))  # loads what is loaded once
    with _watched() as memory:
        size = sum(map(len, sent(SAMPLES)))
    note = f"memory more than before while {POINTS * SAMPLES:,} samples, {size / MB:.0f} MB, are sent"
    return Figure(f"export-{form}", (max(memory) - memory[0]) / MB, "MB", LIMIT_MB, Aim(1.0, at_least=False), note)
