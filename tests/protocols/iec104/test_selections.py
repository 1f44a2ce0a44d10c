"""Select before operate, as an outstation keeps it."""

import asyncio

from gridops.protocols.iec104 import Cause
from gridops.protocols.iec104.times import encode_time
from tests.protocols.iec104.ends import Desk, Peer, greeted, image, now_us, order, outstation

SELECT, EXECUTE, OTHER = order(45, 700, b"\x81"), order(45, 700, b"\x01"), order(45, 700, b"\x00")
CANCEL = order(45, 700, b"\x81", cause=8)


async def test_an_execution_needs_its_selection_where_that_is_required() -> None:
    desk = Desk()
    async with outstation(image(1, commands=[(700, 45)]), desk, select_required=True) as station:
        peer = await greeted(station.port)
        assert (await peer.ask(EXECUTE)).negative
        assert not (await peer.ask(SELECT)).negative
        assert (await peer.ask(OTHER)).negative, "another value than was selected"
        assert (await peer.ask(EXECUTE)).negative, "the selection is used up"
        await peer.ask(SELECT)
        assert await peer.ask(CANCEL) == CANCEL.mirrored(Cause.DEACTIVATION_CON)
        assert (await peer.ask(EXECUTE)).negative
        assert (await peer.ask(CANCEL)).negative
        await peer.ask(SELECT)
        assert not (await peer.ask(EXECUTE)).negative
        assert (await peer.asdu()).cause == Cause.ACTIVATION_TERM
        assert len(desk.commands) == 1


async def test_a_selection_lapses() -> None:
    desk = Desk()
    async with outstation(image(1, commands=[(700, 45)]), desk, select_timeout_s=0.05) as station:
        peer = await greeted(station.port)
        await peer.ask(SELECT)
        await asyncio.sleep(0.1)
        assert (await peer.ask(EXECUTE)).negative
        assert "lapsed" in station.last_reason
        assert desk.commands == []


async def test_a_selection_does_not_outlive_its_connection() -> None:
    async with outstation(image(1, commands=[(700, 45)]), select_required=True) as station:
        peer = await greeted(station.port)
        await peer.ask(SELECT)
        peer.close()
        again = await Peer.connect(station.port)
        assert (await again.ask(EXECUTE)).negative


async def test_a_late_command_is_not_performed() -> None:
    desk = Desk()
    async with outstation(image(1, commands=[(700, 45)]), desk, max_command_age_s=30) as station:
        peer = await greeted(station.port)
        old = order(58, 700, b"\x01" + encode_time(now_us() - 60_000_000))
        assert (await peer.ask(old)).negative
        assert desk.commands == []
        assert not (await peer.ask(order(58, 700, b"\x01" + encode_time(now_us())))).negative
        assert len(desk.commands) == 1
