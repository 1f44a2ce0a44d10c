"""A process that plays all VENs at once: python -m tests.bench.openadr_crowd poll|hear|answer, its orders on stdin.

It needs nothing of the product: bare sockets, and of MQTT the four packets that a listener needs.
"""

import asyncio
import json
import sys
import time
from typing import Any

_SUBACK, _CONNACK = 0x90, 0x20
AT_ONCE = 100


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201  what the process is for


async def poll(orders: dict[str, Any]) -> None:
    """Each request at its own time, whether the one before has been answered or not."""
    host, port, span_s = orders["host"], orders["port"], orders["span_s"]
    taken: dict[str, list[float]] = {"ven": [], "bare": []}
    wrong: list[int] = []

    async def ask(kind: str, path: str, token: str, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        begun = time.perf_counter()
        try:
            status = await answered(path, token)
        except (OSError, EOFError):  # an end before the answer is one too
            status = 0
        taken[kind].append(time.perf_counter() - begun)
        if status != 200:
            wrong.append(status)

    async def answered(path: str, token: str) -> int:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        writer.close()
        return int(head[9:12])

    tokens, bare_every = orders["tokens"], orders["bare_every"]
    begun = time.perf_counter() + 1.0
    async with asyncio.TaskGroup() as group:
        for number, token in enumerate(tokens):
            at = begun + span_s * number / len(tokens)
            group.create_task(ask("ven", orders["path"], token, at))
            if number % bare_every == 0:
                group.create_task(ask("bare", "/bare/", "", at + 0.5 * span_s / len(tokens)))
    say(taken={kind: sorted(times) for kind, times in taken.items()}, wrong=len(wrong), statuses=sorted(set(wrong)))


def _text(part: str) -> bytes:
    return len(part.encode()).to_bytes(2, "big") + part.encode()


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, byte = size >> 7, size & 0x7F
        length += bytes((byte | (0x80 if size else 0),))
        if not size:
            return bytes((kind,)) + length + body


class Ear(asyncio.Protocol):
    """One session: logs in, listens, acknowledges; counts what has come."""

    def __init__(self, token: str, topics: list[str], crowd: "Crowd") -> None:
        self._token, self._topics, self._crowd, self._received = token, topics, crowd, bytearray()
        self.is_ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._line = transport
        head = _text("MQTT") + bytes((4, 0b1100_0010)) + (0).to_bytes(2, "big")
        transport.write(_packet(0x10, head + _text("") + _text("ven") + _text(self._token)))

    def connection_lost(self, _: Exception | None) -> None:
        if not self.is_ready.done():
            self.is_ready.set_result(False)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while packet := self._cut():
            self._hear(*packet)

    def _cut(self) -> tuple[int, bytes] | None:
        size = 0
        for place, byte in enumerate(self._received[1:5]):
            size |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                begin = 2 + place
                if len(self._received) < begin + size:
                    return None
                kind, body = self._received[0], bytes(self._received[begin : begin + size])
                del self._received[: begin + size]
                return kind, body
        return None

    def _hear(self, kind: int, body: bytes) -> None:
        if kind == _CONNACK:
            filters = b"".join(_text(topic) + b"\x01" for topic in self._topics)
            self._line.write(_packet(0x82, b"\x00\x01" + filters))
        elif kind == _SUBACK:
            self.is_ready.set_result(True)
        elif kind & 0xF0 == 0x30 and not kind & 0x01:  # what was kept from before is no news
            length = int.from_bytes(body[:2], "big")
            if kind & 0x06:
                self._line.write(b"\x40\x02" + body[2 + length : 4 + length])
            self._crowd.heard()


class Crowd:
    def __init__(self, wanted: int) -> None:
        self._count, self._wanted, self.all_heard = 0, wanted, asyncio.Event()

    def heard(self) -> None:
        self._count += 1
        if self._count == self._wanted:
            self.at = time.time()
            self.all_heard.set()


async def hear(orders: dict[str, Any]) -> None:
    """`sessions`: a token and the topics it listens to. Says when all listen, and when each topic has been heard."""
    crowd = Crowd(sum(len(topics) for _, topics in orders["sessions"]))
    loop, places = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def enter(token: str, topics: list[str]) -> None:
        async with places:
            is_ready = False
            while not is_ready:  # as any client does that was not let in at first
                _, ear = await loop.create_connection(lambda: Ear(token, topics, crowd), orders["host"], orders["port"])
                is_ready = await ear.is_ready

    await asyncio.gather(*(enter(token, topics) for token, topics in orders["sessions"]))
    say(ready=len(orders["sessions"]))
    await crowd.all_heard.wait()
    say(at=crowd.at)


class Callee(asyncio.Protocol):
    """As little as a callback can be."""

    crowd: Crowd

    def connection_made(self, transport: Any) -> None:
        self._line, self._received = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = bytes(self._received).partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
            self._line.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self._line.close()
            self.crowd.heard()


async def answer(orders: dict[str, Any]) -> None:
    Callee.crowd = Crowd(orders["wanted"])
    server = await asyncio.get_running_loop().create_server(Callee, orders["host"], orders["port"], backlog=4096)
    say(ready=1)
    await Callee.crowd.all_heard.wait()
    say(at=Callee.crowd.at)
    server.close()


if __name__ == "__main__":
    asyncio.run({"poll": poll, "hear": hear, "answer": answer}[sys.argv[1]](json.loads(sys.stdin.readline())))
