"""Brokers of others: mosquitto where it is installed, and amqtt in its own interpreter wherever there is Python."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from gridops.supervise.ports import any_free
from tests.outside.venv import python_with
from tests.waiting import eventually

HOST = "127.0.0.1"
PATIENCE_S = 20.0


def mosquitto_program() -> str:
    found = os.environ.get("GRIDOPS_TEST_MOSQUITTO") or shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
    if not found:
        pytest.skip("there is no mosquitto; install the package of that name (apt install mosquitto)")
    return found


class Mosquitto:
    """Can be stopped and started again with what it has kept."""

    def __init__(self, folder: Path, *, extra: Sequence[str] = ()) -> None:
        self.program, self.port = mosquitto_program(), any_free()
        self._config = folder / "mosquitto.conf"
        lines = [f"listener {self.port} {HOST}", "allow_anonymous true", "max_inflight_messages 0", "user root", *extra]
        if any(line.startswith("password_file") for line in extra):
            lines.remove("allow_anonymous true")
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen((self.program, "-c", str(self._config)), stderr=subprocess.DEVNULL)
        _until_open(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def amqtt() -> Iterator[int]:
    python, port = python_with("amqtt", "amqtt==0.12.1"), any_free()
    script = Path(__file__).with_name("amqtt_broker.py")
    process = subprocess.Popen((str(python), str(script), str(port)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        _until_open(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _until_open(port: int) -> None:
    def opened() -> bool:
        with socket.create_connection((HOST, port), timeout=1.0):
            return True

    eventually(opened, what=f"a broker listens on port {port}")
