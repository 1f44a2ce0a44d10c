"""The controlled end of IEC 104: a station with a process image, interrogations, events and commands."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from numpy.typing import ArrayLike

from gridops.protocols.iec104.channel import Refusals
from gridops.protocols.iec104.commands import Command
from gridops.protocols.iec104.events import EventBuffer
from gridops.protocols.iec104.image import PointImage
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.session import Session
from gridops.protocols.iec104.types import Cause

log = logging.getLogger(__name__)
_MAX_CONNECTIONS = 8

OnCommand = Callable[[Command], Awaitable[bool]]


class Outstation:
    """Serves masters on a TCP port. Of several connections only the one started last gets data.

    `on_command` performs a command and says whether it was accepted. `buffer_limit` bounds the events that wait for a
    master; when it is full the oldest is dropped and `overflow` counts it. `port` 0 takes a free port: read `port`
    after `started` is set. All methods belong to the event loop that runs `serve`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        points: PointImage,
        on_command: OnCommand,
        *,
        settings: LinkSettings | None = None,
        buffer_limit: int = 100_000,
        select_timeout_s: float = 10.0,
        select_required: bool = False,
        max_command_age_s: float = 30.0,
    ) -> None:
        self.host, self.port, self.points = host, port, points
        self.settings = settings or LinkSettings()
        self.started = asyncio.Event()
        self.refusals = Refusals(f"outstation {host}:{port}")
        self.clock_offset_us: int | None = None  # the master's clock minus ours, at the last synchronisation
        self.events = EventBuffer(buffer_limit)
        self.select_timeout_s, self.select_required = select_timeout_s, select_required
        self.max_command_age_s = max_command_age_s
        self._on_command = on_command
        self._active: Session | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._greeted = False

    @property
    def refused(self) -> int:
        """Frames, ASDUs and connections that were refused since the start."""
        return self.refusals.count

    @property
    def last_reason(self) -> str:
        """Why the last one was refused."""
        return self.refusals.last_reason

    @property
    def overflow(self) -> int:
        """Events dropped because the buffer was full."""
        return self.events.overflow

    @property
    def is_active(self) -> bool:
        """A master has started the data transfer."""
        return self._active is not None

    async def serve(self) -> None:
        """Listen until cancelled. Raises OSError if the port cannot be had."""
        server = await asyncio.start_server(self._connected, self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self.refusals.name = f"outstation {self.host}:{self.port}"
        self.started.set()
        try:
            async with server:
                await server.serve_forever()
        finally:
            self.started.clear()
            await self._hang_up()

    def store(self, common_address: int, ioa: ArrayLike, value: ArrayLike, quality: ArrayLike = 0) -> None:
        """Put values into the image without an event: only interrogations will tell them. Raises UnknownObject."""
        self.points.store(common_address, ioa, value, quality)

    def update(
        self,
        common_address: int,
        ioa: ArrayLike,
        value: ArrayLike,
        quality: ArrayLike,
        at_us: ArrayLike,
        *,
        cause: Cause = Cause.SPONTANEOUS,
    ) -> None:
        """Put values into the image and queue them as time-tagged events (`at_us`: UTC microseconds).

        Arrays of equal length, or scalars for all of them. Raises UnknownObject, and then nothing has changed.
        """
        rows = self.points.store(common_address, ioa, value, quality)
        for type_id, octets in self.points.events(rows, at_us):
            self.events.add(type_id, cause, common_address, octets)
        if self._active is not None:
            self._active.channel.pump()

    def report(self, common_address: int, ioa: ArrayLike, *, cause: Cause = Cause.PERIODIC) -> bool:
        """Tell the present values without a time, periodic or as a background scan; says whether anybody listens.

        Nothing of it is kept for later: the next round tells them anew. Raises UnknownObject.
        """
        rows = self.points.rows(common_address, ioa)
        if self._active is None:
            return False
        return self._active.report((int(cause), common_address), self.points.present(common_address, cause, rows))

    def activate(self, session: Session) -> None:
        """STARTDT: this connection gets the data, another one loses it."""
        if session is self._active:
            return
        if self._active is not None:
            self._active.supersede()
        self._active = session
        self.events.rewind()
        session.begin(greet=not self._greeted)
        self._greeted = True

    def deactivate(self, session: Session) -> None:
        """The connection is stopped or gone: what it did not acknowledge will be sent again."""
        if session is self._active:
            self._active = None
            self.events.rewind()

    async def perform(self, command: Command) -> bool:
        """Let the owner perform a command; a failure of his is a refusal."""
        try:
            return await self._on_command(command)
        except Exception:
            log.exception("command to %d/%d failed", command.common_address, command.ioa)
            return False

    def set_clock(self, at_us: int) -> None:
        """A master has told its time."""
        self.clock_offset_us = at_us - time.time_ns() // 1000

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= _MAX_CONNECTIONS:
            self.refusals.note(f"more than {_MAX_CONNECTIONS} connections", asyncio.get_running_loop().time())
            writer.transport.abort()
            return
        task = asyncio.create_task(self._converse(Session(self, reader, writer)))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, session: Session) -> None:
        try:
            await session.run()
        finally:
            self.deactivate(session)
            await session.channel.close()

    async def _hang_up(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
