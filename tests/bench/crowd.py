"""Clients of a WebSocket server, in a thread of their own, who note when each frame reaches them."""

import asyncio
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

OPENING_AT_ONCE = 20
PATIENCE_S = 20.0
_TIME = struct.Struct("<d")


def stamped(frame: bytes, at_ms: float) -> bytes:
    """The same frame of another instant: its time stands at byte 8."""
    return frame[:8] + _TIME.pack(at_ms) + frame[16:]


class Crowd:
    """Frames are told apart by their time. `arrivals` holds, per frame, when each client had all of it, in unix ms."""

    def __init__(
        self, url: str, *, count: int, headers: dict[str, str], greeting: str = "", reads: bool = True
    ) -> None:
        self.count = count
        self._reads = reads
        self.arrivals: dict[float, list[float]] = defaultdict(list)
        self._news = threading.Event()
        self._url, self._headers, self._greeting = url, headers, greeting
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._sockets: list[ClientConnection] = []
        self._listeners: list[asyncio.Task[None]] = []

    def __enter__(self) -> "Crowd":
        self._thread.start()
        self._run(self._open()).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _open(self) -> None:
        for start in range(0, self.count, OPENING_AT_ONCE):
            size = min(OPENING_AT_ONCE, self.count - start)
            self._sockets += await asyncio.gather(*(self._one() for _ in range(size)))
        if self._reads:
            self._listen_all()

    async def _one(self) -> ClientConnection:
        socket = await connect(
            self._url, additional_headers=self._headers, compression=None, max_size=None, proxy=None, open_timeout=60
        )
        if self._greeting:
            await socket.send(self._greeting)
        if not self._reads:
            socket.transport.pause_reading()
        return socket

    def _listen_all(self) -> None:
        self._listeners = [asyncio.create_task(self._listen(socket)) for socket in self._sockets]

    async def _read_again(self) -> None:
        for socket in self._sockets:
            socket.transport.resume_reading()
        self._listen_all()

    def read_again(self) -> None:
        """They stalled; now they take what waits for them."""
        self._run(self._read_again()).result()

    async def _listen(self, socket: ClientConnection) -> None:
        async for message in socket:
            if isinstance(message, bytes):
                self.arrivals[_TIME.unpack_from(message, 8)[0]].append(time.time() * 1000)
                self._news.set()

    async def _close(self) -> None:
        await asyncio.gather(*(socket.close() for socket in self._sockets))
        await asyncio.gather(*self._listeners, return_exceptions=True)

    def settle(self, send: Callable[[], float]) -> None:
        """Send until everybody hears: who has just come may still be unknown to the server, or the server to Valkey."""
        for _ in range(int(PATIENCE_S)):
            with suppress(TimeoutError):
                self.wait_for(send(), patience_s=1.0)
                self.arrivals.clear()
                return
        raise TimeoutError("The clients of the bench get no frames.")

    def wait_for(self, at_ms: float, *, patience_s: float = PATIENCE_S) -> None:
        """Until every client has the frame of that time."""
        self._wait(lambda: len(self.arrivals.get(at_ms, ())) >= self.count, patience_s)

    def next(self) -> tuple[float, float]:
        """The time of the next frame that reaches the only client, and its arrival."""
        self._wait(lambda: any(list(self.arrivals.values())), PATIENCE_S)
        at_ms, (arrival,) = self.arrivals.popitem()
        return at_ms, arrival

    def _wait(self, is_there: Callable[[], bool], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not is_there():
            if time.monotonic() > deadline:
                raise TimeoutError("A client of the bench did not get its frame.")
            self._news.wait(0.1)
            self._news.clear()
