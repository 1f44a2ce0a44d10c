"""The MQTT gateway behind brokers of others: stored before it is acknowledged, and nothing missed while away."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.telemetry.choices import LinkState
from apps.telemetry.gateway import store
from apps.telemetry.models import Gateway, GatewayLink, LatestBlock, PointLimit
from tests.apps.telemetry.history import query
from tests.outside.mqtt.brokers import Mosquitto
from tests.outside.room import link, make, running, values
from tests.waiting import until_stored

Publisher = Callable[[int], Callable[[str, bytes], None]]
POINTS = ["plant/m1#/p", "plant/m1#/q", "plant/m2#"]
SETTINGS = {"time": "/t", "quality": "/ok", "status_topics": ["plant/+/status"], "retry_s": 0.1, "keepalive_s": 2}


async def room(port: int, **changes: Any) -> Gateway:
    return await sync_to_async(make)("mqtt", POINTS, port=port, settings=SETTINGS | changes)


async def is_up(gateway: Gateway) -> None:
    await until_stored(lambda: Gateway.objects.filter(pk=gateway.pk, link_state=LinkState.UP).exists())


def stored() -> list[tuple[int, float]]:
    return query(
        "SELECT slot, value FROM telemetry_sample JOIN telemetry_measurementpoint ON point_id = id ORDER BY slot, ts"
    )


async def test_published_values_are_stored_and_break_limits(
    committed_history: None, broker: int, publisher: Publisher
) -> None:
    gateway = await room(broker)
    point = await gateway.points.aget(slot=0)
    await PointLimit.objects.acreate(point=point, condition=Condition.HIGH, is_high=True, limit=50)
    publish = publisher(broker)
    async with running(gateway):
        await is_up(gateway)
        publish("plant/m1", json.dumps({"t": time.time(), "p": 7.5, "q": 1}).encode())
        publish("plant/m2", b"12")
        await until_stored(lambda: values() == [7.5, 1, 12])
        assert not await Alarm.objects.filter(condition=Condition.HIGH).aexists()
        publish("plant/m1", json.dumps({"t": time.time(), "p": 60, "ok": "good"}).encode())
        await until_stored(lambda: Alarm.objects.filter(condition=Condition.HIGH).exists())


async def test_mangled_messages_are_counted_and_stop_nothing(
    committed_history: None, broker: int, publisher: Publisher
) -> None:
    gateway = await room(broker)
    publish = publisher(broker)
    bad = [b"", b"{", b"\xff\xfe", b"[[[[", b'{"p": "high"}', b'{"t": 1e300, "p": 1}', b'{"t": "soon", "p": 1}', b"{}"]
    async with running(gateway):
        await is_up(gateway)
        for payload in bad:
            publish("plant/m1", payload)
        publish("plant/m2", b"5")
        await until_stored(lambda: values() == [None, None, 5])
        await until_stored(lambda: link("").refused == len(bad))


async def test_what_a_device_says_of_its_link_makes_its_points_old(
    committed_history: None, broker: int, publisher: Publisher
) -> None:
    gateway = await room(broker)
    publish = publisher(broker)
    async with running(gateway):
        await is_up(gateway)
        publish("plant/m1/status", b"online")
        publish("plant/m1", b'{"p": 1, "q": 2}')
        publish("plant/m2", b"3")
        await until_stored(lambda: values() == [1, 2, 3])
        publish("plant/m1/status", b"offline")
        await until_stored(lambda: values() == [None, None, 3])
        await until_stored(lambda: link("plant/m1") is not None and link("plant/m1").state == LinkState.DOWN)
        publish("plant/m1", b'{"p": 4, "q": 5}')
        publish("plant/m1/status", b"online")
        await until_stored(lambda: values() == [4, 5, 3])


@pytest.fixture
def mosquitto(tmp_path: Path) -> Any:
    one = Mosquitto(tmp_path, extra=["persistence true", f"persistence_location {tmp_path}/", "autosave_interval 1"])
    one.start()
    yield one
    one.stop()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_what_is_published_while_we_are_away_comes_afterwards(
    committed_history: None, mosquitto: Mosquitto, publisher: Publisher, version: str
) -> None:
    gateway = await room(mosquitto.port, version=version)
    publish = publisher(mosquitto.port)
    begun = time.time() - 20
    async with running(gateway):
        await is_up(gateway)
        publish("plant/m1", json.dumps({"t": begun, "p": 0}).encode())
        await until_stored(lambda: values()[:1] == [0])
    for number in range(1, 30):
        publish("plant/m1", json.dumps({"t": begun + number / 10, "p": number}).encode())
    async with running(gateway):
        await until_stored(lambda: len(stored()) == 30)
    assert await sync_to_async(stored)() == [(0, float(number)) for number in range(30)]


async def test_a_message_is_acknowledged_only_after_its_commit(
    committed_history: None, mosquitto: Mosquitto, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await room(mosquitto.port)
    publish = publisher(mosquitto.port)
    real, tries = store.ingest, []

    def away(**batch: Any) -> Any:
        if len(batch["batch"]):
            tries.append(1)
            raise ConnectionError("the database is away")
        return real(**batch)

    monkeypatch.setattr(store, "ingest", away)
    async with running(gateway):
        await is_up(gateway)
        publish("plant/m2", b"42")
        await until_stored(lambda: tries)
    # This process dies with the message in hand; the next one gets it from the broker.
    monkeypatch.setattr(store, "ingest", real)
    async with running(gateway):
        await until_stored(lambda: values()[2:] == [42])


async def test_a_broker_that_dies_is_a_lost_link_and_is_found_again(
    committed_history: None, mosquitto: Mosquitto, publisher: Publisher
) -> None:
    gateway = await room(mosquitto.port)
    async with running(gateway):
        await is_up(gateway)
        mosquitto.stop()
        await until_stored(lambda: Gateway.objects.filter(link_state=LinkState.DOWN).exists())
        await asyncio.to_thread(mosquitto.start)
        await is_up(gateway)
        publisher(mosquitto.port)("plant/m2", b"9")
        await until_stored(lambda: values()[2:] == [9])


async def test_a_wrong_password_is_told_and_a_missing_one_too(
    committed_history: None, tmp_path: Path, settings: Any
) -> None:
    broker = Mosquitto(tmp_path, extra=[f"password_file {tmp_path}/nobody"])
    (tmp_path / "nobody").write_text("")
    broker.start()
    gateway = await room(broker.port, username="x", password_env="GRIDOPS_FIELD_X")
    try:
        async with running(gateway):
            await until_stored(
                lambda: Gateway.objects.filter(link_reason__contains="GRIDOPS_FIELD_X is not set").exists()
            )
        settings.FIELD_SECRETS = {"GRIDOPS_FIELD_X": "wrong"}
        async with running(gateway):
            await until_stored(lambda: GatewayLink.objects.filter(name="", reason__icontains="not authori").exists())
    finally:
        broker.stop()
    assert await LatestBlock.objects.acount() == 1
