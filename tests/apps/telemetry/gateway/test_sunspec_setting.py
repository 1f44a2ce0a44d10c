"""Setting points of SunSpec devices and keeping them alive, against the field's own battery plants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from apps.telemetry.choices import LinkState, Quantity
from apps.telemetry.gateway.config import GatewayConfig, PointAddress
from apps.telemetry.gateway.driver import Values
from apps.telemetry.gateway.modbus import ModbusDriver
from apps.telemetry.gateway.sunspec_setting import Heart, Setter
from apps.telemetry.rules.modbus import RULES, parse_address
from gridops.protocols.modbus import Client, Refused
from gridops.protocols.modbus.client import Traffic
from gridops.protocols.sunspec import NoSunSpec
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.batteries.server import BatteryServer
from gridops.supervise.ports import LOOPBACK, any_free
from tests.protocols.iec104.ends import background
from tests.simulator.town import town
from tests.waiting import until


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[BatteryPlant, Setter]]:
    plants = Batteries(town(), 1).plants
    server = BatteryServer(plants, LOOPBACK, any_free())
    await server.start()
    client = Client(LOOPBACK, server.port)
    await client.connect()
    try:
        yield plants[0], Setter(client, RULES.effective({}), Traffic())
    finally:
        client.close()
        await server.stop()


async def put(setter: Setter, address: str, value: float) -> None:
    await setter.send(await setter.write_for(parse_address(address), value))


async def test_a_set_point_counts_with_one_write_until_it_is_released() -> None:
    async with connected() as (plant, setter):
        await put(setter, "sunspec:1/704/WSet", 123_456.0000001)
        assert (plant.active.value, plant.active.is_on) == (123.456, True)
        await put(setter, "sunspec:1/704/VarSet", -50_000)
        assert (plant.reactive.value, plant.reactive.is_on) == (-50.0, True)
        await put(setter, "sunspec:1/704/WSetEna", 0)
        assert (plant.active.is_on, plant.reactive.is_on) == (False, True)


async def test_a_droop_and_a_curve_are_set_with_one_write_each_both_ways_at_once() -> None:
    async with connected() as (plant, setter):
        await put(setter, "sunspec:1/711/Ctl[1].KUf", 0.0192)
        await put(setter, "sunspec:1/705/Crv[1].Pt[1].Var", 40.0)
        assert plant.answers.droop == pytest.approx(0.0192)
        assert plant.answers.volt_var == pytest.approx(0.4)
        assert not plant.active.is_on
        with pytest.raises(Refused, match="illegal data value"):
            await put(setter, "sunspec:1/711/Ctl[1].KUf", 0.6)


async def test_what_the_plant_cannot_do_it_refuses_and_what_it_has_not_is_not_sent() -> None:
    async with connected() as (plant, setter):
        with pytest.raises(Refused, match="illegal data value"):
            await put(setter, "sunspec:1/704/WSet", 600_000)
        with pytest.raises(Refused, match="illegal data value"):
            await put(setter, "sunspec:1/802/AlmRst", 1)
        with pytest.raises(NoSunSpec, match="no SunSpec model 123"):
            await put(setter, "sunspec:1/123/WMaxLimPct", 50)
        with pytest.raises(ValueError, match="no Wat"):
            await put(setter, "sunspec:1/704/Wat", 1)
        with pytest.raises(ValueError, match="does not fit"):
            await put(setter, "sunspec:1/704/WSet", 1e12)
        assert not plant.active.is_on


async def test_a_heartbeat_keeps_a_plant_and_one_that_is_refused_is_told() -> None:
    told: list[str] = []
    async with connected() as (plant, setter):
        assert plant.remaining_s(0) == 0
        heart = Heart(setter, ["sunspec:1/715/ControllerHb", "1/holding/40000"])
        await heart.beat(lambda reason, _count: told.append(reason))
        assert plant.remaining_s(0) > 0
    assert told == ["heartbeat of unit 1: illegal data value"]


async def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    plants = Batteries(town(), 1).plants
    first = BatteryServer(plants, LOOPBACK, any_free())
    await first.start()
    with pytest.raises(OSError, match=f"port {first.port} for the battery plants"):
        await BatteryServer(Batteries(town(), 1).plants, LOOPBACK, first.port).start()
    await first.stop()


class _Intake:
    """Of a room whose database may be away."""

    def __init__(self) -> None:
        self.is_there, self.rounds = False, 0

    async def take(self, values: Values, *, is_pressed: bool = False) -> None:
        self.rounds += 1
        if not self.is_there:
            raise OSError("no database")

    async def link(self, state: LinkState, reason: str) -> None:
        return

    def refuse(self, reason: str, count: int = 1) -> None:
        return


async def test_a_room_that_cannot_store_what_it_reads_keeps_no_set_point_alive() -> None:
    plants, intake = Batteries(town(), 1).plants, _Intake()
    server = BatteryServer(plants, LOOPBACK, any_free())
    await server.start()
    settings = RULES.effective({"poll_s": 0.05, "heartbeats": ["sunspec:1/715/ControllerHb"]})
    points = (PointAddress(0, "sunspec:1/701/W", Quantity.ACTIVE_POWER),)
    config = GatewayConfig(1, "batteries", "modbus", LOOPBACK, server.port, settings, 10.0, points)
    async with background(ModbusDriver(config, intake).run()):
        await until(lambda: intake.rounds > 2)
        assert plants[0].remaining_s(0) == 0
        intake.is_there = True
        await until(lambda: plants[0].remaining_s(0) > 0)
    await server.stop()
