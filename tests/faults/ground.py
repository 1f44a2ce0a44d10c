"""A site at work, with somebody who sends, somebody who listens, and books to compare afterwards."""

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import psycopg

from tests.faults.report import Finding
from tests.journeys import site as sites
from tests.journeys.books import DOUBLES, Books, is_whole
from tests.journeys.meters import Meter, Sender, install
from tests.journeys.site import Site
from tests.journeys.witnesses import Listener, Load, fold
from tests.waiting import eventually

LIMIT_KV = 20
PLAIN, WATCHED = 40, 6
BATCH = 30  # with one request after the other some hundred samples and some alarms a second
SETTLES_S = 90.0


@dataclass
class Ground:
    site: Site
    load: Load
    listener: Listener
    watched: list[Meter]
    var: Path

    def whole_again(self, *, since: datetime, patience_s: float) -> float:
        """Seconds until everything works with facts younger than `since`."""
        begun = time.monotonic()
        eventually(
            lambda: is_whole(self.site, self.load, self.listener, since),
            patience_s=patience_s,
            what="the site is whole",
        )
        return time.monotonic() - begun

    def latencies(self, *, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """From the first sending of a value above its limit to the alarm at the listener, in seconds."""
        sent = {value: at for value, at in self.load.ledger.raised.items() if since <= at <= until}
        return [self.listener.arrivals[value] - at for value, at in sent.items() if value in self.listener.arrivals]

    def values_ahead(self, gateway: str) -> int:
        """Newest values of its points that bear a time after now."""
        last_us = int(time.time() * 1e6) + 60_000_000
        query = (
            "SELECT b.at_us FROM telemetry_latestblock b JOIN telemetry_gateway g ON g.id = b.gateway_id"
            " WHERE g.name = %s"
        )
        with psycopg.connect(self.site.services["DATABASE_URL"]) as connection:
            blocks = connection.execute(query, [gateway]).fetchall()
        return sum(int((np.frombuffer(raw, np.int64) > last_us).sum()) for (raw,) in blocks)

    def close_books(self, finding: Finding) -> None:
        """End the load and compare what was promised, stored and shown."""
        ledger = self.load.end()
        books = Books(self.site, ledger, self.listener, {}, [meter.equipment for meter in self.watched])
        shown = _settled(self.listener, books)
        promised, stored = Counter(ledger.samples), books.stored()
        finding.sent = sum(ledger.answers.values())
        finding.accepted, finding.stored = promised.total(), (promised & stored).total()
        finding.lost = (promised - stored).total()
        finding.duplicates = sum(n - 1 for n in stored.values()) + len(books.rows(DOUBLES))
        finding.ui_lost = len(_difference(self.listener, books)) if not shown else 0
        _judge(finding, books)
        if finding.p50_s is None:
            finding.take_latencies(self.latencies())


def _settled(listener: Listener, books: Books) -> bool:
    try:
        eventually(lambda: listener.active == books.listed(), patience_s=SETTLES_S, what="the listener knows the list")
    except AssertionError:
        return False
    return True


def _difference(listener: Listener, books: Books) -> set[int]:
    listed = books.listed()
    return {key for key in listed.keys() | listener.active.keys() if listed.get(key) != listener.active.get(key)}


def _judge(finding: Finding, books: Books) -> None:
    """The invariants of the fault table that hold after every fault."""
    active: dict[int, dict] = {}
    fold(active, books.journal())
    finding.need(finding.lost == 0, f"{finding.lost} accepted samples are not stored")
    finding.need(finding.duplicates == 0, f"{finding.duplicates} samples are stored twice")
    finding.need(finding.ui_lost == 0, f"{finding.ui_lost} alarms stand otherwise at the listener")
    finding.need(active == books.listed(), "the journal does not fold to the list")
    finding.need(not books.listener.faults, f"the listener failed: {books.listener.faults}")
    try:
        books.site.manage("verify_audit")
    except AssertionError as error:
        finding.failures.append(f"the audit chain is broken: {error}")


@dataclass
class Shared:
    """One site for several faults, one after the other: quicker, and each finds what the one before has left."""

    stack: contextlib.ExitStack
    ground: Ground | None = None


_shared: Shared | None = None


@contextlib.contextmanager
def together() -> Iterator[None]:
    global _shared  # noqa: PLW0603  one command, one site
    with contextlib.ExitStack() as stack:
        _shared = Shared(stack)
        try:
            yield
        finally:
            _shared = None


@contextlib.contextmanager
def ground(var: Path, *, cases: Path, told: Mapping[str, str] = {}) -> Iterator[Ground]:
    """A site with load and listener, whole before it is handed out; a fresh one unless faults go together."""
    if _shared is None or told:
        with _fresh(var, cases, told) as one:
            yield one
        return
    if _shared.ground is None:
        _shared.ground = _shared.stack.enter_context(_fresh(var, cases, told))
    else:
        _shared.ground = _begun(_shared.ground)
    yield _shared.ground


@contextlib.contextmanager
def _fresh(var: Path, cases: Path, told: Mapping[str, str]) -> Iterator[Ground]:
    place = Path(tempfile.mkdtemp(prefix="fault-", dir=var)) / "var"
    site = sites.start(place, cases=cases, told=told)
    try:
        yield at_work(site, place)
    finally:
        site.stop()


def at_work(site: Site, place: Path) -> Ground:
    plain = install(site, "plain", [str(uuid4()) for _ in range(PLAIN)])
    watched = install(site, "watched", [str(uuid4()) for _ in range(WATCHED)], limit=LIMIT_KV)
    load = Load(Sender(site), plain, watched, batch=BATCH)
    return _begun(Ground(site, load, Listener(site, "operator"), watched, place), is_first=True)


def _begun(one: Ground, *, is_first: bool = False) -> Ground:
    """With load and listener at work; those of the fault before have ended."""
    if not is_first:
        for thread in (one.load, one.listener):
            thread.ending.set()
            thread.join(60)
        sender, plain, watched = one.load.sender, one.load.plain, one.load.watched
        one = replace(one, load=Load(sender, plain, watched, batch=BATCH), listener=Listener(one.site, "operator"))
    since = datetime.now(UTC)
    one.load.start()
    one.listener.start()
    one.whole_again(since=since, patience_s=120)
    return one
