from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.outside.mqtt.brokers import HOST, Mosquitto, amqtt

Publish = Callable[[str, bytes], None]


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """The port of one."""
    if request.param == "amqtt":
        with amqtt() as port:
            yield port
        return
    one = Mosquitto(tmp_path)
    one.start()
    yield one.port
    one.stop()


@pytest.fixture
def publisher() -> Iterator[Callable[[int], Publish]]:
    """A device that publishes with QoS 1 and waits for the broker's acknowledgement."""
    clients = []

    def made(port: int) -> Publish:
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect(HOST, port)
        client.loop_start()
        clients.append(client)
        return lambda topic, payload: client.publish(topic, payload, qos=1).wait_for_publish(20)

    yield made
    for client in clients:
        client.disconnect()
        client.loop_stop()
