"""The Sparkplug gateway against an edge node of pysparkplug."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from apps.telemetry.choices import LinkState
from apps.telemetry.models import Gateway
from tests.apps.telemetry.history import query
from tests.outside.iec104.program import Program
from tests.outside.mqtt.brokers import HOST
from tests.outside.room import link, make, running, values
from tests.outside.venv import python_with
from tests.waiting import until_stored

POINTS = ["City/Node7/Meter1#AC/P", "City/Node7/Meter1#Steps", "City/Node7#Temp"]
SETTINGS = {"rebirth_s": 5.0, "retry_s": 0.1, "keepalive_s": 2, "host_id": "north"}
EDGE = Path(__file__).with_name("edge.py")


@pytest.fixture(scope="session")
def python() -> Path:
    return python_with("pysparkplug", "pysparkplug==0.6.1")


@pytest.fixture
def edge(python: Path, broker: int) -> Iterator[Program]:
    with Program(python, str(EDGE), str(broker)) as program:
        program.until(connected=True)
        yield program


async def room(port: int) -> Gateway:
    return await sync_to_async(make)("sparkplug", POINTS, port=port, settings=SETTINGS)


async def wish(edge: Program, **fact: object) -> None:
    edge.wish(**fact)
    await asyncio.to_thread(edge.until, done=fact)


async def test_births_data_and_deaths_of_an_edge_node(committed_history: None, broker: int, edge: Program) -> None:
    gateway = await room(broker)
    async with running(gateway):
        await until_stored(lambda: values() == [1.5, -3, 20.5])  # it was born before we came: a birth was asked for
        await wish(edge, p=2.5)
        await wish(edge, temp=21.5)
        await until_stored(lambda: values() == [2.5, -3, 21.5])
        await until_stored(lambda: link("City/Node7/Meter1").state == LinkState.UP)
        await wish(edge, drop=True)
        await until_stored(lambda: values() == [None, None, 21.5])
        await until_stored(lambda: link("City/Node7/Meter1").state == LinkState.DOWN)


async def test_an_edge_node_that_dies_takes_its_points_along(
    committed_history: None, broker: int, edge: Program
) -> None:
    gateway = await room(broker)
    async with running(gateway):
        await until_stored(lambda: values() == [1.5, -3, 20.5])
        os.kill(edge._process.pid, signal.SIGKILL)  # the broker publishes its last will
        await until_stored(lambda: values() == [None, None, None])
        await until_stored(lambda: link("City/Node7").state == LinkState.DOWN)


async def test_history_goes_into_the_past_and_not_into_the_present(
    committed_history: None, broker: int, edge: Program
) -> None:
    gateway = await room(broker)
    async with running(gateway):
        await until_stored(lambda: values() == [1.5, -3, 20.5])
        old_ms = int(time.time() * 1000) - 3_600_000
        await wish(edge, p=99.0, at_ms=old_ms)
        await until_stored(
            lambda: query("SELECT 1 FROM telemetry_sample WHERE value = 99 AND ts < now() - interval '50 min'")
        )
        assert (await sync_to_async(values)())[0] == 1.5


async def test_mangled_payloads_are_counted_and_the_state_of_the_host_is_told(
    committed_history: None, broker: int, edge: Program
) -> None:
    states: list[dict] = []
    ear = Client(CallbackAPIVersion.VERSION2)
    ear.on_message = lambda _, __, message: states.append(json.loads(message.payload))
    ear.connect(HOST, broker)
    ear.subscribe("spBv1.0/STATE/north", 1)
    ear.loop_start()
    gateway = await room(broker)
    async with running(gateway):
        await until_stored(lambda: values() == [1.5, -3, 20.5])
        for payload in (b"\xff" * 9, b"\x12\x05", bytes(range(256))):
            ear.publish("spBv1.0/City/DDATA/Node7/Meter1", payload, qos=1)
        await until_stored(lambda: link("").refused >= 3)
        await wish(edge, p=3.5)
        await until_stored(lambda: values()[0] == 3.5)
        assert states[-1]["online"] is True
    await until_stored(lambda: states[-1]["online"] is False)
    ear.disconnect()
    ear.loop_stop()
