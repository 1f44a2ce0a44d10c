"""A line between two processes that can be made to fail in the ways a network does."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

Address = tuple[str, int] | str
CHUNK = 65536


class Line(Enum):
    OPEN = "open"
    SILENT = "silent"  # nothing passes and nobody is told: a cut cable
    DEAF = "deaf"  # requests pass, answers do not


class Proxy:
    """Takes connections at `listen` and forwards them to `target`; `line` may change at any time."""

    def __init__(self, listen: Address, target: Address) -> None:
        self.target = target
        self.line = Line.OPEN
        self._server = _bound(listen)
        self.address: Address = self._server.getsockname()
        self._ending = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._server.settimeout(0.2)
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                near, _ = self._server.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = _connected(self.target)
        except OSError:
            near.close()
            return
        with near, far, contextlib.suppress(OSError):
            self._pump(near, far)

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        chooser = selectors.DefaultSelector()
        chooser.register(near, selectors.EVENT_READ)
        chooser.register(far, selectors.EVENT_READ)
        while not self._ending.is_set():
            for key, _ in chooser.select(0.2):
                if not self._forward(near, far, answers=key.fileobj is far):
                    return
            if self.line is Line.SILENT:
                self._ending.wait(0.05)

    def _forward(self, near: socket.socket, far: socket.socket, *, answers: bool) -> bool:
        """False at the end of a side. A silent line keeps octets waiting; a deaf one swallows the answers."""
        if self.line is Line.SILENT:
            return True
        source, sink = (far, near) if answers else (near, far)
        octets = source.recv(CHUNK)
        if not octets:
            return False
        if not (answers and self.line is Line.DEAF):
            sink.sendall(octets)
        return True

    def end(self) -> None:
        self._ending.set()
        self._server.close()


def _bound(listen: Address) -> socket.socket:
    family = socket.AF_UNIX if isinstance(listen, str) else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if isinstance(listen, str):
        Path(listen).unlink(missing_ok=True)
    server.bind(listen)
    if isinstance(listen, str):
        Path(listen).chmod(0o777)
    server.listen(128)
    return server


def _connected(target: Address) -> socket.socket:
    family = socket.AF_UNIX if isinstance(target, str) else socket.AF_INET
    far = socket.socket(family, socket.SOCK_STREAM)
    far.settimeout(5)
    far.connect(target)
    far.settimeout(None)
    return far


@contextlib.contextmanager
def proxied(listen: Address, target: Address) -> Iterator[Proxy]:
    proxy = Proxy(listen, target)
    try:
        yield proxy
    finally:
        proxy.end()
