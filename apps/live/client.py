"""One socket: the newest message of each kind waits in a slot, so a slow browser drops frames and never queues them.

Who keeps up is written to at once; only who does not is waited for, by a task of his own.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from prometheus_client import Counter

from apps.accounts.choices import Permission
from apps.live.wire import Wire

logger = logging.getLogger(__name__)

STALLED_S = 20.0
SIGNED_OUT, TOO_FAST, STALLED, TOO_MANY = 4401, 4408, 4409, 4429

DROPPED = Counter(
    "gridops_live_messages_replaced_total", "Messages that a newer one replaced before a slow client read it"
)
CLOSED = Counter("gridops_live_sockets_closed_total", "Sockets that the server closed", ["code"])


@dataclass(frozen=True)
class Identity:
    user_id: int
    session_key: str | None
    session_hash: str
    permissions: frozenset[Permission]


@dataclass(eq=False)
class Client:
    identity: Identity
    send: Callable[[str | bytes], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    wire: Wire | None = None
    stalled_s: float = STALLED_S
    topics: set[str] = field(default_factory=set)
    owed: set[str] = field(default_factory=set)  # snapshots that could not be given yet
    replaced: int = 0
    _slots: dict[str, str | bytes] = field(default_factory=dict)
    _idle: asyncio.Future[None] | None = None  # what the pump waits for; an Event would cost twice as much a frame
    _writing_since: float | None = None
    _pump: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._pump = asyncio.create_task(self._run())

    def offer(self, slot: str, message: str | bytes, frame: bytes | None = None) -> None:
        """`frame`: the same message, framed for all who get it."""
        if frame is not None and self._is_idle and self.wire is not None and self.wire.write(frame):
            return
        if slot in self._slots:
            self.replaced += 1
            DROPPED.inc()
        self._slots[slot] = message
        if self._idle is not None and self._is_idle:
            self._idle.set_result(None)

    @property
    def _is_idle(self) -> bool:
        """Nothing waits that would have to go first, and nothing has ended the sending."""
        return self._idle is not None and not self._idle.done()

    @property
    def is_stalled(self) -> bool:
        """Asked by the hub now and then: a timeout of its own for every message would cost a fifth of its sending."""
        now = asyncio.get_running_loop().time()
        return self._writing_since is not None and now - self._writing_since > self.stalled_s

    async def _run(self) -> None:
        try:
            await self._write_for_ever()
        except Exception as error:  # noqa: BLE001  whatever the server raises for a socket that is gone
            logger.debug("A live socket went away while written to: %s", error)
        finally:
            self._writing_since = None

    async def _write_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while self._slots:
                message = self._slots.pop(next(iter(self._slots)))
                self._writing_since = loop.time()
                await self.send(message)
                self._writing_since = None
            self._idle = loop.create_future()
            await self._idle

    async def _close(self, code: int) -> None:
        CLOSED.labels(str(code)).inc()
        self._slots.clear()
        with contextlib.suppress(Exception):
            await self.close(code)

    async def stop(self) -> None:
        if self._pump is not None and self._pump is not asyncio.current_task():
            self._pump.cancel()
            await asyncio.wait([self._pump])

    async def end(self, code: int) -> None:
        """No message follows. The close waits for the network in a task of its own, like the pump before it."""
        await self.stop()
        self._pump = asyncio.create_task(self._close(code))
