"""The master against a bare station."""

import asyncio
from itertools import pairwise

import pytest

from gridops.protocols.iec104 import Cause, Command, CommandResult, LinkSettings, LinkState, Schedule
from gridops.protocols.iec104.apci import Function, IFrame, SFrame, UFrame
from gridops.protocols.iec104.types import TypeId
from tests.protocols.iec104.ends import QUICK, Store, Switchboard, master, now_us, order
from tests.waiting import until

POINT = order(1, 7, b"\x01", cause=3)


async def test_a_burst_is_one_batch_and_one_acknowledgement() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store):
        peer = await board.peer()
        peer.writer.transport.pause_reading()
        for _ in range(9):
            peer.i(POINT)
        peer.writer.transport.resume_reading()
        acknowledged = 0
        while acknowledged < 9:
            acknowledged = (await peer.frame()).receive_sequence
            assert acknowledged == len(store)
        assert len(store.batches) <= 2


async def test_what_is_not_stored_is_in_no_acknowledgement_not_even_of_a_command() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store, command_timeout_s=0.1) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        store.gate.clear()
        peer.i(POINT)
        await until(lambda: store.waiting)
        await one.command(Command(1, 5, 45, 1))
        command = await peer.frame()
        assert isinstance(command, IFrame)
        assert command.receive_sequence == 0
        store.gate.set()
        assert await peer.frame() == SFrame(1)


async def test_a_batch_that_fails_ends_the_connection_without_an_acknowledgement() -> None:
    store = Store()
    store.failures = 1
    async with Switchboard.open() as board, master(board.port, [], store):
        peer = await board.peer()
        peer.i(POINT)
        assert await peer.ended() == []
        again = await board.peer()
        again.i(POINT)
        assert await again.frame() == SFrame(1)
    assert len(store) == 1


async def test_a_malformed_asdu_is_refused_and_the_rest_of_the_burst_is_kept() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        for asdu in (POINT, b"\x01\x02", order(21, 7, b"\x00"), POINT, order(1, 7, b"\x01", cause=6)):
            peer.i(asdu)
        while (frame := await peer.frame()) != SFrame(5):
            assert isinstance(frame, SFrame)
        assert (len(store), one.refused, one.last_reason) == (2, 3, "type 1 with cause 6")
        assert one.state is LinkState.UP


async def test_points_before_a_malformed_frame_are_stored_and_acknowledged() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store) as one:
        peer = await board.peer()
        peer.i(POINT)
        peer.raw(b"\x00")
        await peer.ended()
        await until(lambda: one.state is LinkState.DOWN)
        assert len(store) == 1
        assert store.links[-1] == (LinkState.DOWN, "bad start octet 0x00")


async def test_a_start_without_confirmation_ends_after_t1_with_the_reason() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store, settings=QUICK) as one:
        peer = await board.peer(start=False)
        assert await peer.frame() == UFrame(Function.STARTDT_ACT)
        assert all(frame == UFrame(Function.TESTFR_ACT) for frame in await peer.ended())
        await until(lambda: store.links)
        assert "t1" in store.links[0][1]
        await board.peer()
        await until(lambda: one.state is LinkState.UP)


async def test_a_silent_station_is_tested_after_t3_and_left_after_t1() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store(), settings=QUICK) as one:
        peer = await board.peer()
        assert await peer.frame() == UFrame(Function.TESTFR_ACT)
        peer.u(Function.TESTFR_CON)
        assert await peer.ended() == [UFrame(Function.TESTFR_ACT)]
        await until(lambda: one.state is LinkState.DOWN)
        assert "t1" in one.last_reason


async def test_a_store_slower_than_t1_is_no_fault_of_the_station() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store, settings=QUICK, command_timeout_s=5) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        store.gate.clear()
        peer.i(POINT)
        await until(lambda: store.waiting)
        waiting = asyncio.create_task(one.command(Command(1, 5, 45, 1)))
        command = await peer.frame()
        await asyncio.sleep(2 * QUICK.t1)
        peer.i(order(45, 5, b"\x01", cause=7))
        peer.i(order(45, 5, b"\x01", cause=10))
        store.gate.set()
        assert (await waiting).result is CommandResult.TERMINATED
        assert isinstance(command, IFrame)
        assert one.state is LinkState.UP


@pytest.mark.parametrize("cause", [7, 44, 45, 46, 47])
async def test_every_negative_answer_is_a_refusal(cause: int) -> None:
    async with Switchboard.open() as board, master(board.port, [], Store()) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        waiting = asyncio.create_task(one.command(Command(1, 5, 45, 1)))
        await peer.asdu()
        peer.i(order(45, 5, b"\x01").mirrored(cause, negative=True))
        outcome = await waiting
        assert (outcome.result, outcome.cause) == (CommandResult.REFUSED, cause)


async def test_a_confirmation_without_termination_is_confirmed() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store(), termination_timeout_s=0.05) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        waiting = asyncio.create_task(one.command(Command(1, 5, 45, 1)))
        await peer.asdu()
        peer.i(order(45, 5, b"\x01", cause=7))
        assert (await waiting).result is CommandResult.CONFIRMED


