"""A line between two ends that can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.protocols.iec104.ends import HOST


class Line:
    """Forwards TCP to a port until it is cut; what is on the way is lost. Then it takes the next connection."""

    def __init__(self, port: int) -> None:
        self.port, self._target = 0, port
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task] = set()
        self.forwarded = 0
        self._cut_at: int | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator["Line"]:
        line = cls(port)
        server = await asyncio.start_server(line._connected, HOST, 0)
        line.port = server.sockets[0].getsockname()[1]
        try:
            yield line
        finally:
            server.close()
            line.cut()

    def cut_after(self, octets: int) -> None:
        """Let so many more octets pass, both ways together, and cut in the middle of the next."""
        self._cut_at = self.forwarded + octets

    def cut(self) -> None:
        self._cut_at = None
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, self._target)
        self._writers += [writer, far_writer]
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._forward(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while octets := await source.read(4096):
                if self._cut_at is not None and self.forwarded + len(octets) > self._cut_at:
                    self.cut()
                    return
                self.forwarded += len(octets)
                sink.write(octets)
                await sink.drain()
        sink.transport.abort()
