"""The outstation against a bare peer."""

import asyncio

import numpy as np
import pytest

from gridops.protocols.iec104 import Cause, LinkSettings
from gridops.protocols.iec104.apci import Function, IFrame, SFrame, UFrame
from gridops.protocols.iec104.times import encode_time
from gridops.protocols.iec104.types import TypeId
from tests.protocols.iec104.ends import QUICK, Peer, greeted, image, now_us, order, outstation
from tests.waiting import until

QOI = b"\x14"
SHORT_WINDOW = LinkSettings(k=4, w=2)


def interrogation(address: int = 1):
    return order(TypeId.C_IC_NA, 0, QOI, address=address)


async def test_an_interrogation_has_its_confirmation_data_and_termination() -> None:
    async with outstation(image(70)) as station:
        peer = await greeted(station.port)
        peer.i(interrogation())
        answers = [await peer.asdu() for _ in range(5)]
        assert [(a.type_id, a.cause, a.size) for a in answers] == [
            (100, 7, 1),
            (13, 20, 30),
            (13, 20, 30),
            (13, 20, 10),
            (100, 10, 1),
        ]


async def test_the_end_of_initialisation_is_told_once() -> None:
    async with outstation(image(1, stations=2)) as station:
        peer = await Peer.connect(station.port)
        assert [(a.type_id, a.cause, a.common_address) for a in [await peer.asdu(), await peer.asdu()]] == [
            (70, 4, 1),
            (70, 4, 2),
        ]
        peer.close()
        again = await Peer.connect(station.port)
        assert await again.settled() == []


async def test_no_more_than_k_frames_are_on_their_way_and_an_acknowledgement_lets_as_many_follow() -> None:
    async with outstation(image(500), settings=SHORT_WINDOW) as station:
        peer = await greeted(station.port)
        station.update(1, np.arange(500), 1.0, 0, now_us())
        assert len(await peer.settled()) == 4
        assert await peer.settled() == []
        peer.s(peer.received - 1)
        assert len(await peer.settled()) == 3
        peer.s()
        assert len(await peer.settled()) == 4


async def test_w_received_frames_are_acknowledged_even_when_there_is_nothing_to_say() -> None:
    async with outstation(image(1), settings=SHORT_WINDOW) as station:
        peer = await greeted(station.port)
        peer.i(b"\x2d\x00")
        assert await peer.settled() == []
        peer.i(b"\x2d\x00")
        assert await peer.frame() == SFrame(2)
        assert station.refused == 2


async def test_one_received_frame_is_acknowledged_after_t2() -> None:
    async with outstation(image(1), settings=QUICK) as station:
        peer = await greeted(station.port)
        peer.i(b"\x2d\x00")
        assert await peer.frame() == SFrame(1)


async def test_a_silent_master_is_tested_after_t3_and_dropped_after_t1() -> None:
    async with outstation(image(1), settings=QUICK) as station:
        peer = await greeted(station.port)
        assert await peer.frame() == UFrame(Function.TESTFR_ACT)
        peer.u(Function.TESTFR_CON)
        assert await peer.ended() == [UFrame(Function.TESTFR_ACT)]
        assert "t1" in station.last_reason
        assert not station.is_active


async def test_a_master_that_does_not_acknowledge_is_dropped_after_t1_and_gets_the_events_again() -> None:
    async with outstation(image(3), settings=QUICK) as station:
        peer = await greeted(station.port)
        station.update(1, [0, 1, 2], [1, 2, 3], 0, now_us())
        frames = await peer.ended()
        sent = [frame.asdu for frame in frames if isinstance(frame, IFrame)]
        assert len(sent) == 1
        assert "t1" in station.last_reason
        again = await Peer.connect(station.port)
        assert (await again.frame()).asdu == sent[0]
        assert len(station.events) == 3
        again.s()
        await until(lambda: len(station.events) == 0)


async def test_a_connection_that_never_starts_gets_no_data() -> None:
    async with outstation(image(3)) as station:
        peer = await Peer.connect(station.port, start=False)
        station.update(1, [0, 1, 2], 1.0, 0, now_us())
        assert await peer.settled() == []
        peer.i(interrogation())
        assert await peer.ended() == []
        assert "stopped" in station.last_reason


async def test_the_connection_started_last_gets_the_data_and_what_the_other_did_not_acknowledge() -> None:
    async with outstation(image(3)) as station:
        first = await greeted(station.port)
        station.update(1, 0, 1.0, 0, now_us())
        unacknowledged = await first.frame()
        second = await Peer.connect(station.port)
        assert (await second.frame()).asdu == unacknowledged.asdu
        second.s()
        first.s()
        station.update(1, 1, 2.0, 0, now_us())
        assert len(await second.so_far()) == 1
        assert await first.settled() == []
        first.u(Function.STARTDT_ACT)
        assert await first.frame() == UFrame(Function.STARTDT_CON)
        assert isinstance(await first.frame(), IFrame)
        assert station.refused == 0


