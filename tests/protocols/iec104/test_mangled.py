"""A thousand mangled frames to each end: none ends it, each is refused with a reason, and then a clean peer works."""

import asyncio
import logging
import random
from collections import Counter

import numpy as np
import pytest

from gridops.protocols.iec104 import LinkState, pack
from gridops.protocols.iec104.apci import Function, encode_i, encode_s, encode_u
from gridops.protocols.iec104.types import TypeId
from tests.protocols.iec104.ends import Peer, Store, Switchboard, image, master, now_us, order, outstation
from tests.waiting import until

FRAMES = 1000
APCI = 6
UNKNOWN_TYPES = [t for t in range(256) if t not in set(TypeId)]


def to_station() -> list[bytes]:
    asdus = [order(100, 0, b"\x14"), order(45, 700, b"\x01"), order(50, 701, bytes(5)), order(104, 0, b"\xaa\x55")]
    return [encode_i(0, 0, asdu.encode()) for asdu in asdus] + [encode_s(0), encode_u(Function.TESTFR_ACT)]


def to_master() -> list[bytes]:
    ioa, value, quality = np.arange(5, dtype=np.int32), np.ones(5), np.zeros(5, np.uint16)
    types = (1, 13, 30, 36, 37)
    asdus = [pack.asdu(t, 3, 1, pack.objects(t, ioa, value, quality, now_us())) for t in types]
    return [encode_i(0, 0, asdu) for asdu in asdus] + [encode_s(0), encode_u(Function.TESTFR_ACT)]


def flip(frame: bytes, rng: random.Random) -> bytes:
    """One bit of the control information: no such frame is right."""
    at = rng.randrange(APCI)
    return frame[:at] + bytes([frame[at] ^ 1 << rng.randrange(8)]) + frame[at + 1 :]


def truncate(frame: bytes, rng: random.Random) -> bytes:
    return frame[: rng.randrange(1, len(frame))]


def wrong_length(frame: bytes, rng: random.Random) -> bytes:
    length = rng.choice([n for n in range(256) if n != frame[1]])
    return frame[:1] + bytes([length]) + frame[2:]


def wrong_size(frame: bytes, rng: random.Random) -> bytes:
    """The frame is right, but its ASDU has some octets more or less than it says."""
    asdu = frame[APCI:] or order(45, 700, b"\x01").encode()
    less = asdu[: rng.randrange(1, len(asdu))]
    return encode_i(0, 0, rng.choice([less, asdu + rng.randbytes(rng.randrange(1, 3))]))


def junk_type(frame: bytes, rng: random.Random) -> bytes:
    rest = frame[APCI + 1 :] or order(45, 700, b"\x01").encode()[1:]
    return encode_i(0, 0, bytes([rng.choice(UNKNOWN_TYPES)]) + rest)


def noise(frame: bytes, rng: random.Random) -> bytes:
    octets = rng.randbytes(rng.randrange(1, 300))
    return octets if octets[0] != frame[0] else b"\x00" + octets


MANGLERS = [flip, truncate, wrong_length, wrong_size, junk_type, noise]


def mangled(frames: list[bytes], seed: int) -> list[tuple[str, bytes]]:
    rng = random.Random(seed)
    choices = [rng.choice(MANGLERS) for _ in range(FRAMES)]
    return [(mangle.__name__, mangle(rng.choice(frames), rng)) for mangle in choices]


@pytest.fixture
async def complaints(caplog: pytest.LogCaptureFixture):
    """What nobody handled: must stay empty."""
    found: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    yield found
    assert found == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.usefixtures("complaints")
async def test_an_outstation_refuses_each_with_a_reason_and_serves_on() -> None:
    store, reasons = Store(), Counter()
    commands = [(700, 45), (701, 50)]
    async with outstation(image(20, commands=commands)) as station:
        (await Peer.connect(station.port)).close()
        for kind, octets in mangled(to_station(), seed=104):
            before = station.refused
            peer = await Peer.connect(station.port)
            peer.raw(octets)
            peer.writer.write_eof()
            await peer.ended()
            await until(lambda: station.refused > before)  # noqa: B023
            assert station.last_reason, (kind, octets.hex())
            reasons[station.last_reason.split()[0]] += 1
            peer.close()
        assert station.refused >= FRAMES
        assert len(reasons) > 8
        async with master(station.port, [], store) as one:
            await until(lambda: station.is_active and one.state is LinkState.UP)
            station.update(1, np.arange(20), np.arange(20), 0, now_us())
            await until(lambda: len(store) == 20)
            assert one.refused == 0


@pytest.mark.usefixtures("complaints")
async def test_a_master_refuses_each_with_a_reason_and_comes_back() -> None:
    store, reasons = Store(), Counter()
    async with Switchboard.open() as board, master(board.port, [], store, backoff_s=(0.001, 0.001)) as one:
        for kind, octets in mangled(to_master(), seed=870):
            before = one.refused
            peer = await board.peer()
            peer.raw(octets)
            peer.writer.write_eof()
            await until(lambda: one.refused > before)  # noqa: B023
            assert one.last_reason, (kind, octets.hex())
            reasons[one.last_reason.split()[0]] += 1
            await peer.ended()
            peer.close()
        assert one.refused >= FRAMES
        assert len(reasons) > 8
        assert len(store) == 0
        clean = await board.peer()
        clean.i(order(1, 7, b"\x01", cause=3))
        await until(lambda: len(store) == 1)
        assert one.state is LinkState.UP


@pytest.mark.usefixtures("complaints")
async def test_bits_flipped_anywhere_end_neither() -> None:
    rng = random.Random(2404)
    store = Store()
    async with (
        outstation(image(20, commands=[(700, 45), (701, 50)])) as station,
        Switchboard.open() as board,
        master(board.port, [], store, backoff_s=(0.001, 0.001)) as one,
    ):
        for _ in range(300):
            for frames, peer in ((to_station(), await Peer.connect(station.port)), (to_master(), await board.peer())):
                octets = bytearray(rng.choice(frames))
                for _ in range(rng.randrange(1, 4)):
                    octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
                peer.raw(bytes(octets))
                peer.writer.write_eof()
                await peer.ended()
                peer.close()
        station.update(1, 0, 1, 0, now_us())
        clean = await Peer.connect(station.port)
        assert (await clean.asdu()).type_id == TypeId.M_ME_TF
        again = await board.peer()
        before = len(store)
        again.i(order(1, 7, b"\x01", cause=3))
        await until(lambda: len(store) == before + 1)
        assert one.state is LinkState.UP
