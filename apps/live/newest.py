"""The newest value of each text and binary topic, as heard from Valkey or, in its silence, read from Postgres."""

import time

from redis.exceptions import RedisError

from apps.live import messages
from apps.live.choices import TopicKind
from apps.live.registry import Topic
from apps.live.subscriber import Subscriber
from apps.live.threads import in_thread


class Newest:
    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._values: dict[str, bytes] = {}
        self._heard: dict[str, float] = {}

    def get(self, name: str) -> bytes | None:
        return self._values.get(name)

    def forget(self) -> None:
        self._values.clear()
        self.expect_silence()

    def expect_silence(self) -> None:
        """Whatever was sent meanwhile may have been missed: every topic is due for a reading."""
        self._heard.clear()

    def as_of(self, name: str) -> float | None:
        frame = self._values.get(name)
        return messages.frame_time(frame) if frame else None

    def take(self, topic: Topic, payload: bytes) -> bool:
        """True when this is news."""
        self._heard[topic.name] = time.monotonic()
        if self._values.get(topic.name) == payload or self._is_older(topic, payload):
            return False
        self._values[topic.name] = payload
        return True

    def _is_older(self, topic: Topic, payload: bytes) -> bool:
        if topic.kind is not TopicKind.BINARY:
            return False
        known, offered = self.as_of(topic.name), messages.frame_time(payload)
        return known is not None and offered is not None and offered < known

    def is_quiet(self, name: str, limit_s: float) -> bool:
        return time.monotonic() - self._heard.get(name, -limit_s) >= limit_s

    async def read(self, topic: Topic) -> bool:
        """Fetch from Postgres, or from Valkey what has no snapshot there; true when it was news."""
        self._heard[topic.name] = time.monotonic()
        payload = await self._read(topic)
        return payload is not None and self.take(topic, payload)

    async def _read(self, topic: Topic) -> bytes | None:
        value = await in_thread(topic.snapshot) if topic.snapshot else None
        if value is not None:
            return bytes(value) if topic.kind is TopicKind.BINARY else messages.payload_of(value)
        try:
            return await self._subscriber.newest(topic.name) if self._subscriber.is_up else None
        except (RedisError, OSError):
            return None
