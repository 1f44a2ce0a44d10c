"""Battery plants of the simulated field over Modbus: as the Alliance's own client reads them, and in a control room."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.services import order_watch, orders
from apps.dispatch.services.picture import pictures
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Protocol, Quantity
from apps.telemetry.models import Gateway, MeasurementPoint
from apps.telemetry.services.points import import_points
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.batteries.server import BatteryServer
from gridops.simulator.batteries.signals import write_battery_signals
from gridops.supervise.ports import LOOPBACK, any_free
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.factories.orders import person
from tests.outside.room import running
from tests.simulator.town import town
from tests.waiting import until, until_stored

UNITS = 6


@asynccontextmanager
async def served(plants: Sequence[BatteryPlant]) -> AsyncIterator[int]:
    server = BatteryServer(plants, LOOPBACK, any_free())
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop()


async def test_the_alliance_s_client_finds_every_model_and_sets_the_power() -> None:
    plant = Batteries(town(), 1).plants[0]

    def theirs(port: int) -> tuple[list[int], str, float, float]:
        device = SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr=LOOPBACK, ipport=port)
        device.scan()
        control = device.models[704][0]
        control.WSetEna.value, control.WSetMod.value, control.WSet.cvalue = 1, 1, -250_000
        control.write()
        rack = device.models[803][0].string[1]
        found = [number for number in device.models if isinstance(number, int)]
        told = found, device.common[0].Md.value, rack.StrSoC.cvalue, rack.StrCellVMax.cvalue
        device.close()
        return told

    async with served([plant]) as port:
        models, cells, soc, volts = await asyncio.to_thread(theirs, port)
    assert models == [1, 701, 702, 704, 705, 711, 713, 715, 802, 803, 64_901]
    assert cells == "lithium iron phosphate"
    assert soc == pytest.approx(100 * plant.management.soc[1], abs=0.01)
    assert volts == pytest.approx(plant.management.cell_v[1].max(), abs=0.001)
    assert (plant.active.value, plant.active.is_on) == (-250.0, True)


def open_room(now: datetime) -> Room:
    return make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=now, with_batteries=True)


def add_batteries(room: Room, plants: Sequence[BatteryPlant], port: int) -> Gateway:
    signals = io.StringIO()
    write_battery_signals(room.field.case.source, plants, signals)
    signals.seek(0)
    import_points(gateway_name="batteries", rows=signals, protocol=Protocol.MODBUS, host=LOOPBACK, port=port)
    beats = [f"sunspec:{unit}/715/ControllerHb" for unit in range(1, UNITS + 1)]
    Gateway.objects.filter(name="batteries").update(settings={"poll_s": 0.2, "heartbeats": beats})
    return Gateway.objects.get(name="batteries")


def told(mrid: str, quantity: Quantity) -> float | None:
    point = MeasurementPoint.objects.get(equipment_mrid=mrid, quantity=quantity)
    (found,) = telemetry.point_values([point], as_of=timezone.now())
    return found.value


def estimated(room: Room, plant: BatteryPlant) -> tuple[float, float]:
    """What goes into the network at the plant's node: as estimated, and in truth."""
    now = timezone.now()
    room.step(now)
    picture = pictures.now(as_of=now)
    assert picture.network is not None
    assert picture.point is not None
    assert room.field.state is not None
    node = picture.network.network.injection_node
    place = picture.network.injections.position[plant.design.mrid]
    here = room.field.world.truth.network.injection_node
    true_kw = room.field.state.p_kw[here == here[plant.design.index]].sum()
    return float(picture.point.node_p_kw[node[place]]), float(true_kw)


def ordered(mrid: str, act: Act, value: float | None = None) -> Order:
    anna = person(f"anna-{act}")
    wanted = orders.Wanted(UUID(mrid), act, value, Quantity.ACTIVE_POWER)
    order = orders.select(wanted=wanted, key=uuid4(), client=anna, as_of=timezone.now(), clock=timezone.now)
    return orders.operate(order_id=order.pk, nonce=order.nonce, client=anna, as_of=timezone.now())


def status(order: Order) -> str:
    order_watch.advance(as_of=timezone.now())
    order.refresh_from_db()
    return order.status


async def test_charge_is_read_and_a_set_point_ordered_moves_the_plant_and_the_estimate(committed_history: None) -> None:
    room = await sync_to_async(open_room)(timezone.now())
    assert room.field.batteries is not None
    plants = room.field.batteries.plants
    plant, mrid = plants[0], plants[0].design.mrid
    async with served(plants) as port:
        gateway = await sync_to_async(add_batteries)(room, plants, port)
        async with running(gateway):
            before, true_before = await sync_to_async(estimated)(room, plant)
            await until_stored(lambda: told(plant.design.rack_mrids[0], Quantity.STATE_OF_CHARGE))
            soc = await sync_to_async(told)(plant.design.rack_mrids[0], Quantity.STATE_OF_CHARGE)
            assert soc == pytest.approx(100 * plant.cells.soc[0].mean(), abs=8.0)
            assert await sync_to_async(told)(mrid, Quantity.CONTROL_MODE) == 1

            order = await sync_to_async(ordered)(mrid, Act.SET, -50.5)
            await until(lambda: plant.active.is_on)
            await sync_to_async(room.step)(timezone.now(), scan=False)
            await until_stored(lambda: told(mrid, Quantity.ACTIVE_POWER) == pytest.approx(-50.5, abs=0.1))
            after, true_after = await sync_to_async(estimated)(room, plant)
            await until_stored(lambda: status(order) == OrderStatus.CONFIRMED)
            assert plant.p_kw == pytest.approx(50.5)
            assert abs(true_after - true_before) > 20
            assert after - before == pytest.approx(true_after - true_before, abs=8)
            assert await sync_to_async(told)(mrid, Quantity.CONTROL_MODE) == 0
            assert plant.remaining_s(int(timezone.now().timestamp() * 1e6)) > 50, "the heartbeat keeps it"

            released = await sync_to_async(ordered)(mrid, Act.RELEASE)
            await until(lambda: not plant.active.is_on)
            await until_stored(lambda: status(released) == OrderStatus.CONFIRMED)
