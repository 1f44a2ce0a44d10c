import asyncio
import threading
import time
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from apps.accounts.models import User
from apps.live import messages, registry, selectors, services
from tests.apps.live.sockets import Connect, Field, ValkeyServer, frame

pytestmark = pytest.mark.django_db(transaction=True)


def _raise_alarm(state: Field, name: str) -> None:
    with transaction.atomic():
        state.alarms.append(name)
        services.record(stream="alarms", kind="raised", subject=name, payload={"name": name})


raise_alarm = sync_to_async(_raise_alarm)
publish = sync_to_async(services.publish)


async def test_a_newcomer_gets_hello_snapshot_with_position_and_a_beat(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    await raise_alarm(field_state, "first")
    socket = await connect(operator)
    hello = await socket.next("hello")
    await socket.subscribe("alarms")
    snapshot = await socket.next("snapshot", topic="alarms")
    beat = await socket.next("beat", database="reachable", push="valkey")

    assert hello["epoch"] == await sync_to_async(selectors.epoch)()
    assert hello["beat_s"] == messages.BEAT_S
    assert snapshot["data"] == ["first"]
    assert snapshot["position"] == await sync_to_async(selectors.head)("alarms")
    assert beat["positions"] == {"alarms": snapshot["position"]}


async def test_a_hint_follows_a_commit_and_reading_after_the_snapshot_gives_exactly_the_new_entry(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    await raise_alarm(field_state, "old")
    socket = await connect(operator)
    await socket.subscribe("alarms")
    snapshot = await socket.next("snapshot", topic="alarms")
    await socket.next("beat", push="valkey")
    await raise_alarm(field_state, "new")
    hint = await socket.next("hint", topic="alarms")
    page = await sync_to_async(selectors.read_after)(stream="alarms", position=snapshot["position"], limit=10)

    assert [entry.subject for entry in page.entries] == ["new"]
    assert page.position == hint["position"]


async def test_values_and_frames_reach_their_subscribers_only(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    both, neither = await connect(operator), await connect(operator)
    await both.subscribe("system", "grid")
    await both.next("beat", push="valkey", as_of={"grid": None})
    await publish(topic="system", payload=b'{"load_kw":1}')
    await publish(topic="grid", payload=frame(1000.0))

    assert (await both.next("data", topic="system"))["data"] == {"load_kw": 1}
    await publish(topic="grid", payload=frame(2000.0))
    assert (await both.frame())[:4] == b"GOF1"
    assert (await both.next("beat"))["as_of"] == {"grid": 2000.0}
    while not (await neither.receive_nothing(0.2)):
        assert "bytes" not in (await neither.receive_output(1))


async def test_a_late_frame_does_not_replace_a_newer_one(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    await socket.subscribe("grid")
    await socket.next("beat", push="valkey", as_of={"grid": None})
    await publish(topic="grid", payload=frame(2000.0))
    await publish(topic="grid", payload=frame(1000.0))
    await publish(topic="system", payload=b"1")
    await socket.next("beat")

    assert (await socket.next("beat"))["as_of"] == {"grid": 2000.0}


async def test_a_frame_that_comes_while_a_newcomers_first_is_read_is_told_once(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read_slowly() -> bytes:
        begun.set()
        assert go_on.wait(8)
        return frame(2000.0)

    slow = replace(registry.topics()["grid"], snapshot=read_slowly)
    monkeypatch.setitem(registry._topics, "grid", slow)
    socket, witness = await connect(operator), await connect(operator)
    await witness.subscribe("system")
    await witness.next("beat", push="valkey")
    await socket.subscribe("grid")
    assert await asyncio.to_thread(begun.wait, 8)
    await publish(topic="grid", payload=frame(2000.0))
    await publish(topic="system", payload=b"1")
    await witness.next("data", topic="system")  # so the hub has heard the frame before it
    go_on.set()
    assert await socket.frame() == frame(2000.0)
    for _ in range(2):
        await socket.next("beat", as_of={"grid": 2000.0})
    await publish(topic="grid", payload=frame(3000.0))
    assert await socket.frame() == frame(3000.0), "the first came once"


async def test_a_newcomer_gets_the_newest_frame_of_a_topic_that_nobody_stores(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._topics, "grid", replace(registry.topics()["grid"], snapshot=None))
    await publish(topic="grid", payload=frame(5000.0))
    socket = await connect(operator)
    await socket.next("hello")
    await socket.subscribe("grid")

    assert await socket.frame() == frame(5000.0)


async def test_with_valkey_gone_alarms_and_values_arrive_and_with_valkey_back_pushes_do(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    await socket.subscribe("alarms", "system", "grid")
    await socket.next("snapshot", topic="alarms")
    await socket.next("snapshot", topic="system")
    await socket.next("beat", push="valkey")
    valkey.stop()
    await socket.next("beat", push="polling")
    await raise_alarm(field_state, "in the dark")
    field_state.system, field_state.frame = {"load_kw": 7}, frame(7000.0)

    await socket.next("hint", topic="alarms")
    assert (await socket.next("data", topic="system"))["data"] == {"load_kw": 7}
    assert await socket.frame() == frame(7000.0)

    valkey.start()
    await socket.next("beat", push="valkey")
    async with asyncio.timeout(60):
        while not await publish(topic="system", payload=b'{"load_kw":8}'):  # the publisher rests after a failure
            await asyncio.sleep(0.1)
    assert (await socket.next("data", topic="system"))["data"] == {"load_kw": 8}


async def test_publishing_without_valkey_neither_raises_nor_keeps_the_caller_waiting(
    valkey: ValkeyServer, transactional_db: None
) -> None:
    valkey.stop()
    began = time.monotonic()
    taken = [await publish(topic="grid", payload=frame(1.0)) for _ in range(50)]

    assert not any(taken)
    assert time.monotonic() - began < 2


async def test_a_snapshot_that_fails_is_owed_and_follows(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    field_state.broken = True
    socket = await connect(operator)
    await socket.subscribe("alarms")
    await socket.next("error", code="snapshot_unavailable")
    field_state.broken = False
    field_state.alarms.append("there all along")

    assert (await socket.next("snapshot", topic="alarms"))["data"] == ["there all along"]


async def test_entries_are_hinted_and_read_while_an_older_transaction_still_writes(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    await socket.subscribe("alarms")
    snapshot = await socket.next("snapshot", topic="alarms")
    release, holding = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(_hold_a_transaction(holding, release))
    await holding.wait()
    await raise_alarm(field_state, "beside a long import")

    hint = await socket.next("hint", topic="alarms")
    page = await sync_to_async(selectors.read_after)(stream="alarms", position=snapshot["position"], limit=10)
    release.set()
    await holder
    assert [entry.subject for entry in page.entries] == ["beside a long import"]
    assert page.position == hint["position"]


async def _hold_a_transaction(holding: asyncio.Event, release: asyncio.Event) -> None:
    import psycopg

    from apps.live.watch import _parameters

    async with await psycopg.AsyncConnection.connect(**_parameters()) as connection:
        await connection.execute("SELECT pg_current_xact_id()")
        holding.set()
        await release.wait()


async def test_who_comes_in_the_moment_in_which_the_last_one_leaves_is_told_of_the_present(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    for _ in range(5):
        leaving = await connect(operator)
        await leaving.next("hello")
        coming, _ = await asyncio.gather(connect(operator), leaving.leave())
        await coming.next("beat", database="reachable")
        await coming.leave()
