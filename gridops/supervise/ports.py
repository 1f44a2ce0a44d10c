import socket

from gridops.supervise.failures import CannotStart

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def refuse_if_taken(port: int) -> None:
    if not is_free(port):
        raise CannotStart(f"Port {port} is in use by another program; choose another with: make run PORT={port + 1}")


def any_free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
