"""A door before a broker that knows no passwords: it asks who comes, and lets them on under the name it was told.

The broker behind listens on a socket of the file system that only we can reach, and judges topics by that name.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gridops.protocols.mqtt.handshake import Connect, NotMqtt, Refusal, first_packet

HANDSHAKE_S = 10.0
MOST_INSIDE = 20_000
_BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Pass:
    """`name`: what the broker judges by. `key`: what the bearer is known by here."""

    name: str
    key: str


# Username and password as they came; None: not let in.
Asked = Callable[[str, str], Awaitable[Pass | None]]


class Door:
    def __init__(self, broker: Path, asked: Asked) -> None:
        self.broker, self.asked = broker, asked
        self._inside: dict[str, set[_Guest]] = defaultdict(set)
        self.connections = self.refused = 0

    def keys(self) -> frozenset[str]:
        return frozenset(self._inside)

    async def serve(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Raises OSError if the port cannot be had."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Guest(self), host, port, ssl=tls, backlog=_BACKLOG)

    def show_out(self, keys: Collection[str]) -> int:
        """End the connections of those who may no longer be inside."""
        guests = [guest for key in keys for guest in self._inside.get(key, ())]
        for guest in guests:
            guest.end()
        return len(guests)

    def entered(self, key: str, guest: "_Guest") -> None:
        self._inside[key].add(guest)
        self.connections += 1

    def left(self, key: str, guest: "_Guest") -> None:
        self._inside[key].discard(guest)
        self.connections -= 1
        if not self._inside[key]:
            del self._inside[key]


class _Guest(asyncio.Protocol):
    """Whoever came to the door: first their packet is read, then all they say is handed on."""

    def __init__(self, door: Door) -> None:
        self._door, self._received, self._key = door, bytearray(), ""
        self._outer: asyncio.Transport | None = None
        self._inner: asyncio.Transport | None = None
        self._entry: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._outer = cast(asyncio.Transport, transport)
        self._late = asyncio.get_running_loop().call_later(HANDSHAKE_S, self.end)

    def data_received(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.write(data)
            return
        self._received += data
        if self._entry is None:
            self._read()

    def _read(self) -> None:
        try:
            found = first_packet(bytes(self._received))
        except NotMqtt:
            self.end()
            return
        if found is not None and self._outer is not None:
            connect, rest = found
            self._received = bytearray(rest)
            self._outer.pause_reading()
            self._entry = asyncio.get_running_loop().create_task(self._enter(connect))

    async def _enter(self, connect: Connect) -> None:
        admitted = await self._door.asked(_said(connect.username), _said(connect.password))
        if admitted is None:
            self._door.refused += 1
            self._turn_away(connect, Refusal.BAD_LOGIN)
            return
        try:
            inner = await self._way_in()
        except OSError:
            self._turn_away(connect, Refusal.UNAVAILABLE)
            return
        inner.write(connect.under(admitted.name) + bytes(self._received))
        self._received.clear()
        if self._outer is None or self._outer.is_closing():
            inner.close()
            return
        self._late.cancel()
        self._inner, self._key = inner, admitted.key
        self._door.entered(self._key, self)
        self._outer.resume_reading()

    async def _way_in(self) -> asyncio.Transport:
        """Raises OSError."""
        if self._outer is None or self._door.connections >= MOST_INSIDE:
            raise ConnectionRefusedError(f"{MOST_INSIDE} are inside")
        outer, loop = self._outer, asyncio.get_running_loop()
        inner, _ = await loop.create_unix_connection(lambda: _Back(outer), str(self._door.broker))
        return inner

    def _turn_away(self, connect: Connect, why: Refusal) -> None:
        if self._outer is not None:
            self._outer.write(connect.refused(why))
        self.end()

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_reading()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        self._late.cancel()
        if self._inner is not None:
            self._inner.close()
            self._door.left(self._key, self)

    def end(self) -> None:
        if self._outer is not None:
            self._outer.close()


class _Back(asyncio.Protocol):
    """What the broker says goes back to the guest."""

    def __init__(self, outer: asyncio.Transport) -> None:
        self._outer = outer

    def data_received(self, data: bytes) -> None:
        self._outer.write(data)

    def pause_writing(self) -> None:
        if not self._outer.is_closing():
            self._outer.pause_reading()

    def resume_writing(self) -> None:
        if not self._outer.is_closing():
            self._outer.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        self._outer.close()


def _said(part: bytes | None) -> str:
    return "" if part is None else part.decode(errors="replace")
