"""A real broker behind the door of the product, with listeners of another library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from oauth2_provider.models import AccessToken
from pytest_django import Settings

from apps.openadr.choices import ClientRole, ObjectType, Operation
from apps.openadr.models import Notification, OpenAdrClient
from apps.openadr.notifier import entrance
from apps.openadr.notifier.entrance import Entrance
from apps.openadr.notifier.process import rounds
from apps.openadr.notifier.publisher import Publisher
from gridops.supervise.ports import any_free
from tests.apps.openadr import broker
from tests.apps.openadr.broker import Listener
from tests.factories.openadr import make_client, make_notice, make_program, make_ven
from tests.protocols.iec104.ends import background
from tests.waiting import until, until_stored

pytestmark = pytest.mark.django_db(transaction=True)


def _token(client: OpenAdrClient, *, life: timedelta = timedelta(hours=1)) -> str:
    secret = f"token of {client.name}"
    AccessToken.objects.create(token=secret, application=client.application, expires=timezone.now() + life, scope="")
    return secret


def _ven(name: str, *targets: str) -> tuple[str, str]:
    """The identity and a token."""
    client = make_client(name)
    return make_ven(name, targets, client=client).object_id, _token(client)


@asynccontextmanager
async def _topics(folder: Path, settings: Settings) -> AsyncIterator[int]:
    settings.OPENADR_MQTT_PORT = any_free()
    with broker.running(folder) as socket:
        publisher = Publisher(str(socket))
        entry = Entrance(str(socket))
        async with background(publisher.run()), background(rounds(publisher.round)), background(entry.run()):
            await asyncio.sleep(0)
            yield settings.OPENADR_MQTT_PORT


async def _listener(port: int, token: str, topic: str = "#") -> Listener:
    for _ in range(500):
        try:
            return await asyncio.to_thread(Listener, port, token, topic)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
    raise AssertionError("the door does not open")


async def test_a_ven_hears_its_own_branch_and_nothing_else(tmp_path: Path, settings: Settings) -> None:
    north, north_token = await sync_to_async(_ven)("a", "north")
    south, south_token = await sync_to_async(_ven)("b", "south")
    head = await sync_to_async(lambda: _token(make_client("head", ClientRole.BL)))()
    program = await sync_to_async(make_program)()
    async with _topics(tmp_path, settings) as port:
        ears = [await _listener(port, token) for token in (north_token, south_token, head)]
        await until(lambda: all(one.is_listening for one in ears))
        make = sync_to_async(make_notice)
        for targets in (["north"], ["south"], []):
            await make(program, targets, recorded_at=timezone.now())
        of_north, of_south, of_head = ears
        await until(lambda: (len(of_north.heard), len(of_south.heard), len(of_head.heard)) == (2, 2, 7))
        await until_stored(lambda: not Notification.objects.filter(published_at__isnull=True).exists())
        for one in ears:
            one.stop()
    key = program.object_id
    assert {topic for topic, _ in of_north.heard} == {f"vens/{north}/events/{key}/create"}
    assert {topic for topic, _ in of_south.heard} == {f"vens/{south}/events/{key}/create"}
    assert [body.get("targets") for _, body in of_north.heard] == [["north"], None]


async def test_nobody_comes_in_without_a_token_that_is_good_now(tmp_path: Path, settings: Settings) -> None:
    old = await sync_to_async(lambda: _token(make_client("old", ClientRole.BL), life=timedelta(seconds=-1)))()
    unregistered = await sync_to_async(lambda: _token(make_client("no ven yet")))()
    async with _topics(tmp_path, settings) as port:
        for token in ("", "guessed", old, unregistered):
            one = await _listener(port, token)
            await until(lambda one=one: one.is_out)
            assert one.answers == ["Bad user name or password"]


async def test_who_comes_later_hears_the_last_and_who_was_retired_is_shown_out(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "WATCH_S", 0.05)
    _, token = await sync_to_async(_ven)("a")
    notice = await sync_to_async(lambda: make_notice(make_program(), recorded_at=timezone.now()))()
    async with _topics(tmp_path, settings) as port:
        await until_stored(Notification.objects.filter(pk=notice.pk, published_at__isnull=False).exists)
        late = await _listener(port, token)
        await until(lambda: late.heard)
        await sync_to_async(lambda: OpenAdrClient.objects.update(retired_at=timezone.now()))()
        await until(lambda: late.is_out)


async def test_a_broker_that_was_away_is_told_later(tmp_path: Path, settings: Settings) -> None:
    head = await sync_to_async(lambda: _token(make_client("head", ClientRole.BL)))()
    settings.OPENADR_MQTT_PORT = any_free()
    socket = tmp_path / "sockets" / "mqtt.sock"
    publisher, entry = Publisher(str(socket)), Entrance(str(socket))
    async with background(publisher.run()), background(rounds(publisher.round)), background(entry.run()):
        await sync_to_async(lambda: make_notice(make_program(), recorded_at=timezone.now()))()
        with broker.running(tmp_path):
            one = await _listener(settings.OPENADR_MQTT_PORT, head)
            await until(lambda: one.heard)
            one.stop()


async def test_what_is_kept_for_a_ven_goes_with_it(tmp_path: Path, settings: Settings) -> None:
    head = await sync_to_async(lambda: _token(make_client("head", ClientRole.BL)))()

    def lived() -> str:
        ven, program = make_ven("a"), make_program()
        make_notice(program, recorded_at=timezone.now())
        make_notice(object_type=ObjectType.VEN, ven=ven, recorded_at=timezone.now())
        ven.withdrawn_at = timezone.now()
        ven.save()
        make_notice(object_type=ObjectType.VEN, operation=Operation.DELETE, ven=ven, recorded_at=timezone.now())
        return ven.object_id

    key = await sync_to_async(lived)()
    async with _topics(tmp_path, settings) as port:
        await until_stored(lambda: not Notification.objects.filter(published_at__isnull=True).exists())
        one = await _listener(port, head, f"vens/{key}/#")
        await until(lambda: one.heard)
        one.stop()
    assert [topic for topic, _ in one.heard] == [f"vens/{key}/delete"]
