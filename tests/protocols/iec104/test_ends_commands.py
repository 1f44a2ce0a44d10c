"""Commands from a master to an outstation over TCP."""

import asyncio

import pytest

from gridops.protocols.iec104 import Cause, Command, CommandResult, LinkState
from tests.protocols.iec104.ends import Desk, Store, Switchboard, image, master, outstation
from tests.protocols.iec104.lines import Line
from tests.waiting import until


@pytest.mark.parametrize("select", [False, True])
@pytest.mark.parametrize(
    ("type_id", "value"), [(45, 1), (46, 2), (47, 1), (48, -0.5), (49, 77), (50, 2.5), (58, 0), (60, 2), (63, -4.0)]
)
async def test_a_command_is_performed_once_and_terminated(type_id: int, value: float, select: bool) -> None:
    desk = Desk()
    async with (
        outstation(image(1, commands=[(700, type_id)]), desk) as station,
        master(station.port, [], Store()) as one,
    ):
        await until(lambda: one.state is LinkState.UP)
        outcome = await one.command(Command(1, 700, type_id, value, select=select, qualifier=1))
        assert outcome.result is CommandResult.TERMINATED
        assert [(c.ioa, c.type_id, c.value, c.select, c.qualifier) for c in desk.commands] == [
            (700, type_id, value, False, 1)
        ]


async def test_a_command_the_device_will_not_do_is_refused() -> None:
    desk = Desk()
    desk.accept = False
    async with outstation(image(1, commands=[(700, 45)]), desk) as station, master(station.port, [], Store()) as one:
        await until(lambda: one.state is LinkState.UP)
        refused = await one.command(Command(1, 700, 45, 1))
        assert (refused.result, refused.cause) == (CommandResult.REFUSED, Cause.ACTIVATION_CON)
        unknown = await one.command(Command(1, 701, 45, 1, select=True))
        assert (unknown.result, unknown.cause) == (CommandResult.REFUSED, Cause.UNKNOWN_OBJECT_ADDRESS)
        elsewhere = await one.command(Command(9, 700, 45, 1))
        assert elsewhere.cause == Cause.UNKNOWN_COMMON_ADDRESS
        wrong = await one.command(Command(1, 700, 46, 1))
        assert wrong.result is CommandResult.REFUSED
        assert len(desk.commands) == 1
        assert one.refused == 0


async def test_a_failure_behind_a_device_is_a_refusal_and_the_station_goes_on() -> None:
    async def broken(command: Command) -> bool:
        raise RuntimeError("no motor")

    async with outstation(image(1, commands=[(700, 45)]), broken) as station, master(station.port, [], Store()) as one:
        await until(lambda: one.state is LinkState.UP)
        for _ in range(2):
            assert (await one.command(Command(1, 700, 45, 1))).result is CommandResult.REFUSED


async def test_a_command_without_an_answer_is_unknown_and_not_sent_again() -> None:
    desk = Desk()
    desk.gate.clear()
    points = image(1, commands=[(700, 45), (710, 45)])
    async with outstation(points, desk) as station, Line.open(station.port) as line:  # noqa: SIM117
        async with master(line.port, [], Store(), command_timeout_s=0.2) as one:
            await until(lambda: one.state is LinkState.UP)
            assert (await one.command(Command(1, 700, 45, 1))).result is CommandResult.UNKNOWN
            busy = await one.command(Command(1, 700, 45, 1))
            assert busy.result is CommandResult.REFUSED, "the device is still at it"
            waiting = asyncio.create_task(one.command(Command(1, 710, 45, 0)))
            await until(lambda: len(desk.commands) == 2)
            line.cut()
            assert (await waiting).result is CommandResult.UNKNOWN
            await until(lambda: one.state is LinkState.UP)
            assert len(desk.commands) == 2


async def test_without_a_link_a_command_is_not_sent() -> None:
    async with Switchboard.open() as board, master(board.port, [], Store()) as one:
        outcome = await one.command(Command(1, 700, 45, 1))
        assert outcome.result is CommandResult.NOT_SENT
        peer = await board.peer()
        await until(lambda: one.state is LinkState.UP)
        outcome = await one.command(Command(1, 700, 45, 0.5))
        assert outcome.result is CommandResult.NOT_SENT
        assert await peer.settled() == []
