"""The head end's way to the control room: HTTP with a token, again until it is taken."""

import json
import logging
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import urllib3

from gridops.simulator.head_end.meters import CALL, Message

log = logging.getLogger("gridops.simulator.head_end")

MOST_AT_ONCE = 5000
MOST_KEPT = 200_000
TIMEOUT_S = 20.0
METER_EVENTS, CALLS = "/api/v1/outages/meter-events", "/api/v1/outages/calls"


class Post:
    """Messages in two queues. What is sent twice has the same id and counts once."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._url, self._token_file = url.rstrip("/"), token_file
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(TIMEOUT_S), retries=False)
        self._events: deque[Message] = deque(maxlen=MOST_KEPT)
        self._calls: deque[Message] = deque(maxlen=MOST_KEPT)
        self._troubles = 0

    def take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            (self._calls if message.kind == CALL else self._events).append(message)

    def send(self) -> int:
        """How many were taken."""
        return self._send(METER_EVENTS, "events", self._events) + self._send(CALLS, "calls", self._calls)

    def _send(self, path: str, name: str, queue: deque[Message]) -> int:
        taken = 0
        while queue:
            part = [queue[n] for n in range(min(MOST_AT_ONCE, len(queue)))]
            if not self._taken(path, {name: [one.document() for one in part]}):
                break
            for _ in part:
                queue.popleft()
            taken += len(part)
        return taken

    def _taken(self, path: str, body: object) -> bool:
        try:
            token = json.loads(self._token_file.read_text())["token"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = self._pool.request("POST", self._url + path, headers=headers, json=body)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError) as error:
            return self._told(str(error))
        if answer.status != 200:
            return self._told(f"{answer.status}: {answer.data[:200].decode(errors='replace')}")
        self._troubles = 0
        return True

    def _told(self, reason: str) -> bool:
        self._troubles += 1
        if self._troubles & (self._troubles - 1) == 0:  # the first, second, fourth …
            log.warning("meters and callers are not heard: %s", reason)
        return False
