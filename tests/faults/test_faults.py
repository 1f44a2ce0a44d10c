import functools
import importlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults import inputs, kills
from tests.faults.__main__ import FAULTS
from tests.faults.proxy import Line, Proxy, proxied
from tests.faults.report import Finding, table


def give_back(near: socket.socket) -> None:
    while octets := near.recv(99):
        near.sendall(octets)


def serve(server: socket.socket) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=give_back, args=(near,), daemon=True).start()


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    yield server.getsockname()
    server.close()


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[Proxy]:
    with proxied(("127.0.0.1", 0), echo) as proxy:
        yield proxy


def answered(near: socket.socket, seconds: float = 0.5) -> bytes:
    near.settimeout(seconds)
    try:
        return near.recv(99)
    except TimeoutError:
        return b""


def test_an_open_line_carries_both_ways(proxy: Proxy) -> None:
    with socket.create_connection(proxy.address) as near:
        near.sendall(b"hello")
        assert answered(near, 5) == b"hello"


def test_a_silent_line_carries_nothing_and_delivers_when_it_opens(proxy: Proxy) -> None:
    with socket.create_connection(proxy.address) as near:
        proxy.line = Line.SILENT
        near.sendall(b"hello")
        assert answered(near) == b""
        proxy.line = Line.OPEN
        assert answered(near, 5) == b"hello"


def test_a_deaf_line_swallows_the_answers(proxy: Proxy) -> None:
    with socket.create_connection(proxy.address) as near:
        proxy.line = Line.DEAF
        near.sendall(b"hello")
        assert answered(near) == b""
        proxy.line = Line.OPEN
        near.sendall(b"again")
        assert answered(near, 5) == b"again"


def test_the_fault_table_has_every_fault_that_is_promised() -> None:
    assert set(FAULTS) == {f"F{n}" for n in (*range(1, 5), *range(6, 12), *range(13, 22))}


@pytest.mark.parametrize("point", [*kills.POINTS, inputs.POISONED])
def test_every_line_at_which_a_process_is_killed_is_there(point: str) -> None:
    module, path = point.split(":")
    assert callable(functools.reduce(getattr, path.split("."), importlib.import_module(module)))


def test_the_report_says_what_was_missed_and_what_was_not_run() -> None:
    missed, skipped = Finding("F4", "kill"), Finding("F8", "disk", skipped="no root")
    missed.need(False, "2 accepted samples are not stored")
    rows = table([missed, skipped]).splitlines()
    assert rows[2].endswith("| 2 accepted samples are not stored |")
    assert rows[3].endswith("| not run: no root |")
    assert len({row.count("|") for row in rows}) == 1
