"""What a newcomer sees first. Many sockets that come back at once share one reading."""

import asyncio
import logging
from functools import partial

from apps.live import messages
from apps.live.choices import TopicKind
from apps.live.client import Client
from apps.live.loops import cancel
from apps.live.newest import Newest
from apps.live.registry import Topic
from apps.live.selectors import consistent_snapshot
from apps.live.threads import in_thread

logger = logging.getLogger(__name__)


class Snapshots:
    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._flights: dict[str, asyncio.Task[str | bytes | None]] = {}

    async def show(self, client: Client, topic: Topic) -> None:
        """What cannot be read now is owed, and shown as soon as it can be."""
        client.owed.discard(topic.name)
        try:
            message = await self._shared(topic)
        except Exception as error:  # noqa: BLE001  the snapshot is the topic owner's code: its failure is not ours
            logger.warning("The snapshot of %s cannot be read: %s", topic.name, error)
            client.owed.add(topic.name)
            client.topics.add(topic.name)
            text = f"The present state of {topic.name} cannot be read; it follows as soon as it can."
            client.offer(f"error {topic.name}", messages.error(code="snapshot_unavailable", message=text))
            return
        if topic.kind is not TopicKind.JOURNAL:
            message = self._value(topic)  # another may have come since it was read
        client.topics.add(topic.name)
        if message is not None:
            client.offer(f"snapshot {topic.name}", message)

    async def stop(self) -> None:
        await cancel(self._flights.values())

    async def _shared(self, topic: Topic) -> str | bytes | None:
        flight = self._flights.get(topic.name)
        if flight is None:
            flight = self._flights[topic.name] = asyncio.create_task(self._read(topic))
            flight.add_done_callback(lambda _: self._flights.pop(topic.name, None))
        return await asyncio.shield(flight)

    async def _read(self, topic: Topic) -> str | bytes | None:
        if topic.kind is TopicKind.JOURNAL:
            read = partial(consistent_snapshot, stream=topic.name, read=topic.snapshot or _nothing)
            seen = await in_thread(read)
            return messages.snapshot(topic=topic.name, position=seen.position, data=seen.data)
        if self._newest.get(topic.name) is None:
            await self._newest.read(topic)
        return self._value(topic)

    def _value(self, topic: Topic) -> str | bytes | None:
        payload = self._newest.get(topic.name)
        if topic.kind is TopicKind.BINARY:
            return payload
        return messages.text_snapshot(topic=topic.name, payload=payload or b"null")


def _nothing() -> None:
    return None
