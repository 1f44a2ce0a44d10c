"""Both ends against lib60870 (c104, under the GPL: in an environment of its own, never beside the product)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
from asgiref.sync import sync_to_async

from apps.telemetry import selectors
from apps.telemetry.gateway import GatewayProcess
from apps.telemetry.models import Gateway, GatewayLink
from gridops.protocols.iec104 import Command, CommandResult, PointImage, TypeId
from gridops.supervise.ports import any_free
from tests.factories.telemetry import make_gateway
from tests.outside.iec104.program import Program
from tests.outside.venv import python_with
from tests.protocols.iec104.ends import HOST, Desk, background, now_us, outstation
from tests.waiting import until_stored

MEASURED, SWITCH, COUNTER = 11, 12, 13
ORDER, SETPOINT = 21, 22


@pytest.fixture(scope="session")
def python() -> Path:
    return python_with("c104", "c104==2.2.1")


@pytest.fixture
def device(python: Path) -> Iterator[tuple[Program, int]]:
    port = any_free()
    with Program(python, "device.py", str(port)) as program:
        program.until(listening=True)
        yield program, port


@pytest.fixture
def made(transactional_db: None) -> Gateway:
    gateway = make_gateway(3)
    for slot, ioa in enumerate((MEASURED, SWITCH, COUNTER)):
        gateway.points.filter(slot=slot).update(address=f"47/{ioa}")
    return gateway


def latest() -> list[float]:
    (block,) = selectors.latest_values()
    return block.latest.value.tolist()


@pytest.fixture
async def process(made: Gateway, device: tuple[Program, int]) -> AsyncIterator[GatewayProcess]:
    settings = {"counters_s": 0.5, "interrogation_s": 0}
    await Gateway.objects.filter(pk=made.pk).aupdate(host=HOST, port=device[1], settings=settings, silence_limit_s=300)
    await made.arefresh_from_db()
    one = await sync_to_async(GatewayProcess)(made)
    async with background(one.run()):
        await until_stored(lambda: latest()[:3] == [1.5, 0.0, 1234.0])
        yield one


async def test_a_station_is_interrogated_counted_and_heard(
    process: GatewayProcess, device: tuple[Program, int]
) -> None:
    program, _ = device
    program.wish(point=MEASURED, value=7.25)
    program.wish(point=SWITCH, value=1)
    program.wish(count=1240)

    await until_stored(lambda: latest() == [7.25, 1.0, 1240.0])
    await until_stored(lambda: GatewayLink.objects.filter(name="", values_in__gte=5, refused=0).exists())


async def test_commands_are_selected_and_executed_once(process: GatewayProcess, device: tuple[Program, int]) -> None:
    program, _ = device
    master = process._driver.master  # type: ignore[union-attr]

    selected = await master.command(Command(47, ORDER, TypeId.C_SC_NA, 1, select=True))
    unselected = await master.command(Command(47, ORDER, TypeId.C_SC_NA, 1))
    direct = await master.command(Command(47, SETPOINT, TypeId.C_SE_NC, 12.5))

    assert selected.result in {CommandResult.TERMINATED, CommandResult.CONFIRMED}, selected
    assert unselected.result is CommandResult.REFUSED, "without a selection it does not act"
    assert direct.result in {CommandResult.TERMINATED, CommandResult.CONFIRMED}, direct
    acts = [(fact["ordered"], fact["value"]) for fact in program.told if "ordered" in fact and not fact["select"]]
    assert acts.count((ORDER, 1.0)) == 1
    assert acts.count((SETPOINT, 12.5)) == 1


async def test_after_a_restart_of_the_station_everything_is_heard_again(
    process: GatewayProcess, device: tuple[Program, int]
) -> None:
    program, _ = device
    program.wish(restart=True)
    await asyncio.to_thread(program.until, done={"restart": True})
    program.wish(point=MEASURED, value=9.5)
    program.wish(point=SWITCH, value=1)

    await until_stored(lambda: latest()[:2] == [9.5, 1.0])


async def test_its_master_reads_our_outstation(python: Path) -> None:
    kinds = [(1, 13), (2, 30), (3, 37), (700, 45)]
    desk = Desk()
    image = PointImage([1] * 4, [ioa for ioa, _ in kinds], [kind for _, kind in kinds])
    points = '[[1, "M_ME_NC_1"], [2, "M_SP_TB_1"], [3, "M_IT_NA_1"]]'
    async with outstation(image, desk, select_required=True) as station:
        station.store(1, [1, 2, 3], [2.5, 1.0, 77.0])
        with Program(python, "client.py", str(station.port), points) as program:

            async def told(**fact: object) -> None:
                await asyncio.to_thread(program.until, **fact)

            await told(connected=True)
            for wish in ("interrogate", "count", "clock", "test", "order"):
                program.wish(do=wish)
                await told(done=wish, ok=True)
            await told(point=1, value=2.5)
            await told(point=3, value=77.0)
            station.update(1, [2], 0.0, 0, now_us())
            await told(point=2, value=0.0)
            station.report(1, np.array([1]))
            await told(point=1, cause="PERIODIC")
    assert [(command.ioa, command.value, command.select) for command in desk.commands] == [(700, 1.0, False)]
    assert station.clock_offset_us is not None
    assert station.refused == 0