async def test_a_stopped_connection_gets_nothing_and_keeps_what_it_did_not_acknowledge() -> None:
    async with outstation(image(3)) as station:
        peer = await greeted(station.port)
        station.update(1, 0, 1.0, 0, now_us())
        sent = await peer.frame()
        peer.u(Function.STOPDT_ACT)
        assert await peer.frame() == UFrame(Function.STOPDT_CON)
        station.update(1, 0, 2.0, 0, now_us())
        assert await peer.settled() == []
        peer.u(Function.STARTDT_ACT)
        assert await peer.frame() == UFrame(Function.STARTDT_CON)
        again = await peer.asdu()
        assert again.size == 2
        assert again.body.startswith(sent.asdu[6:])
        await until(lambda: len(station.events) == 0)


async def test_the_oldest_events_are_dropped_and_counted_when_nobody_comes() -> None:
    async with outstation(image(1), buffer_limit=160) as station:
        for value in range(1000):
            station.update(1, 0, value, 0, now_us())
        assert len(station.events) <= 160
        assert station.overflow == 1000 - len(station.events)
        peer = await Peer.connect(station.port)
        body = (await peer.asdu()).body
        first = np.frombuffer(body, np.uint8)[3:7].view("<f4")[0]
        assert first == station.overflow


@pytest.mark.parametrize(
    ("asdu", "cause"),
    [
        (order(1, 0, b"\x01"), Cause.UNKNOWN_TYPE),
        (order(102, 0, b""), Cause.UNKNOWN_TYPE),
        (order(70, 0, b"\x00", cause=4), Cause.UNKNOWN_TYPE),
        (order(100, 0, QOI, cause=5), Cause.UNKNOWN_CAUSE),
        (order(100, 0, QOI, cause=8), Cause.UNKNOWN_CAUSE),
        (order(45, 700, b"\x01", cause=3), Cause.UNKNOWN_CAUSE),
        (order(100, 0, QOI, address=9), Cause.UNKNOWN_COMMON_ADDRESS),
        (order(45, 700, b"\x01", address=65535), Cause.UNKNOWN_COMMON_ADDRESS),
        (order(100, 5, QOI), Cause.UNKNOWN_OBJECT_ADDRESS),
        (order(45, 701, b"\x01"), Cause.UNKNOWN_OBJECT_ADDRESS),
        (order(46, 700, b"\x01"), Cause.ACTIVATION_CON),
        (order(100, 0, b"\x15"), Cause.ACTIVATION_CON),
        (order(101, 0, b"\x41"), Cause.ACTIVATION_CON),
        (order(103, 0, bytes(7)), Cause.ACTIVATION_CON),
        (order(104, 0, b"\x55\xaa"), Cause.ACTIVATION_CON),
    ],
)
async def test_what_is_not_known_is_answered_with_its_negative_cause(asdu, cause: Cause) -> None:
    async with outstation(image(3, commands=[(700, 45)])) as station:
        peer = await greeted(station.port)
        answer = await peer.ask(asdu)
        assert answer == asdu.mirrored(cause, negative=True)
        assert station.refused == 1
        assert station.last_reason
        assert (await peer.ask(interrogation())).cause == Cause.ACTIVATION_CON


async def test_test_commands_and_the_clock_are_confirmed() -> None:
    in_an_hour = encode_time(now_us() + 3_600_000_000)
    async with outstation(image(3)) as station:
        peer = await greeted(station.port)
        for asdu in (order(104, 0, b"\xaa\x55"), order(107, 0, b"\x07\x00" + in_an_hour), order(103, 0, in_an_hour)):
            assert await peer.ask(asdu) == asdu.mirrored(Cause.ACTIVATION_CON)
        assert round(station.clock_offset_us / 3.6e9) == 1


async def test_an_interrogation_under_way_is_not_begun_again() -> None:
    async with outstation(image(5000), settings=SHORT_WINDOW) as station:
        peer = await greeted(station.port)
        peer.i(interrogation())
        peer.i(interrogation())
        answers = [await peer.asdu() for _ in range(6)]
        assert [(a.cause, a.negative) for a in answers if a.type_id == 100] in (
            [(7, False), (7, True)],
            [(7, True), (7, False)],
        )


async def test_a_master_that_asks_without_taking_answers_is_dropped() -> None:
    async with outstation(image(1)) as station:
        peer = await greeted(station.port)
        for _ in range(2000):
            peer.i(order(45, 5, b"\x01"))
        assert len([f for f in await peer.ended() if isinstance(f, IFrame)]) <= 12
        assert "does not take its answers" in station.last_reason
        assert (await (await Peer.connect(station.port)).ask(interrogation())).cause == 7


async def test_connections_are_bounded_and_places_come_free() -> None:
    async with outstation(image(1)) as station:
        peers = [await Peer.connect(station.port, start=False) for _ in range(8)]
        for peer in peers:
            assert await peer.settled() == []
        refused = await Peer.connect(station.port, start=False)
        assert await refused.ended() == []
        assert "connections" in station.last_reason
        peers[0].close()
        peers[1].u(Function.STARTDT_ACT)
        assert await peers[1].frame() == UFrame(Function.STARTDT_CON)

        async def admitted() -> bool:
            peer = await Peer.connect(station.port, start=False)
            peer.u(Function.TESTFR_ACT)
            return await peer.frame() is not None

        async with asyncio.timeout(10):
            while not await admitted():
                await asyncio.sleep(0.01)
