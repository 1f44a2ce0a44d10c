import asyncio
import struct
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.live import client as client_module
from apps.live import hub as hub_module
from apps.live import messages, selectors, services
from tests.apps.live.sockets import Connect, Field, ValkeyServer

pytestmark = pytest.mark.django_db(transaction=True)


def _raise_alarm(state: Field, name: str) -> None:
    with transaction.atomic():
        state.alarms.append(name)
        services.record(stream="alarms", kind="raised", subject=name, payload={"name": name})


raise_alarm = sync_to_async(_raise_alarm)
publish = sync_to_async(services.publish)


def frame(at_ms: float, size: int = 64) -> bytes:
    return b"GOF1" + struct.pack("<Id", 1, at_ms) + b"\0" * size


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


async def test_a_newcomer_gets_the_newest_frame_that_was_published_before_it_came(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
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
    await asyncio.sleep(2)  # the publisher rests so long after a failure
    assert await publish(topic="system", payload=b'{"load_kw":8}')
    assert (await socket.next("data", topic="system"))["data"] == {"load_kw": 8}


async def test_publishing_without_valkey_neither_raises_nor_keeps_the_caller_waiting(
    valkey: ValkeyServer, transactional_db: None
) -> None:
    valkey.stop()
    began = time.monotonic()
    taken = [await publish(topic="grid", payload=frame(1.0)) for _ in range(50)]

    assert not any(taken)
    assert time.monotonic() - began < 2


async def test_a_subscription_without_the_permission_is_refused_and_the_others_are_kept(
    valkey: ValkeyServer, field_state: Field, transactional_db: None, connect: Connect
) -> None:
    manager = await sync_to_async(User.objects.create_user)("pia", role=Role.PROGRAM_MANAGER)
    field_state.system = {"load_kw": 3}
    socket = await connect(manager)
    await socket.subscribe("alarms", "system", "nonsense")

    assert "view_alarms" in (await socket.next("error", code="forbidden"))["message"]
    assert "nonsense" in (await socket.next("error", code="unknown_topic"))["message"]
    beat = await socket.next("beat")
    assert "alarms" not in beat["positions"]


async def test_a_stranger_is_closed_with_4401(
    valkey: ValkeyServer, field_state: Field, transactional_db: None, connect: Connect
) -> None:
    assert await (await connect(None)).close_code() == 4401


async def test_the_ninth_socket_of_a_person_is_refused(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    eight = [await connect(operator) for _ in range(8)]
    assert await (await connect(operator)).close_code() == 4429
    for socket in eight:
        await socket.next("hello")


def _demote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(role=Role.VIEWER)


def _disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _change_password(user: User) -> None:
    user.set_password("another long password")
    user.save()


def _sign_out_everywhere(user: User) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("change", [_demote, _disable, _change_password, _sign_out_everywhere])
async def test_a_socket_does_not_outlive_the_rights_it_was_opened_with(
    change: Any, field_state: Field, operator: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "RECHECK_S", 0.2)
    socket = await connect(operator)
    await socket.subscribe("alarms")
    await socket.next("snapshot")
    await socket.next("beat")
    await sync_to_async(change)(operator)

    assert await socket.close_code() == 4401


JUNK = [
    "",
    "nonsense",
    "[]",
    "null",
    "1e999",
    '{"subscribe": "alarms"}',
    '{"subscribe": [1]}',
    '{"subscribe": ["alarms"], "acknowledge": 1}',
    '{"acknowledge": 17}',
    '{"publish": {"topic": "grid"}}',
    "[" * 50_000,
    "\ufffd",
    "x" * 70_000,
    b"\0\xff",
]


async def test_junk_is_answered_by_an_error_and_the_socket_stays_usable(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    for junk in JUNK:
        await socket.say(*((junk,) if isinstance(junk, str) else (None, junk)))
        assert (await socket.next("error"))["code"] == "bad_message"
    await socket.subscribe("alarms")
    assert await socket.next("snapshot", topic="alarms")


async def test_who_talks_too_fast_is_closed_with_4408(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    for _ in range(60):
        await socket.say("nonsense")

    assert await socket.close_code() == 4408


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


async def test_entries_that_wait_for_an_older_transaction_are_shown_by_a_snapshot(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    await socket.subscribe("alarms")
    await socket.next("snapshot", topic="alarms")
    release, holding = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(_hold_a_transaction(holding, release))
    await holding.wait()
    await raise_alarm(field_state, "behind a long import")

    assert (await socket.next("snapshot", topic="alarms"))["data"] == ["behind a long import"]
    release.set()
    await holder
    await socket.next("hint", topic="alarms")


async def _hold_a_transaction(holding: asyncio.Event, release: asyncio.Event) -> None:
    import psycopg

    from apps.live.watch import _parameters

    async with await psycopg.AsyncConnection.connect(**_parameters()) as connection:
        await connection.execute("SELECT pg_current_xact_id()")
        holding.set()
        await release.wait()


async def test_a_slow_client_loses_frames_but_queues_none_and_others_do_not_wait(
    valkey: ValkeyServer, field_state: Field, operator: User
) -> None:
    hub = hub_module.Hub()
    slow, fast = Reader(operator, delay_s=0.5), Reader(operator, delay_s=0)
    for reader in (slow, fast):
        await hub.join(reader.client)
        reader.client.topics.add("grid")
    for number in range(1, 101):
        hub._heard("grid", frame(float(number), size=10_000))
        await asyncio.sleep(0.005)
    await slow.until(frame(100.0, size=10_000))

    assert fast.frames[-1] == frame(100.0, size=10_000)
    assert len(fast.frames) > 80
    assert len(slow.frames) < 20
    assert slow.client.replaced > 80
    assert len(slow.client._slots) <= 3
    for reader in (slow, fast):
        await hub.leave(reader.client)


async def test_a_client_that_cannot_be_written_to_is_closed_with_4409(
    valkey: ValkeyServer, field_state: Field, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = hub_module.Hub()
    stuck = Reader(operator, delay_s=3600)
    stuck.client.stalled_s = 0.3
    await hub.join(stuck.client)

    assert await asyncio.wait_for(stuck.closed, 5) == client_module.STALLED
    await hub.leave(stuck.client)


class Reader:
    """A client of the hub whose network takes its time."""

    def __init__(self, user: User, *, delay_s: float) -> None:
        self.frames: list[bytes] = []
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.delay_s = delay_s
        identity = client_module.Identity(user.pk, None, user.get_session_auth_hash(), user.permissions)
        self.client = client_module.Client(identity=identity, send=self._send, close=self._close)

    async def _send(self, message: str | bytes) -> None:
        await asyncio.sleep(self.delay_s)
        if isinstance(message, bytes):
            self.frames.append(message)

    async def _close(self, code: int) -> None:
        self.closed.set_result(code)

    async def until(self, wanted: bytes) -> None:
        async with asyncio.timeout(10):
            while wanted not in self.frames:
                await asyncio.sleep(0.05)
