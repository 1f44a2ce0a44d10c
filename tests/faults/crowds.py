"""Too much of something: listeners that do not read, samples, alarms. F13 to F15."""

import base64
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import psutil
import psycopg
import requests

from tests.faults.ground import Ground, ground
from tests.faults.report import Finding
from tests.faults.terms import Terms
from tests.journeys.meters import Meter, Sender, install, sample
from tests.journeys.site import Site
from tests.waiting import eventually

SLOW_CLIENTS = 50
SLOW_OCTETS = 1024  # each second
GROWTH_MB = 100
FLOOD_PER_S = 10_000
STORM = 5_000
PATIENCE_S = 120.0


@dataclass
class SlowReader:
    """Subscribes to everything and reads a thousand octets a second."""

    site: Site
    closed_at: float | None = None
    code: int | None = None
    _socket: socket.socket = field(init=False)

    def begin(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._socket.connect(("127.0.0.1", self.site.port))
        self._socket.sendall(_handshake(self.site))
        self._socket.sendall(_text_frame(b'{"subscribe": ["alarms", "grid", "system"]}'))
        self._socket.settimeout(0.001)

    def read_a_little(self) -> None:
        if self.closed_at is not None:
            return
        try:
            octets = self._socket.recv(SLOW_OCTETS)
        except TimeoutError:
            return
        except OSError:
            octets = b""
        if not octets:
            self.closed_at = time.monotonic()
        elif (at := octets.rfind(b"\x88\x02")) >= 0 or (at := octets.rfind(b"\x88")) >= 0:
            self.code = int.from_bytes(octets[at + 2 : at + 4], "big") if len(octets) >= at + 4 else None

    def end(self) -> None:
        self._socket.close()


def _handshake(site: Site) -> bytes:
    lines = (
        "GET /ws/live/ HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Origin: {site.url}",
        f"Cookie: {site.person('viewer').cookie}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _text_frame(text: bytes) -> bytes:
    mask = os.urandom(4)
    return bytes([0x81, 0x80 | len(text)]) + mask + bytes(c ^ mask[n % 4] for n, c in enumerate(text))


def slow_clients(terms: Terms) -> Finding:
    finding = Finding("F13", f"{SLOW_CLIENTS} clients that read 1 KB a second")
    with ground(terms.var, cases=terms.cases) as one:
        time.sleep(terms.lasting(60))
        calm = one.latencies()
        before = _memory_mb(one.site)
        readers = [SlowReader(one.site) for _ in range(SLOW_CLIENTS)]
        for reader in readers:
            reader.begin()
        begun = time.monotonic()
        while time.monotonic() < begun + terms.lasting(300):
            rest = time.monotonic() + 1
            for reader in readers:
                reader.read_a_little()
            time.sleep(max(0.0, rest - time.monotonic()))
        growth = _memory_mb(one.site) - before
        finding.take_latencies(one.latencies(since=begun))
        for reader in readers:
            reader.end()
        one.close_books(finding)
    closed = sum(reader.closed_at is not None for reader in readers)
    finding.more = {"growth MB": round(growth, 1), "closed": closed, "calm p95 s": _p95(calm)}
    finding.need(growth < GROWTH_MB, f"the web server grew by {growth:.0f} MB, aim {GROWTH_MB}")
    finding.need((finding.p95_s or 99) < 2 * _p95(calm) + 0.2, "others saw their alarms later")
    return finding


def _p95(seconds: list[float]) -> float:
    return round(sorted(seconds)[int(0.95 * (len(seconds) - 1))], 3) if seconds else 0.0


def _memory_mb(site: Site) -> float:
    found = site.find("web")
    assert found is not None
    return float(psutil.Process(found.pid).memory_info().rss / 1e6)


@dataclass
class Flood:
    """Senders that push as much as they are told to, each request once; what is refused is counted and not repeated."""

    site: Site
    meters: list[Meter]
    per_s: float
    at_once: int
    value: Callable[[int], float]
    limit: int | None = None
    answers: Counter[str] = field(default_factory=Counter)
    accepted: Counter[tuple[str, int]] = field(default_factory=Counter)
    _ending: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def begin(self, senders: int = 4) -> list[threading.Thread]:
        pause_s = self.at_once * senders / self.per_s
        devices = [Sender(self.site) for _ in range(senders)]
        threads = [threading.Thread(target=self._run, args=(one, pause_s), daemon=True) for one in devices]
        for thread in threads:
            thread.start()
        return threads

    def _run(self, sender: Sender, pause_s: float) -> None:
        keys = sender.keys()
        while not self._ending.is_set():
            rest = time.monotonic() + pause_s
            rows = self._rows(sender)
            if not rows:
                return
            self._send(sender, rows, f"{next(keys)}-{uuid4()}")
            self._ending.wait(max(0.0, rest - time.monotonic()))

    def _rows(self, sender: Sender) -> list[tuple[Meter, datetime, float]]:
        with self._lock:
            first, self._next = self._next, self._next + self.at_once
        last = first + self.at_once if self.limit is None else min(first + self.at_once, self.limit)
        return [(self.meters[n % len(self.meters)], sender.instant(), self.value(n)) for n in range(first, last)]

    def _send(self, sender: Sender, rows: list[tuple[Meter, datetime, float]], key: str) -> None:
        try:
            status = str(sender.send([sample(*row) for row in rows], key=key).status_code)
        except requests.RequestException as error:
            status = type(error).__name__
        with self._lock:
            self.answers[status] += len(rows)
            if status == "201":
                self.accepted.update((meter.mrid, round(at.timestamp() * 1e6)) for meter, at, _ in rows)

    def end(self, threads: list[threading.Thread]) -> None:
        self._ending.set()
        for thread in threads:
            thread.join(30)


def flood(terms: Terms) -> Finding:
    lasting_s = terms.lasting(300)
    finding = Finding("F14", f"{FLOOD_PER_S} samples a second for {lasting_s:.0f} s, ten times the usual")
    with ground(terms.var, cases=terms.cases) as one:
        meters = install(one.site, "flood", [str(uuid4()) for _ in range(2000)])
        water = Flood(one.site, meters, FLOOD_PER_S, 500, value=lambda n: 10 + 1e-6 * n)
        threads, begun = water.begin(), time.monotonic()
        time.sleep(lasting_s)
        water.end(threads)
        ended = time.monotonic()
        finding.take_latencies(one.latencies(since=begun, until=ended))
        finding.recovery_s = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
        stored = _stored(one, "flood")
        one.close_books(finding)
    rate = sum(water.accepted.values()) / (ended - begun)
    finding.more = {"answers": dict(water.answers), "accepted each second": round(rate)}
    finding.need(not water.accepted - stored, "accepted samples of the flood are not stored")
    finding.need(rate > 0, "nothing of the flood was accepted")
    finding.need(set(water.answers) <= {"201", "503", "429"}, f"answers were {dict(water.answers)}")
    finding.need((finding.p99_s or 99) <= 3, f"an alarm took {finding.p99_s} s in the flood, aim 3 s")
    return finding


def _stored(one: Ground, gateway: str) -> Counter[tuple[str, int]]:
    query = (
        "SELECT p.mrid::text, (extract(epoch FROM s.ts) * 1000000)::bigint FROM telemetry_sample s"
        " JOIN telemetry_measurementpoint p ON p.id = s.point_id"
        " JOIN telemetry_gateway g ON g.id = p.gateway_id WHERE g.name = %s"
    )
    with psycopg.connect(one.site.services["DATABASE_URL"]) as connection:
        return Counter(connection.execute(query, [gateway]).fetchall())


def storm(terms: Terms) -> Finding:
    """Every meter of some feeders goes over its limit within a minute."""
    finding = Finding("F15", f"{STORM} alarms in 60 s")
    with ground(terms.var, cases=terms.cases) as one:
        places = [found["mrid"] for found in one.site.person("viewer").read("/api/v1/network/search", q="Line")]
        meters = install(one.site, "storm", [places[n % len(places)] for n in range(STORM)], limit=20)
        wind = Flood(one.site, meters, STORM / 60, 40, value=lambda n: 40 + 1e-6 * n, limit=STORM)
        threads, begun = wind.begin(2), time.monotonic()
        eventually(lambda: not any(t.is_alive() for t in threads), patience_s=PATIENCE_S, what="the storm is over")
        finding.take_latencies(one.latencies(since=begun))
        viewer = one.site.person("viewer")
        listed = viewer.read("/api/v1/alarms")["alarms"]
        begun_s, top = time.monotonic(), viewer.read("/api/v1/alarms/groups")["groups"]
        short_s = time.monotonic() - begun_s
        one.close_books(finding)
    raised = len({alarm["id"] for alarm in listed if alarm["message"].startswith("storm ")})
    finding.more = {
        "answers": dict(wind.answers),
        "listed": raised,
        "rows at the top": len(top),
        "short list read in s": round(short_s, 2),
    }
    finding.need(raised == STORM, f"{STORM - raised} alarms are not in the list")
    finding.need(len(top) <= 10, f"{len(top)} rows stand at the top, aim 10")
    return finding
