"""What the master does with what arrives while a batch is being stored."""

from gridops.protocols.iec104 import LinkState, Master
from gridops.protocols.iec104.apci import SFrame, encode_i
from tests.protocols.iec104.ends import Store, Switchboard, master, order
from tests.waiting import until

POINT = order(1, 7, b"\x01", cause=3)
STARTED = 1  # frames before the first of data: the confirmed start


async def heard_by(one: Master, frames: int) -> None:
    """Until so many monitored frames were read, whether or not they are stored."""
    await until(lambda: one.traffic.frames_in >= STARTED + frames)


async def test_what_comes_while_a_batch_is_stored_is_the_next_batch() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        store.gate.clear()
        peer.i(POINT)
        await until(lambda: store.waiting)
        assert not one.is_pressed
        for heard in range(2, 11):
            peer.i(POINT)
            await heard_by(one, heard)
        store.gate.set()
        assert await peer.frame() == SFrame(1)
        assert await peer.frame() == SFrame(10)
        assert [len(batch) for batch in store.batches] == [1, 9]


async def test_a_full_window_that_waits_to_be_stored_is_known() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        store.gate.clear()
        peer.i(POINT)
        await until(lambda: store.waiting)
        for _ in range(8):
            peer.i(POINT)
        await heard_by(one, 9)
        store.gate.set()
        store.gate.clear()
        await until(lambda: len(store) == 1 and store.waiting)
        assert one.is_pressed
        store.gate.set()
        await until(lambda: len(store) == 9)
        await until(lambda: not one.is_pressed)


async def test_what_was_read_while_a_batch_failed_is_in_no_acknowledgement_and_is_not_stored() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        store.gate.clear()
        store.failures = 1
        peer.i(POINT)
        await until(lambda: store.waiting)
        peer.i(POINT)
        await heard_by(one, 2)
        store.gate.set()
        assert await peer.ended() == []
        assert len(store) == 0


async def test_a_malformed_frame_that_comes_while_a_batch_is_stored_ends_the_link_after_its_acknowledgement() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        store.gate.clear()
        peer.i(POINT)
        await until(lambda: store.waiting)
        peer.raw(encode_i(1, 0, POINT.encode()) + b"\x00")
        await heard_by(one, 2)
        store.gate.set()
        assert await peer.frame() == SFrame(1)
        await peer.ended()
        await until(lambda: one.state is LinkState.DOWN)
        assert len(store) == 2
        assert store.links[-1] == (LinkState.DOWN, "bad start octet 0x00")
