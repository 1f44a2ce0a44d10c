"""Two who keep books while a site is harmed: one who sends, one who listens."""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.journeys.meters import Meter, Sender, sample
from tests.journeys.site import Site

BATCH = 5
PAUSE_S = 0.03
TRY_AGAIN_S = 0.2
CALM_KV, ALARM_KV = 10.0, 30.0


@dataclass
class Ledger:
    """What was answered with 201: only this was promised."""

    samples: list[tuple[str, int, float]] = field(default_factory=list)
    swings: list[tuple[str, bool]] = field(default_factory=list)  # the alarm meter, and whether it went above its limit
    raised: dict[float, float] = field(default_factory=dict)  # value above the limit -> when first sent, monotonic
    answers: Counter[str] = field(default_factory=Counter)
    acknowledged_at: datetime | None = None


class Load(threading.Thread):
    """Sends numbered samples, and swings the watched meters over their limit and back, until it is told to end."""

    def __init__(self, sender: Sender, plain: list[Meter], watched: list[Meter], *, batch: int = BATCH) -> None:
        super().__init__(daemon=True)
        self.sender, self.plain, self.watched, self.batch = sender, plain, watched, batch
        self.ledger = Ledger()
        self.ending = threading.Event()

    def run(self) -> None:
        keys = self.sender.keys()
        for number in count():
            if self.ending.wait(PAUSE_S):
                return
            self._batch(number, next(keys))

    def _batch(self, number: int, key: str) -> None:
        watched = self.watched[number // 4 % len(self.watched)]
        swings = number % 4 == 0
        is_high = number // (4 * len(self.watched)) % 2 == 0
        meters = [self.plain[(number + offset) % len(self.plain)] for offset in range(self.batch)]
        values = [CALM_KV + 1e-6 * (self.batch * number + offset) for offset in range(self.batch)]
        rows = [(meter, self.sender.instant(), value) for meter, value in zip(meters, values, strict=True)]
        if swings:
            value = (ALARM_KV if is_high else CALM_KV) + 1e-6 * number
            rows.append((watched, self.sender.instant(), value))
            if is_high:
                self.ledger.raised[value] = time.monotonic()
        self._until_acknowledged([sample(*row) for row in rows], key)
        self.ledger.samples += [(meter.mrid, _microseconds(at), value) for meter, at, value in rows]
        if swings:
            self.ledger.swings.append((watched.mrid, is_high))

    def _until_acknowledged(self, samples: list[dict[str, Any]], key: str) -> None:
        while True:
            sent_at = datetime.now(UTC)
            try:
                status = self.sender.send(samples, key=key).status_code
            except requests.RequestException as error:
                self.ledger.answers[type(error).__name__] += 1
            else:
                self.ledger.answers[str(status)] += 1
                if status == 201:
                    self.ledger.acknowledged_at = sent_at
                    return
            time.sleep(TRY_AGAIN_S)

    def end(self) -> Ledger:
        self.ending.set()
        self.join(60)
        assert not self.is_alive(), "the last request was never acknowledged"
        return self.ledger


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


class Listener(threading.Thread):
    """Follows the alarms as a display does: hints and beats say how far the journal is, the journal says what happened.

    It takes one snapshot, and another only when the epoch changes. Whatever it misses stays missing.
    """

    def __init__(self, site: Site, username: str) -> None:
        super().__init__(daemon=True)
        self.site, self.person = site, site.person(username)
        self.ending = threading.Event()
        self.active: dict[int, dict[str, Any]] = {}
        self.position, self.epoch = "", ""
        self.snapshots = self.connections = 0
        self.last_beat: dict[str, Any] = {}
        self.faults: list[str] = []
        self.arrivals: dict[float, float] = {}  # value of a raised alarm -> when it was seen, monotonic

    def run(self) -> None:
        while not self.ending.is_set():
            try:
                self._listen()
            except (OSError, WebSocketException, requests.RequestException, EOFError):
                time.sleep(TRY_AGAIN_S)
            except Exception as error:  # noqa: BLE001  told by the test, not by a thread that vanished
                self.faults.append(repr(error))
                return

    def _listen(self) -> None:
        headers = {"Cookie": self.person.cookie, "Origin": self.site.url}
        url = self.site.live_url
        with connect(url, additional_headers=headers, proxy=None, open_timeout=5, close_timeout=1) as socket:
            self.connections += 1
            socket.send(json.dumps({"subscribe": ["alarms", "grid"]}))
            while not self.ending.is_set():
                raw = socket.recv(timeout=9)  # three beats: a silent socket is a lost one
                if isinstance(raw, str):
                    self._take(json.loads(raw))

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "hello" and message["epoch"] != self.epoch:
            self._snapshot()
        elif message["type"] == "beat":
            self.last_beat = message
            self._reach(message["positions"].get("alarms"))
        elif message["type"] in ("hint", "snapshot") and message.get("topic") == "alarms":
            self._reach(message["position"])

    def _reach(self, position: str | None) -> None:
        if position and _order(position) > _order(self.position):
            self._follow()

    def _snapshot(self) -> None:
        page = self.person.read("/api/v1/alarms")
        self.active = {alarm["id"]: alarm for alarm in page["alarms"]}
        self.epoch, self.position = page["epoch"], page["position"]
        self.snapshots += 1

    def _follow(self) -> None:
        more = True
        while more:
            page = self.person.read("/api/v1/alarms", after=self.position)
            fold(self.active, page["entries"])
            self._note(page["entries"])
            self.position, more = page["position"], page["more"]

    def _note(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            if entry["kind"] == "raised" and entry["alarm"]["value"] is not None:
                self.arrivals.setdefault(entry["alarm"]["value"], time.monotonic())

    def is_current(self, since: datetime) -> bool:
        beat = self.last_beat
        return (
            bool(beat)
            and datetime.fromisoformat(beat["server_time"]) > since
            and (beat["database"], beat["push"]) == ("reachable", "valkey")
            and (beat["as_of"].get("grid") or 0) > since.timestamp() * 1000
        )

    def end(self) -> None:
        self.ending.set()
        self.join(30)
        assert self.faults == []


def _order(position: str) -> int:
    return int(position or 0)


def fold(active: dict[int, dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    """What the journal says, entry after entry, is what stands."""
    for alarm in (entry["alarm"] for entry in entries):
        if alarm["state"] == "normal":
            active.pop(alarm["id"], None)
        else:
            active[alarm["id"]] = alarm
