"""A broker as `make run` has it, and clients of others that listen."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from gridops.supervise import mosquitto
from gridops.supervise.site import Site
from tests.waiting import eventually


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    if mosquitto.program() is None:
        pytest.fail("there is no mosquitto; install the package of that name (apt install mosquitto)", pytrace=False)
    one = mosquitto.Mosquitto(Site(folder))
    one.site.sockets.mkdir(parents=True, exist_ok=True)
    one.create()
    process = subprocess.Popen(one.spec().command, stderr=subprocess.DEVNULL)
    try:
        eventually(one.answers, what="the broker answers")
        yield one.socket
    finally:
        process.terminate()
        process.wait()


class Listener:
    """What it has heard, and how the broker answered its login."""

    def __init__(self, port: int, token: str, topic: str = "#") -> None:
        self.heard: list[tuple[str, Any]] = []
        self.answers: list[str] = []
        self.is_listening = self.is_out = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="the same for all", reconnect_on_failure=False)
        if token:
            self._client.username_pw_set("anything", token)
        self._client.on_connect = lambda client, _, __, reason, ___: self._connected(client, str(reason), topic)
        self._client.on_subscribe = lambda *_: setattr(self, "is_listening", True)
        self._client.on_disconnect = lambda *_: setattr(self, "is_out", True)
        self._client.on_message = lambda _, __, message: self.heard.append(
            (message.topic, json.loads(message.payload or b"null"))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _connected(self, client: Client, reason: str, topic: str) -> None:
        self.answers.append(reason)
        if reason == "Success":
            client.subscribe(topic, 1)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
