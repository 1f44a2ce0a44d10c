"""Both ends on loopback, bare peers that speak frames, and a line that can be cut."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

import numpy as np

from gridops.protocols.iec104 import (
    Command,
    LinkSettings,
    LinkState,
    Master,
    Outstation,
    PointBatch,
    PointImage,
    Schedule,
)
from gridops.protocols.iec104.apci import Frame, Function, IFrame, Splitter, UFrame, encode_i, encode_s, encode_u
from gridops.protocols.iec104.asdu import Asdu, parse, single
from gridops.protocols.iec104.types import TypeId

HOST = "127.0.0.1"
PATIENCE_S = 20.0
QUICK = LinkSettings(t0=2.0, t1=0.4, t2=0.2, t3=0.3)
NO_PROCEDURES = Schedule(interrogation_s=None, clock_s=None)


def now_us() -> int:
    return time.time_ns() // 1000


class Desk:
    """Who is behind an outstation: takes commands and remembers them."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.accept = True
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, command: Command) -> bool:
        self.commands.append(command)
        await self.gate.wait()
        return self.accept


class Store:
    """Who is behind a master: stores batches, and can fail or hang."""

    def __init__(self) -> None:
        self.batches: list[PointBatch] = []
        self.links: list[tuple[LinkState, str]] = []
        self.failures = 0  # the next batches that are not stored
        self.lost: list[PointBatch] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0

    async def batch(self, batch: PointBatch) -> None:
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        if self.failures:
            self.failures -= 1
            self.lost.append(batch)
            raise ConnectionError("the database is away")
        self.batches.append(batch)

    async def link(self, state: LinkState, reason: str) -> None:
        self.links.append((state, reason))

    def column(self, name: str) -> list:
        return [item for batch in self.batches for item in getattr(batch, name).tolist()]

    def __len__(self) -> int:
        return sum(map(len, self.batches))


@contextlib.asynccontextmanager
async def background(work, ready: asyncio.Event | None = None) -> AsyncIterator[asyncio.Task]:
    task = asyncio.create_task(work)
    try:
        if ready is not None:
            waiting = asyncio.create_task(ready.wait())
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        if task.done():
            await task
        yield task
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def outstation(points: PointImage, desk: Desk | None = None, port: int = 0, **options) -> AsyncIterator:
    station = Outstation(HOST, port, points, desk or Desk(), **options)
    async with background(station.serve(), station.started):
        yield station


@contextlib.asynccontextmanager
async def master(port: int, addresses: Iterable[int], store: Store, **options) -> AsyncIterator[Master]:
    options = {"backoff_s": (0.01, 0.05), "schedule": NO_PROCEDURES} | options
    one = Master(HOST, port, list(addresses), store.batch, store.link, **options)
    async with background(one.run()):
        yield one


def image(n: int = 10, *, stations: int = 1, type_id: int = 36, commands: Iterable[tuple[int, int]] = ()) -> PointImage:
    """`n` points with addresses from 0 in each of the stations 1.., and (ioa, type) commands in station 1."""
    orders = list(commands)
    return PointImage(
        np.r_[np.repeat(np.arange(1, stations + 1), n), np.ones(len(orders), int)],
        np.r_[np.tile(np.arange(n), stations), np.array([ioa for ioa, _ in orders], int)],
        np.r_[np.full(n * stations, type_id), np.array([kind for _, kind in orders], int)],
    )


class Peer:
    """A bare end of a connection that sends and receives what the test says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._splitter = Splitter()
        self._frames: list[Frame] = []
        self.sent = self.received = 0

    @classmethod
    async def connect(cls, port: int, *, start: bool = True) -> "Peer":
        peer = cls(*await asyncio.open_connection(HOST, port))
        if start:
            peer.u(Function.STARTDT_ACT)
            assert await peer.frame() == UFrame(Function.STARTDT_CON)
        return peer

    def raw(self, octets: bytes) -> None:
        self.writer.write(octets)

    def u(self, function: Function) -> None:
        self.raw(encode_u(function))

    def s(self, sequence: int | None = None) -> None:
        self.raw(encode_s(self.received if sequence is None else sequence))

    def i(self, asdu: Asdu | bytes) -> None:
        octets = asdu.encode() if isinstance(asdu, Asdu) else asdu
        self.raw(encode_i(self.sent % 32768, self.received % 32768, octets))
        self.sent += 1

    async def frame(self) -> Frame | None:
        """The next frame, or None at the end of the connection."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._frames:
                try:
                    octets = await self._reader.read(65536)
                except ConnectionError:
                    octets = b""
                if not octets:
                    return None
                frames, error = self._splitter.feed(octets)
                assert error is None
                self._frames += frames
        frame = self._frames.pop(0)
        if isinstance(frame, IFrame):
            assert frame.send_sequence == self.received % 32768
            self.received += 1
        return frame

    async def asdu(self) -> Asdu:
        """The next ASDU, which is acknowledged."""
        while not isinstance(frame := await self.frame(), IFrame):
            assert frame is not None, "the connection ended"
        self.s()
        return parse(frame.asdu)

    async def ask(self, asdu: Asdu) -> Asdu:
        self.i(asdu)
        return await self.asdu()

    async def so_far(self) -> list[Frame]:
        """All frames that the other end sent before it answered a test."""
        self.u(Function.TESTFR_ACT)
        got = []
        while (frame := await self.frame()) != UFrame(Function.TESTFR_CON):
            assert frame is not None, "the connection ended"
            got.append(frame)
        return got

    async def settled(self) -> list[Frame]:
        """All frames until nothing more comes of what was sent: an answer to a test overtakes I-frames of its burst."""
        return await self.so_far() + await self.so_far()

    async def ended(self) -> list[Frame]:
        """All frames until the other end closed."""
        got = []
        while (frame := await self.frame()) is not None:
            got.append(frame)
        return got

    def close(self) -> None:
        self.writer.transport.abort()


async def greeted(port: int) -> Peer:
    """A started peer that has taken the end of initialisation."""
    peer = await Peer.connect(port)
    assert (await peer.asdu()).type_id == TypeId.M_EI_NA
    assert await peer.settled() == []
    return peer


class Switchboard:
    """A bare station for masters: each connection becomes a Peer."""

    def __init__(self) -> None:
        self.port = 0
        self._arrived: asyncio.Queue[Peer] = asyncio.Queue()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._arrived.put_nowait(Peer(reader, writer))

    async def peer(self, *, start: bool = True) -> Peer:
        async with asyncio.timeout(PATIENCE_S):
            peer = await self._arrived.get()
        if start:
            assert await peer.frame() == UFrame(Function.STARTDT_ACT)
            peer.u(Function.STARTDT_CON)
        return peer

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator["Switchboard"]:
        board = cls()
        server = await asyncio.start_server(board._connected, HOST, 0)
        board.port = server.sockets[0].getsockname()[1]
        try:
            yield board
        finally:
            server.close()
            while not board._arrived.empty():
                board._arrived.get_nowait().close()


def order(type_id: int, ioa: int, element: bytes, *, cause: int = 6, address: int = 1) -> Asdu:
    return single(type_id, cause, address, ioa, element)
