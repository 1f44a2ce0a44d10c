"""Taking samples in from the wire: the field's socket, the gateway's process, the commit, and the acknowledgement."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from apps.alarms.choices import Condition
from apps.telemetry.adapters import SampleBatch, copy_rows
from apps.telemetry.models import Gateway, LatestBlock, PointLimit
from gridops.supervise.process import ROOT, Spec
from gridops.supervise.services import environment
from gridops.supervise.table import manage
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Aim, Figure, in_turns
from tests.bench.ingest import COPY
from tests.bench.stage import pid_of, processor_s
from tests.factories.telemetry import make_gateway

POINTS, WATCHED, SCANS, ROUNDS = 50_000, 100, 8, 4
ONCE = {"interrogation_s": 0.0}  # after a connection only
CPU = "processor time of gateway and backend / of client and backend"
PERIOD_S, HELD_S, FULLY_HELD_S = 2.0, 60.0, 600.0


@dataclass
class Wire:
    """A station of so many points, and the real process of the gateway that asks it."""

    gateway: Gateway
    station: "subprocess.Popen[str]"

    def prepare(self, scans: int, period_s: float = 0.0) -> None:
        """The frames of so many scans are ready to be sent."""
        self.tell({"scans": scans, "period_s": period_s})
        self.hear()

    def send(self) -> dict[str, Any]:
        """Returns when the gateway has acknowledged the last of them, which is after its commit."""
        self.tell("send")
        return self.hear()

    def tell(self, message: object) -> None:
        assert self.station.stdin is not None
        self.station.stdin.write(json.dumps(message) + "\n")
        self.station.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.station.stdout is not None
        answer: dict[str, Any] = json.loads(self.station.stdout.readline())
        return answer

    def stored(self) -> int:
        """Samples of its points: everything else of the bench is another gateway's."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM telemetry_sample JOIN telemetry_measurementpoint AS point ON point.id = point_id "
                "WHERE point.gateway_id = %s",
                [self.gateway.pk],
            )
            (count,) = cursor.fetchone() or (0,)
        return int(count)

    def settle(self) -> int:
        """The first scan, which makes the gateway ready."""
        self.prepare(1)
        self.send()
        return self.stored()


@contextmanager
def wire(bench: Bench, points: int, name: str) -> Iterator[Wire]:
    """With limits on some points that are never broken: they are held against, and nothing is told."""
    command = [sys.executable, "-m", "tests.bench.field_104", "--points", str(points)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as station:
        gateway = make_gateway(points, name=name)
        made = Wire(gateway, station)
        try:
            Gateway.objects.filter(pk=gateway.pk).update(host="127.0.0.1", port=made.hear()["port"], settings=ONCE)
            watched = gateway.points.order_by("slot")[:WATCHED]
            PointLimit.objects.bulk_create(
                PointLimit(point=point, condition=Condition.VOLTAGE_HIGH, is_high=True, limit=1e9) for point in watched
            )
            LatestBlock.objects.filter(gateway=gateway).update(config_version=1)
            bench.supervisor.start(
                Spec(name=name, command=manage("run_gateway", name), environment=environment(bench.site))
            )
            yield made
        finally:
            Gateway.objects.filter(pk=gateway.pk).update(is_enabled=False)
            station.kill()


def measure(bench: Bench) -> list[Figure]:
    """Rows a second from the socket of a station of 50,000 points to the acknowledgement, which follows the commit of
    samples, newest values and limit check in the gateway's process, against psycopg's binary COPY of one buffer of as
    many rows into the same table, and commit.
    """
    rows = POINTS * SCANS
    with wire(bench, POINTS, "bench-104") as sender, psycopg.connect(**address(), autocommit=True) as bare:
        buffer = _buffer(sender.gateway, rows)

        def copied() -> None:
            with bare.transaction(), bare.cursor() as cursor, cursor.copy(COPY) as copy:
                copy.write(buffer)

        before = sender.settle()
        gateway = pid_of(bench.supervisor, "bench-104")
        spent = _Spent(gateway, bare.info.backend_pid, sender.send, copied)
        ours, limit = in_turns(spent.ours, spent.copied, rounds=ROUNDS, before=partial(sender.prepare, SCANS))
        assert sender.stored() - before == (ROUNDS + 1) * rows * 2  # one half is the copied
    note = f"{POINTS:,} points x {SCANS}, IEC 104 over TCP, gateway process, commit, acknowledgement / binary COPY"
    both = rows / spent.median_of("ours"), rows / spent.median_of("copied")
    return [
        Figure("ingest-socket", rows / ours, "rows/s", rows / limit, Aim(0.6, at_least=True), note),
        Figure("ingest-socket-cpu", both[0], "rows/CPU-s", both[1], Aim(0.6, at_least=True), f"as before, {CPU}"),
    ]


@dataclass
class _Spent:
    """Processor time of both ways, each with its database backend: a busy machine makes waiting, not work."""

    gateway_pid: int
    bare_backend: int
    send: Callable[[], object]
    copy: Callable[[], object]
    taken: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "copied": []})

    def ours(self) -> None:
        self._note("ours", [self.gateway_pid, *self._backends()], self.send)

    def copied(self) -> None:
        self._note("copied", [os.getpid(), self.bare_backend], self.copy)

    def median_of(self, side: str) -> float:
        return median(self.taken[side][1:])

    def _note(self, side: str, pids: list[int], work: Callable[[], object]) -> None:
        before = sum(map(processor_s, pids))
        work()
        self.taken[side].append(sum(map(processor_s, pids)) - before)

    def _backends(self) -> list[int]:
        """Of everybody but ourselves: only the gateway has others."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> ALL(%s)",
                [[self.bare_backend, connection.connection.info.backend_pid]],
            )
            return [pid for (pid,) in cursor.fetchall()]


def held(bench: Bench) -> list[Figure]:
    """The 99th percentile from a scan of 50,000 points at its station to its acknowledgement, against the 2 s after
    which the next one comes: for a minute, or for ten. Nothing is dropped and every sample is in the database.
    """
    lasting_s = FULLY_HELD_S if bench.is_full else HELD_S
    scans = round(lasting_s / PERIOD_S)
    with wire(bench, POINTS, "bench-held") as sender:
        before = sender.settle()
        sender.prepare(scans, PERIOD_S)
        seen = sender.send()
        assert sender.stored() - before == scans * POINTS
    ages = np.array(seen["ages_s"])
    note = (
        f"p99 of {scans} scans of {POINTS:,} points over {lasting_s:.0f} s (p50 {np.median(ages):.2f}, "
        f"worst {ages.max():.2f} s, none lost) / the period"
    )
    return [Figure("ingest-held", float(np.percentile(ages, 99)), "s", PERIOD_S, Aim(1.0, at_least=False), note)]


def _buffer(gateway: Gateway, rows: int) -> bytes:
    point_id = np.array(gateway.points.order_by("slot").values_list("pk", flat=True))
    now_us = int(datetime.now(UTC).timestamp() * 1e6)
    batch = SampleBatch(
        slot=np.arange(rows) % len(point_id),
        at_us=now_us + np.arange(rows),
        value=np.random.default_rng(1).normal(20.0, 0.1, rows),
        quality=np.zeros(rows, np.int64),
    )
    return copy_rows(batch, point_id=point_id, received_us=now_us + 3_600_000_000)
