"""What stands before several web hosts: it asks each for its health, and leaves one that does not answer.

As deploy/proxy/haproxy.cfg tells the real one to: two failed checks a second apart end its connections.
"""

import asyncio
import threading
from collections import defaultdict
from contextlib import suppress

CHECK_S, FAILS, PATIENCE_S = 1.0, 2, 2.0
READY = b"GET /readyz HTTP/1.1\r\nHost: check\r\nConnection: close\r\n\r\n"
Address = tuple[str, int]


class Front(threading.Thread):
    def __init__(self, port: int, behind: list[Address]) -> None:
        super().__init__(daemon=True)
        self.port, self.behind = port, behind
        self._failed: dict[Address, int] = dict.fromkeys(behind, FAILS)
        self._open: dict[Address, set[asyncio.StreamWriter]] = defaultdict(set)
        self._loop = asyncio.new_event_loop()
        self._turn = 0

    @property
    def up(self) -> list[Address]:
        return [one for one in self.behind if self._failed[one] < FAILS]

    def run(self) -> None:
        with suppress(RuntimeError):  # stopped
            self._loop.run_until_complete(self._serve())

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self) -> None:
        await asyncio.start_server(self._forward, "127.0.0.1", self.port)
        await asyncio.gather(*(self._watch(one) for one in self.behind))

    async def _watch(self, one: Address) -> None:
        while True:
            self._failed[one] = 0 if await _is_ready(one) else self._failed[one] + 1
            if self._failed[one] >= FAILS:
                for writer in self._open.pop(one, set()):
                    writer.transport.abort()
            await asyncio.sleep(CHECK_S)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        for number in range(len(self.up)):
            one = self.up[(self._turn + number) % len(self.up)]
            with suppress(OSError):
                async with asyncio.timeout(PATIENCE_S):
                    back_reader, back_writer = await asyncio.open_connection(*one)
                break
        else:
            writer.transport.abort()
            return
        self._open[one] |= {writer, back_writer}
        try:
            await asyncio.gather(_pass(reader, back_writer), _pass(back_reader, writer))
        finally:
            self._open[one] -= {writer, back_writer}


async def _is_ready(one: Address) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(*one)
            writer.write(READY)
            line = await reader.readline()
            writer.close()
    except (OSError, asyncio.IncompleteReadError):
        return False
    return b" 200 " in line


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
    with suppress(OSError):
        writer.close()
