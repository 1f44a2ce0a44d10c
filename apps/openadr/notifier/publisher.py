import asyncio
import logging
import os
from collections.abc import Sequence

from asgiref.sync import sync_to_async
from django.utils import timezone

from apps.openadr.models import Notification
from apps.openadr.rules.notices import message_of
from apps.openadr.selectors.publications import Publication, publications_of
from apps.openadr.services import publishing
from gridops.protocols.mqtt import Broker, Message, Session, State

log = logging.getLogger("apps.openadr.topics")
NAME = "vtn"  # as the broker's list of rights calls us
_AT_ONCE, _PATIENCE_S = 2000, 60.0


class Publisher:
    """Tells the broker what the outbox holds; a notification counts as told when the broker has all of it."""

    def __init__(self, socket: str) -> None:
        broker = Broker(
            socket,
            1883,
            f"{NAME}-{os.getpid()}",
            username=NAME,
            is_unix=True,
            keeps_session=False,
            most_in_flight=65_000,
        )
        self._session = Session(broker, [], self._say)
        self._was_up: bool | None = None

    async def run(self) -> None:
        await self._session.run()

    async def round(self) -> bool:
        """False: there was nothing to do, or no broker to tell."""
        if not self._was_up:
            return False
        notices = await sync_to_async(publishing.to_publish)(as_of=timezone.now())
        for notice in notices:
            if not await self._told(notice):
                return False
            await sync_to_async(publishing.published)(notice=notice, as_of=timezone.now())
        return bool(notices)

    async def _told(self, notice: Notification) -> bool:
        where = await sync_to_async(lambda: list(publications_of(notice)))()
        body = message_of(notice)
        parts = [where[begin : begin + _AT_ONCE] for begin in range(0, len(where), _AT_ONCE)]
        for part in parts:
            if not await self._session.deliver(_messages(part, body), patience_s=_PATIENCE_S):
                return False
            await asyncio.sleep(0)
        return True

    def _say(self, state: State, reason: str) -> None:
        is_up = state == State.UP
        if is_up != self._was_up:
            log.log(logging.INFO if is_up else logging.WARNING, "the broker of topics: %s", reason)
        self._was_up = is_up


def _messages(part: Sequence[Publication], body: bytes) -> list[Message]:
    return [Message(one.topic, b"" if one.is_empty else body, qos=1, is_retained=True) for one in part]
