"""uvicorn's WebSocket protocol, that also takes frames made elsewhere: one frame for a thousand sockets is made once.

An ASGI server makes every message anew for every socket and each sender waits in a task of its own; both cost more than
the sending. The way out is an extension of the ASGI scope, which a server that does not know it simply lacks.
"""

from typing import Any, Protocol, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

EXTENSION = "gridops.wire"


class Wire(Protocol):
    """The way out of one socket."""

    def write(self, frame: bytes) -> bool:
        """False, and nothing is written, while the network has not taken what came before, and after a close."""


def framed(message: str | bytes) -> bytes:
    """As RFC 6455 wants it from a server: whole, unmasked, uncompressed."""
    if isinstance(message, str):
        return Frame(Opcode.TEXT, message.encode()).serialize(mask=False)
    return Frame(Opcode.BINARY, message).serialize(mask=False)


def wire_of(scope: dict[str, Any]) -> Wire | None:
    return cast("Wire | None", scope.get("extensions", {}).get(EXTENSION, {}).get("wire"))


class FramesProtocol(WebSocketsSansIOProtocol):
    """Named to uvicorn by `--ws apps.live.wire:FramesProtocol`."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101 and not self.conn.extensions:  # an extension may want frames otherwise
            self.scope.setdefault("extensions", {})[EXTENSION] = {"wire": self}

    def write(self, frame: bytes) -> bool:
        if not self.writable.is_set() or self.close_sent or not self.handshake_complete or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
