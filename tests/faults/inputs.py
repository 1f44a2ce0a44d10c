"""What is sent is wrong: mangled, mistimed, doubled, shuffled, poisonous. F16, F18, F19, F21."""

import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
import redis
import requests

from gridops.supervise.process import wait_until
from tests.faults import stations
from tests.faults.ground import Ground, ground
from tests.faults.report import Finding
from tests.faults.terms import Terms
from tests.journeys.meters import Meter, Sender, install, sample
from tests.waiting import eventually

MANGLED = 100_000
DOUBLED = 0.3
SHUFFLED_OVER_S = 60
PATIENCE_S = 120.0
SEED = 20
POISONED = "apps.live.services:trim_journal"
POINTS = 3
CLOCKS = {"ahead": timedelta(days=2), "behind": -timedelta(hours=1), "right": timedelta()}

WRONG_VALUES: tuple[Any, ...] = (
    *("NaN", "Infinity", "-Infinity", "1e400", "", "\u0000", "\ud800", "12", None, True, [], {}, [1], {"a": 1}),
    *(1e308 * 10, -1e400, 10**400, "0x10", "1,5", " 1"),
)
WRONG_TIMES: tuple[Any, ...] = (
    *("", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", 0, -1, 1e400, None),
    *("2026-01-01", "2026-01-01T00:00:00", "9999-99-99T99:99:99Z", "\u0000", [], {}, "1" * 5000),
)
WRONG_POINTS: tuple[Any, ...] = ("", "x", "\u0000", 1, None, [], {}, str(uuid4()), "0" * 10_000, "\ud800")


def mangled(terms: Terms) -> Finding:
    count = terms.many(MANGLED)
    finding = Finding("F16", f"{count} mangled requests")
    with ground(terms.var, cases=terms.cases) as one:
        (meter,) = install(one.site, "mangled", [str(uuid4())])
        mangler = Mangler(one, meter)
        threads = [threading.Thread(target=mangler.send, args=(seed, count // 4)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        finding.recovery_s = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
        stored = one.site.person("viewer").read(f"/api/v1/telemetry/points?equipment={meter.equipment}")
        one.close_books(finding)
    answers = mangler.answers
    finding.more = {"answers": {str(key): n for key, n in answers.items()}}
    finding.need(all(str(key).startswith("4") for key in answers), f"answers were {dict(answers)}")
    finding.need(not mangler.without_reason, "a refusal gave no reason")
    finding.need("10.0" not in json.dumps(stored), "a mangled request left a value")
    return finding


@dataclass
class Mangler:
    """Sends what is wrong in one way or another, and notes how it is answered."""

    one: Ground
    meter: Meter
    answers: Counter[int | str] = field(default_factory=Counter)
    without_reason: list[str] = field(default_factory=list)

    def send(self, seed: int, count: int) -> None:
        sender, chance = Sender(self.one.site), random.Random(seed)
        for number in range(count):
            headers = {
                "Authorization": f"Bearer {sender.token}",
                "Idempotency-Key": f"mangled-{seed}-{number}",
                "Content-Type": "application/json",
            }
            self._send(sender, headers, _mangled_body(self.meter, chance))

    def _send(self, sender: Sender, headers: dict[str, str], body: bytes) -> None:
        url = f"{sender.url}/api/v1/telemetry/samples"
        try:
            answer = sender.session.post(url, data=body, headers=headers, timeout=30)
        except requests.RequestException as error:
            self.answers[type(error).__name__] += 1
            return
        self.answers[answer.status_code] += 1
        if len(answer.content) < 10:
            self.without_reason.append(answer.text)


def _mangled_body(meter: Meter, chance: random.Random) -> bytes:
    good = {"point": meter.mrid, "at": datetime.now(UTC).isoformat(), "value": 10.0}
    kind = chance.randrange(6)
    if kind == 0:
        return _json({"samples": [good, good | {"value": chance.choice(WRONG_VALUES)}]})
    if kind == 1:
        return _json({"samples": [good, good | {"at": chance.choice(WRONG_TIMES)}]})
    if kind == 2:
        return _json({"samples": [good, good | {"point": chance.choice(WRONG_POINTS)}]})
    if kind == 3:
        octets = bytearray(_json({"samples": [good] * 3}))
        return bytes(octets[: chance.randrange(1, len(octets) - 2)])
    if kind == 4:
        depth = chance.choice((10, 1000, 20_000))
        return b'{"samples": ' + b"[" * depth + b"]" * depth + b"}"
    return _json(
        chance.choice(({}, [], None, 1, "x", {"samples": {}}, {"samples": None}, {"samples": [None]}, {"s": []}))
    )


def _json(body: object) -> bytes:
    """As careless programs write it: NaN, lone surrogates and numbers that no double holds included."""
    return json.dumps(body).encode("utf-8", "surrogatepass")


def wrong_clock(terms: Terms) -> Finding:
    """One source whose clock is days ahead, one an hour behind: they are marked, and nobody else is."""
    finding = Finding("F18", "one source's clock 2 days ahead, another's 1 h behind, a third right")
    with ground(terms.var, cases=terms.cases) as one, contextlib.ExitStack() as stack:
        for name, shift in CLOCKS.items():
            station = stack.enter_context(stations.ticking(POINTS, shift))
            install(one.site, name, [str(uuid4()) for _ in range(POINTS)], port=station.port)
        eventually(lambda: _heard(one, "right") == POINTS, patience_s=PATIENCE_S, what="the sources are heard")
        begun = time.monotonic()
        marked_s: dict[str, float] = {}
        while time.monotonic() < begun + 70 and len(marked_s) < 2:
            for name in _marked(one) - marked_s.keys():
                marked_s[name] = time.monotonic() - begun
            time.sleep(1)
        others = _marked(one) - {"ahead", "behind"}
        current, ahead = {name: _heard(one, name) for name in CLOCKS}, one.values_ahead("ahead")
        one.close_books(finding)
    finding.more = {"marked after s": {name: round(s, 1) for name, s in marked_s.items()}, "current points": current}
    finding.need(marked_s.keys() >= {"ahead", "behind"}, f"only {sorted(marked_s)} were marked")
    finding.need(max(marked_s.values(), default=99) <= 60, "marked only after more than 60 s")
    finding.need(not others, f"{sorted(others)} were marked as well")
    finding.need(current["right"] == POINTS, "a source with a right clock lost its newest values")
    finding.need(ahead == 0, "a value from the future is the newest of its point")
    return finding


def _marked(one: Ground) -> set[str]:
    listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
    return {a["equipment_name"].removeprefix("Gateway ") for a in listed if a["condition"] == "clock-wrong"}


def _heard(one: Ground, gateway: str) -> int:
    """How many of its points have a newest value."""
    return sum(bool(np.isfinite(value)) for value in _newest(one, gateway).values())


def doubled_and_shuffled(terms: Terms) -> Finding:
    """What is stored and how often a limit was crossed must be what the events say in the order of their time."""
    finding = Finding("F19", f"{DOUBLED:.0%} sent twice, the order shuffled over {SHUFFLED_OVER_S} s")
    with ground(terms.var, cases=terms.cases) as one:
        meters = install(one.site, "shuffled", [str(uuid4()) for _ in range(20)])
        wanted = dict(_history(meters, SHUFFLED_OVER_S))
        order = list(wanted.items())
        chance = random.Random(SEED)
        order += chance.sample(order, int(DOUBLED * len(order)))
        chance.shuffle(order)
        sender = Sender(one.site)
        keys = sender.keys()
        for start in range(0, len(order), 50):
            rows = [sample(meter, at, value) for (meter, at), value in order[start : start + 50]]
            assert sender.send(rows, key=f"shuffled-{next(keys)}").status_code == 201
        found = _rows_of(one, "shuffled")
        latest = _newest(one, "shuffled")
        one.close_books(finding)
    oracle = {(meter.mrid, round(at.timestamp() * 1e6)): value for (meter, at), value in wanted.items()}
    last = {meter.mrid: max((at, value) for (m, at), value in wanted.items() if m == meter)[1] for meter in meters}
    finding.more = {"sent": len(order), "different": len(oracle)}
    finding.need(found == oracle, f"{len(found.keys() ^ oracle.keys())} rows differ from the oracle")
    finding.need(latest == last, "the newest value of a point is not the newest by its time")
    return finding


def _history(meters: list[Meter], seconds: int) -> Iterator[tuple[tuple[Meter, datetime], float]]:
    end = datetime.now(UTC).replace(microsecond=0)
    for n in range(seconds):
        for number, meter in enumerate(meters):
            yield (meter, end - timedelta(seconds=n)), 10 + 0.01 * n + 0.0001 * number


def _rows_of(one: Ground, gateway: str) -> dict[tuple[str, int], float]:
    query = (
        "SELECT p.mrid, (extract(epoch FROM s.ts) * 1000000)::bigint, s.value FROM telemetry_sample s"
        " JOIN telemetry_measurementpoint p ON p.id = s.point_id"
        " JOIN telemetry_gateway g ON g.id = p.gateway_id WHERE g.name = %s"
    )
    with psycopg.connect(one.site.services["DATABASE_URL"]) as connection:
        return {(str(mrid), at_us): value for mrid, at_us, value in connection.execute(query, [gateway])}


def _newest(one: Ground, gateway: str) -> dict[str, float]:
    """NaN: the point has none yet."""
    query = (
        "SELECT p.mrid, p.slot, b.value FROM telemetry_measurementpoint p"
        " JOIN telemetry_gateway g ON g.id = p.gateway_id JOIN telemetry_latestblock b ON b.gateway_id = g.id"
        " WHERE g.name = %s"
    )
    with psycopg.connect(one.site.services["DATABASE_URL"]) as connection:
        rows = connection.execute(query, [gateway]).fetchall()
    return {str(mrid): float(np.append(np.frombuffer(raw)[slot:], np.nan)[0]) for mrid, slot, raw in rows}


def poison(terms: Terms) -> Finding:
    """A message that nobody can read and a task that kills who runs it: the rest of the queue goes on."""
    finding = Finding("F21", "a message that cannot be read, and a task that kills its worker each time")
    order = terms.var / "failpoint"
    told = _told(order)
    with ground(terms.var, cases=terms.cases, told=told) as one:
        _put_rubbish(one)
        deaths = _kill_whoever_runs(one, order, f"{POISONED}:before", times=5)
        rolled = _rollups(one)
        eventually(lambda: _rollups(one) > rolled, patience_s=150, what="rollups go on")
        listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
        told_by = [alarm["message"] for alarm in listed if alarm["condition"] == "task-failed"]
        finding.recovery_s = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
        one.close_books(finding)
    finding.more = {"workers killed": deaths, "alarms": told_by}
    finding.need(deaths <= 5, f"the task was tried {deaths} times")
    finding.need(bool(told_by), "no alarm tells of the task that was given up")
    return finding


def _told(order: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(Path(__file__).parent / "failpoints"),
        "FAILPOINT_FILE": str(order),
        "FAILPOINTS": POISONED,
    }


def _put_rubbish(one: Ground) -> None:
    url = one.site.services["REDIS_URL"].replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    with redis.Redis.from_url(url) as client:
        client.lpush("housekeeping", b"\xff\x00 not a message")
        client.lpush("housekeeping", b'{"body": "????", "headers": {}, "properties": {}}')


def _kill_whoever_runs(one: Ground, order: Path, point: str, *, times: int) -> int:
    deaths = 0
    one.site.manage("shell", given="from apps.live.tasks import trim_journal; trim_journal.delay()")
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and deaths <= times:
        order.write_text(point)
        taken = wait_until(lambda: not order.exists(), patience_s=45)
        order.unlink(missing_ok=True)
        if not taken:
            break
        deaths += 1
    return deaths


def _rollups(one: Ground) -> datetime:
    with psycopg.connect(one.site.services["DATABASE_URL"]) as connection:
        return connection.execute("SELECT max(done_until) FROM telemetry_rollup_progress").fetchone()[0]