async def test_an_execution_ended_with_the_octets_of_its_selection_is_terminated() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store()) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        waiting = asyncio.create_task(one.command(Command(1, 5, 48, -0.25, select=True)))
        selection = await peer.asdu()
        peer.i(selection.mirrored(Cause.ACTIVATION_CON))
        peer.i((await peer.asdu()).mirrored(Cause.ACTIVATION_CON))
        peer.i(selection.mirrored(Cause.ACTIVATION_TERM))
        assert (await waiting).result is CommandResult.TERMINATED
        assert one.refused == 0


async def test_an_answer_to_another_command_confirms_nothing() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store(), command_timeout_s=0.3) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        waiting = asyncio.create_task(one.command(Command(1, 5, 45, 1)))
        await peer.asdu()
        for stray in (order(45, 5, b"\x00", cause=7), order(45, 6, b"\x01", cause=7), order(45, 5, b"\x81", cause=7)):
            peer.i(stray)
        assert (await waiting).result is CommandResult.UNKNOWN
        assert one.refused == 3


async def test_a_selection_without_an_answer_executes_nothing() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store(), command_timeout_s=0.1) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        outcome = await one.command(Command(1, 5, 45, 1, select=True))
        assert outcome.result is CommandResult.NOT_SENT
        assert (await peer.asdu()).body[-1] == 0x81
        assert await peer.settled() == []


async def test_a_command_that_finds_the_window_full_is_not_sent_later() -> None:
    options = {"settings": LinkSettings(k=1, w=1), "command_timeout_s": 0.1}
    async with Switchboard.open() as board, master(board.port, [], Store(), **options) as one:
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        assert (await one.command(Command(1, 5, 45, 1))).result is CommandResult.UNKNOWN
        assert (await one.command(Command(1, 6, 45, 1))).result is CommandResult.NOT_SENT
        assert (await peer.asdu()).ioa == 5
        assert await peer.settled() == []


async def test_an_initialised_station_is_interrogated_again() -> None:
    schedule = Schedule(interrogation_s=3600, clock_s=None)
    async with Switchboard.open() as board, master(board.port, [1, 2], Store(), schedule=schedule) as one:
        peer = await board.peer()
        for address in (1, 2):
            question = await peer.asdu()
            assert (question.type_id, question.common_address) == (TypeId.C_IC_NA, address)
            peer.i(question.mirrored(Cause.ACTIVATION_CON))
            peer.i(question.mirrored(Cause.ACTIVATION_TERM))
        await until(lambda: one.interrogations == 2)
        peer.i(order(70, 0, b"\x00", cause=4, address=9))
        peer.i(order(70, 0, b"\x00", cause=4, address=2))
        assert (await peer.asdu()).common_address == 2


async def test_what_an_interrogation_finds_counts_from_its_question_so_that_no_event_after_it_is_outdated() -> None:
    store = Store()
    schedule = Schedule(interrogation_s=float("inf"), clock_s=None)
    begun_us = now_us()
    async with Switchboard.open() as board, master(board.port, [1], store, schedule=schedule):
        peer = await board.peer()
        question = await peer.asdu()
        asked_us = now_us()
        peer.i(question.mirrored(Cause.ACTIVATION_CON))
        peer.i(order(1, 7, b"\x00", cause=Cause.INTERROGATED))
        peer.i(order(1, 8, b"\x01", cause=Cause.SPONTANEOUS))
        await until(lambda: len(store) == 2)
    asked, untimed = store.column("at_us")
    assert begun_us <= asked <= asked_us
    assert untimed == -1


async def test_a_station_that_does_not_answer_does_not_keep_the_others_waiting() -> None:
    schedule = Schedule(interrogation_s=3600, clock_s=None, confirmation_timeout_s=0.05)
    async with Switchboard.open() as board, master(board.port, [1, 2, 3], Store(), schedule=schedule) as one:
        peer = await board.peer()
        assert (await peer.asdu()).common_address == 1
        second = await peer.asdu()
        peer.i(second.mirrored(Cause.UNKNOWN_COMMON_ADDRESS, negative=True))
        third = await peer.asdu()
        peer.i(third.mirrored(Cause.ACTIVATION_CON))
        peer.i(third.mirrored(Cause.ACTIVATION_TERM))
        await until(lambda: one.interrogations == 1)


async def test_the_delay_grows_between_useless_connections_only() -> None:
    store = Store()
    async with Switchboard.open() as board, master(board.port, [], store, backoff_s=(0.02, 0.16)):
        clock = asyncio.get_running_loop().time
        arrivals = []
        for _ in range(5):
            peer = await board.peer()
            arrivals.append(clock())
            peer.close()
        gaps = [after - before for before, after in pairwise(arrivals)]
        assert all(gap >= least for gap, least in zip(gaps, (0.02, 0.04, 0.08, 0.16), strict=True))
        useful = await board.peer()
        useful.i(POINT)
        await until(lambda: len(store) == 1)
        useful.close()
        begun = clock()
        await board.peer()
        assert clock() - begun < sum(gaps)
