"""Best effort to Valkey: what is lost here costs a listener a heartbeat, never a fact."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.live import valkey
from apps.live.registry import topics

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.2  # connecting, sending and the answer may each take this long: under 0.5 s in all
REST_S = 2.0
NEWEST_LIFE_S = 3600


class Publisher:
    """One a process. After a failure it is silent for two seconds instead of making every caller wait."""

    def __init__(self, address: str) -> None:
        self.prefix = valkey.prefix(address)
        self.failures = 0
        self._rests_until = 0.0
        self._client = redis.Redis.from_url(
            address,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            max_connections=64,
        )

    def newest(self, payloads: Mapping[str, bytes]) -> bool:
        """By topic; all of them in one journey. What has a snapshot is not kept: every scan would fill Valkey's log."""

        def send(pipeline: "redis.client.Pipeline") -> None:
            for topic, payload in payloads.items():
                if not _has_snapshot(topic):
                    pipeline.set(valkey.newest_key(self.prefix, topic), payload, ex=NEWEST_LIFE_S)
                pipeline.publish(self.prefix + topic, payload)

        return self._try(send)

    def hint(self, stream: str) -> bool:
        return self._try(lambda pipeline: pipeline.publish(self.prefix + valkey.HINTS, stream))

    def _try(self, send: Callable[["redis.client.Pipeline"], object]) -> bool:
        if time.monotonic() < self._rests_until:
            return False
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                send(pipeline)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self.failures += 1
            self._rests_until = time.monotonic() + REST_S
            logger.warning("Valkey does not take live messages (%s); listeners follow by Postgres.", error)
            return False
        return True


def _has_snapshot(topic: str) -> bool:
    known = topics().get(topic)
    return known is not None and known.snapshot is not None


_lock = threading.Lock()
_publishers: dict[tuple[int, str], Publisher] = {}


def publisher() -> Publisher:
    key = (os.getpid(), valkey.url())  # a forked worker must not share its parent's socket
    with _lock:
        if key not in _publishers:
            _publishers[key] = Publisher(key[1])
        return _publishers[key]
