import asyncio
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from apps.live import client as client_module
from apps.live.wire import EXTENSION, FramesProtocol, Wire, framed, wire_of

BIG = bytes(1 << 20)


class Server:
    """uvicorn with nothing behind it but a wire and a pump for each socket, as the consumer and the hub use them."""

    def __init__(self, *, deflate: bool = False) -> None:
        self.clients: list[client_module.Client] = []
        self.opened = asyncio.Event()
        config = uvicorn.Config(
            self, port=0, ws=FramesProtocol, ws_per_message_deflate=deflate, lifespan="off", log_level="error"
        )
        self.uvicorn = uvicorn.Server(config)
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> str:
        self.task = asyncio.create_task(self.uvicorn.serve())
        while not self.uvicorn.started:
            await asyncio.sleep(0.01)
        return f"ws://127.0.0.1:{self.uvicorn.servers[0].sockets[0].getsockname()[1]}/"

    async def __aexit__(self, *_: object) -> None:
        self.uvicorn.should_exit = self.uvicorn.force_exit = True
        assert self.task is not None
        await self.task

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def write(message: str | bytes) -> None:
            await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})

        async def close(code: int) -> None:
            await send({"type": "websocket.close", "code": code})

        await send({"type": "websocket.accept"})
        identity = client_module.Identity(1, None, "", frozenset())
        client = client_module.Client(identity=identity, send=write, close=close, wire=wire_of(scope))
        client.start()
        await asyncio.sleep(0)
        self.clients.append(client)
        self.opened.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass
        await client.stop()


def counting(client: client_module.Client, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    assert client.wire is not None
    written: list[bytes] = []
    write = client.wire.write

    def counted(frame: bytes) -> bool:
        taken = write(frame)
        if taken:
            written.append(frame)
        return taken

    monkeypatch.setattr(client.wire, "write", counted)
    return written


async def test_a_browser_reads_frames_that_were_made_once_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    async with server as url, connect(url, proxy=None, max_size=None) as first, connect(url, proxy=None) as second:
        while len(server.clients) < 2:
            await asyncio.sleep(0.01)
        written = [counting(client, monkeypatch) for client in server.clients]
        for message in ("Grüße", b"\x00\xff", "x" * 300, bytes(70_000)):
            frame = framed(message)
            for client in server.clients:
                client.offer("slot", message, frame)
            assert [await first.recv(), await second.recv()] == [message, message]
            assert all(frames[-1] is frame for frames in written)


async def test_what_waits_in_slots_goes_before_what_could_be_written_at_once() -> None:
    server = Server()
    async with server as url, connect(url, proxy=None) as browser:
        await server.opened.wait()
        (client,) = server.clients
        client.offer("hello", "hello")
        client.offer("data", "data", framed("data"))

        assert [await browser.recv(), await browser.recv()] == ["hello", "data"]


async def test_a_browser_that_does_not_read_is_not_written_to_and_gets_the_newest_when_it_reads_again() -> None:
    server = Server()
    async with server as url, connect(url, proxy=None, max_size=None, max_queue=1) as browser:
        await server.opened.wait()
        (client,) = server.clients
        sent = 0
        while client.replaced < 10:
            sent += 1
            message = BIG + str(sent).encode()
            client.offer("data grid", message, framed(message))
            await asyncio.sleep(0.01)
        assert len(client._slots) == 1
        got = [await browser.recv()]
        while got[-1] != message:
            got.append(await browser.recv())

    assert len(got) < sent


async def test_a_browser_that_never_reads_is_stalled_and_closed_with_4409() -> None:
    server = Server()
    async with server as url, connect(url, proxy=None, max_size=None, max_queue=1, ping_interval=None) as browser:
        await server.opened.wait()
        (client,) = server.clients
        client.stalled_s = 0.1
        async with asyncio.timeout(20):
            while not client.is_stalled:
                client.offer("data grid", BIG, framed(BIG))
                await asyncio.sleep(0.01)
        await client.end(client_module.STALLED)
        client.offer("data grid", BIG, framed(BIG))
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await browser.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == client_module.STALLED


async def test_nothing_is_written_once_the_browser_has_gone() -> None:
    server = Server()
    async with server as url:
        async with connect(url, proxy=None):
            await server.opened.wait()
        (client,) = server.clients
        wire: Wire | None = client.wire
        assert wire is not None
        async with asyncio.timeout(5):
            while wire.write(framed("late")):
                await asyncio.sleep(0.01)


async def test_a_socket_that_negotiated_compression_gets_its_messages_the_ordinary_way() -> None:
    server = Server(deflate=True)
    async with server as url, connect(url, proxy=None) as browser:
        await server.opened.wait()
        (client,) = server.clients
        assert client.wire is None
        client.offer("data", "data", framed("data"))
        assert await browser.recv() == "data"


def test_a_server_without_the_extension_has_no_wire() -> None:
    assert wire_of({"type": "websocket"}) is None
    assert wire_of({"type": "websocket", "extensions": {EXTENSION: {}}}) is None
