import asyncio

import pytest

from apps.accounts.models import User
from apps.live import client as client_module
from apps.live import hub as hub_module
from tests.apps.live.sockets import Field, ValkeyServer, frame

pytestmark = pytest.mark.django_db(transaction=True)


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
