"""The one subscription of a process to Valkey. It comes back by itself, for ever."""

import asyncio
import logging
import time
from collections.abc import Callable

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from apps.live import valkey

logger = logging.getLogger(__name__)

QUIET_S = 2.0
SILENT_S = 6.0
RETRY_S = 0.5


class Subscriber:
    def __init__(
        self, *, address: str, on_message: Callable[[str, bytes], None], on_change: Callable[[bool], None]
    ) -> None:
        self.is_up = False
        self._prefix = valkey.prefix(address)
        self._on_message = on_message
        self._on_change = on_change
        # redis-py 8 ends idle reads after 5 s by default, and its retries would hide that messages were missed.
        self._client = redis.asyncio.Redis.from_url(
            address, socket_timeout=None, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0), max_connections=8
        )

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._follow()
                except (RedisError, OSError, TimeoutError) as error:
                    self._mark(up=False, reason=str(error))
                await asyncio.sleep(RETRY_S)
        finally:
            await self._client.aclose()

    async def newest(self, topic: str) -> bytes | None:
        async with asyncio.timeout(QUIET_S):
            found = await self._client.get(valkey.newest_key(self._prefix, topic))
        return found if isinstance(found, bytes) else None

    def _mark(self, *, up: bool, reason: str = "") -> None:
        if up == self.is_up:
            return
        self.is_up = up
        if not up:
            logger.warning("Live messages pause (%s); following by Postgres until Valkey is back.", reason)
        self._on_change(up)

    async def _follow(self) -> None:
        async with self._client.pubsub() as subscription:
            async with asyncio.timeout(QUIET_S):
                await subscription.psubscribe(self._prefix + "*")
            heard = time.monotonic()
            while True:
                message = await subscription.get_message(timeout=QUIET_S)
                if message is not None:
                    heard = time.monotonic()
                    self._take(message)
                elif time.monotonic() - heard > SILENT_S:
                    raise TimeoutError("no answer")
                else:
                    async with asyncio.timeout(QUIET_S):
                        await subscription.ping()

    def _take(self, message: dict[str, object]) -> None:
        what, channel, body = message["type"], message["channel"], message["data"]
        if what == "psubscribe":
            self._mark(up=True)
        elif what == "pmessage" and isinstance(channel, bytes) and isinstance(body, bytes):
            self._on_message(channel.decode().removeprefix(self._prefix), body)
