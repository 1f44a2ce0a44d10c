"""A stop that comes in the very moment of an answer."""

import asyncio

import pytest

from gridops.protocols.modbus import Client, Table
from gridops.protocols.modbus.client import Traffic
from gridops.supervise.ports import LOOPBACK


async def test_a_stop_that_comes_together_with_an_answer_is_not_lost() -> None:
    client, answer = Client(LOOPBACK, 1), asyncio.get_running_loop().create_future()

    async def asked(*_: object, **__: object) -> object:
        return await asyncio.wait_for(answer, 60)

    client._wire.write_coil = asked
    task = asyncio.create_task(client.write(1, Table.COIL, 0, [1], Traffic()))
    await asyncio.sleep(0)
    answer.set_result(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
