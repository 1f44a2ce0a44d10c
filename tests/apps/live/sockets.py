"""What the tests of the live socket share: a Valkey that may be killed, topics, a browser's end of the socket."""

import asyncio
import contextlib
import json
import signal
import struct
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client as Browser

from gridops.supervise.valkey import program

if TYPE_CHECKING:
    from apps.accounts.models import User


class ValkeyServer:
    """A server of the test's own, which it may kill and start again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "v.sock"
        self.url = f"unix://{self.socket}?db=3"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [program(), "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.socket.parent]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with contextlib.suppress(redis.RedisError), redis.Redis(unix_socket_path=str(self.socket)) as client:
                if client.ping():
                    return
            time.sleep(0.05)
        raise AssertionError("valkey-server did not start")

    def stop(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None


@dataclass
class Field:
    """What the owner of the test's topics would keep in Postgres."""

    alarms: list[str] = field(default_factory=list)
    system: dict[str, Any] | None = None
    frame: bytes | None = None
    broken: bool = False

    def read_alarms(self) -> list[str]:
        if self.broken:
            raise RuntimeError("no answer")
        return list(self.alarms)


class Socket(ApplicationCommunicator):
    def __init__(self, application: Any, cookie: str | None) -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())] if cookie else []
        scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers, "subprotocols": []}
        super().__init__(application, scope)
        self.kept: list[Any] = []  # heard while something else was waited for

    async def connect(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(5))["type"] == "websocket.accept"

    async def say(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def leave(self) -> None:
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await self.send_input({"type": "websocket.disconnect", "code": 1000})
            await self.wait(2)

    async def next(self, kind: str, *, within_s: float = 8, **values: Any) -> dict[str, Any]:
        """The first text message of this kind (and with these values) that was not asked for yet; beats: the next."""

        def wanted(said: Any) -> bool:
            return isinstance(said, dict) and said["type"] == kind and values.items() <= said.items()

        return dict(await self._first(wanted, within_s))

    async def frame(self, *, within_s: float = 8) -> bytes:
        return bytes(await self._first(lambda said: isinstance(said, bytes), within_s))

    async def _first(self, wanted: Callable[[Any], bool], within_s: float) -> Any:
        for said in self.kept:
            if wanted(said):
                self.kept.remove(said)
                return said
        async with asyncio.timeout(within_s):
            while True:
                message = await self.receive_output(within_s)
                assert message["type"] == "websocket.send", message
                said = message["bytes"] if message.get("text") is None else json.loads(message["text"])
                if wanted(said):
                    return said
                if isinstance(said, bytes) or said["type"] != "beat":
                    self.kept.append(said)

    async def close_code(self, *, within_s: float = 8) -> int:
        async with asyncio.timeout(within_s):
            while True:
                message = await self.receive_output(within_s)
                if message["type"] == "websocket.close":
                    return int(message["code"])

    async def subscribe(self, *names: str) -> None:
        await self.say(json.dumps({"subscribe": list(names)}))


def signed_in(user: "User") -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


Connect = Callable[["User | None"], Awaitable[Socket]]


def frame(at_ms: float, size: int = 64) -> bytes:
    return b"GOF1" + struct.pack("<Id", 1, at_ms) + b"\0" * size
