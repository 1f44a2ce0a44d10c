"""The Modbus gateway against servers of pymodbus, and against SunSpec registers of pysunspec2."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.telemetry.choices import LinkState
from apps.telemetry.models import LatestBlock, PointLimit
from gridops.supervise.ports import any_free
from tests.outside.modbus.device import HOST, SUNSPEC_BASE, inverter, serve, unit, words
from tests.outside.room import link, make, running, values
from tests.waiting import until_stored

QUICK = {"poll_s": 0.1, "timeout_s": 0.3, "retries": 0, "give_up_s": 0.3, "retry_s": 0.05}


async def test_registers_of_every_kind_and_table_are_read(committed_history: None) -> None:
    port = any_free()
    registers = {
        10: words("h", -5),
        11: words("f", 1.5),
        13: list(reversed(words("i", -70_000))),
        15: words("d", 2.25),
        40: [0b1000],
    }
    addresses = [
        "1/holding/10:int16",
        "1/holding/11:float32",
        "1/input/13:int32:CDAB",
        "1/holding/15:float64",
        "1/holding/40:bit3",
        "1/holding/40:bit2",
        "1/coil/0",
        "1/discrete/1",
        "1/holding/10",
    ]
    gateway = await sync_to_async(make)("modbus", addresses, port=port, settings=QUICK)
    server = await serve(port, unit(1, registers))
    async with running(gateway):
        await until_stored(lambda: values() == [-5, 1.5, -70_000, 2.25, 1, 0, 1, 0, 65_531])
    await server.shutdown()


async def test_what_a_unit_refuses_is_invalid_and_the_rest_goes_on(committed_history: None) -> None:
    port = any_free()
    gateway = await sync_to_async(make)(
        "modbus", ["1/holding/10", "1/holding/12", "1/holding/14"], port=port, settings=QUICK
    )
    server = await serve(port, unit(1, {10: [7], 14: [9]}))
    async with running(gateway):
        await until_stored(lambda: values() == [7, None, 9])
        await until_stored(lambda: "illegal data address" in link("unit 1").last_refusal)
        await server.async_setValues(1, 16, 14, [11])
        await until_stored(lambda: values() == [7, None, 11])
    await server.shutdown()


async def test_a_silent_unit_is_one_lost_link_and_leaves_the_others_alone(committed_history: None) -> None:
    port = any_free()
    gateway = await sync_to_async(make)("modbus", ["1/holding/10", "2/holding/10"], port=port, settings=QUICK)
    mute: set[int] = set()
    server = await serve(port, unit(1, {10: [7]}), unit(2, {10: [8]}), mute=mute)
    async with running(gateway):
        await until_stored(lambda: values() == [7, 8])
        mute.add(2)
        await until_stored(lambda: values() == [7, None])
        await server.async_setValues(1, 16, 10, [70])
        await until_stored(lambda: values() == [70, None])
        await until_stored(lambda: (link("unit 2").state, link("unit 1").state) == (LinkState.DOWN, LinkState.UP))
        await gateway.arefresh_from_db()
        assert gateway.link_state == LinkState.UP
        told = Alarm.objects.standing().filter(condition=Condition.COMM_FAIL)
        await until_stored(lambda: [one.source for one in told.all()] == ["link/outside/unit 2"])
        mute.clear()
        await until_stored(lambda: values() == [70, 8])
        await until_stored(lambda: not told.all().exists())
    await server.shutdown()


async def test_a_lost_connection_makes_its_points_old_and_comes_back(committed_history: None) -> None:
    port = any_free()
    gateway = await sync_to_async(make)("modbus", ["1/holding/10"], port=port, settings=QUICK)
    server = await serve(port, unit(1, {10: [7]}))
    async with running(gateway):
        await until_stored(lambda: values() == [7])
        await server.shutdown()
        await until_stored(lambda: values() == [None])
        await gateway.arefresh_from_db()
        assert gateway.link_state == LinkState.DOWN
        server = await serve(port, unit(1, {10: [8]}))
        await until_stored(lambda: values() == [8])
    await server.shutdown()


async def test_a_limit_that_a_register_breaks_is_an_alarm(committed_history: None) -> None:
    port = any_free()
    gateway = await sync_to_async(make)("modbus", ["1/holding/10:int16"], port=port, settings=QUICK)
    point = await gateway.points.aget()
    await PointLimit.objects.acreate(point=point, condition=Condition.HIGH, is_high=True, limit=50)
    await LatestBlock.objects.filter(gateway=gateway).aupdate(config_version=1)
    server = await serve(port, unit(1, {10: [7]}))
    async with running(gateway):
        await until_stored(lambda: values() == [7])
        assert not await Alarm.objects.filter(condition=Condition.HIGH).aexists()
        await server.async_setValues(1, 16, 10, [60])
        await until_stored(lambda: Alarm.objects.filter(condition=Condition.HIGH).exists())
    await server.shutdown()


PATHS = [
    "103/W",
    "103/A",
    "103/Hz",
    "103/VAr",
    "714/DCW",
    "714/Prt[1].DCW",
    "714/Prt[2].DCW",
    "704/WMaxLimPct",
    "103/No",
]


@pytest.mark.parametrize("base", [SUNSPEC_BASE, 0, 50_000])
async def test_sunspec_points_are_found_and_scaled_as_the_alliance_reads_them(
    committed_history: None, base: int
) -> None:
    port = any_free()
    addresses = [f"sunspec:3/{path}" for path in PATHS]
    gateway = await sync_to_async(make)("modbus", addresses, port=port, settings=QUICK)
    server = await serve(port, unit(3, {base: inverter()}))
    theirs = await asyncio.to_thread(_as_the_alliance_reads_it, port)
    async with running(gateway):
        await until_stored(lambda: any(values()))
        found = await sync_to_async(values)()
        await until_stored(lambda: "SunSpec" in link("").last_refusal)
    await server.shutdown()
    assert theirs == [-9050.0, 41.2, 49.98, None, 900.0, 300.0, 600.0]
    assert found == pytest.approx([*theirs, None, None])


def _as_the_alliance_reads_it(port: int) -> list[float | None]:
    device = SunSpecModbusClientDeviceTCP(slave_id=3, ipaddr=HOST, ipport=port)
    device.scan()
    ac, dc = device.models[103][0], device.models[714][0]
    read = [ac.W, ac.A, ac.Hz, ac.VAr, dc.DCW, dc.Prt[0].DCW, dc.Prt[1].DCW]
    device.disconnect()
    return [point.cvalue for point in read]
