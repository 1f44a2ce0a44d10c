import socket

from gridops.supervise.failures import CannotStart

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def refuse_if_taken(port: int, host: str = LOOPBACK) -> None:
    if not is_free(port, host):
        raise CannotStart(f"Port {port} is in use by another program; choose another with: make run PORT={port + 1}")


def refuse_a_strange_address(host: str) -> None:
    """Before anything starts: a port of an address that this machine has not would never be ready."""
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotStart(
                f"This machine cannot listen at {host} ({reason}); give --listen one of its own addresses."
            ) from None


def any_free(host: str = LOOPBACK) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
