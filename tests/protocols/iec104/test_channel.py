import asyncio
import socket

import pytest

from gridops.protocols.iec104.apci import Function, encode_u
from gridops.protocols.iec104.channel import Channel, Refusals
from gridops.protocols.iec104.errors import LinkError
from gridops.protocols.iec104.link import Link
from tests.protocols.iec104.ends import QUICK


async def test_a_peer_that_does_not_read_ends_the_connection_after_t1() -> None:
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    link = Link(QUICK, controlling=False, now=asyncio.get_running_loop().time())
    channel = Channel(reader, writer, link, lambda: None)
    channel.write(200_000 * encode_u(Function.TESTFR_CON))
    with pytest.raises(LinkError, match="did not read"):
        await channel.drain()
    await channel.close()
    far.close()


async def test_a_process_that_was_busy_hears_its_peer_before_it_gives_it_up() -> None:
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    link = Link(QUICK, controlling=False, now=asyncio.get_running_loop().time() - 10 * QUICK.t1)
    channel = Channel(reader, writer, link, lambda: None)
    channel.tick()
    assert link.deadline() >= channel.now - 0.1
    far.send(encode_u(Function.TESTFR_ACT))
    frames = await channel.frames() or await channel.frames()
    assert len(frames) == 1
    await channel.close()
    far.close()


def test_every_refusal_is_counted_and_the_log_is_thinned(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals("master of x")
    for n in range(100):
        refusals.note(f"reason {n}", now=n / 100)
    refusals.note("at last", now=5.0)
    assert (refusals.count, refusals.last_reason) == (101, "at last")
    assert [record.getMessage() for record in caplog.records] == [
        "master of x refused: reason 0 (1 so far)",
        "master of x refused: at last (101 so far)",
    ]
