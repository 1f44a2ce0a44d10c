"""Over a real socket, with the master of the product at the other end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import numpy as np

from gridops.protocols.iec104 import Command, CommandResult, LinkState, Master, PointBatch, TypeId
from gridops.simulator.devices import DOUBLE_OFF, STEP_HIGHER
from gridops.simulator.field import Field
from gridops.simulator.instruments import Transport
from gridops.simulator.outstation import FieldStation
from gridops.simulator.points import Quantity
from gridops.simulator.scenarios import EventKind
from gridops.simulator.state import CLOSED, OPEN
from tests.simulator.town import town
from tests.waiting import until

PATIENCE_S = 30.0
Key = tuple[int, int]


async def _ignore(_state: LinkState, _reason: str) -> None:
    return


class Desk:
    """What the master's side knows."""

    def __init__(self, one: Field, port: int) -> None:
        self.field = one
        self.values: dict[Key, float] = {}
        self.history: list[tuple[Key, float, int]] = []
        addresses = sorted({int(address) for address in one.table.common_address})
        self.master = Master("127.0.0.1", port, addresses, self.take, _ignore)

    def key(self, equipment: str, quantity: Quantity) -> Key:
        table = self.field.table
        row = next(
            p for p, point in enumerate(table.points) if (point.equipment_mrid, point.quantity) == (equipment, quantity)
        )
        return int(table.common_address[row]), int(table.ioa[row])

    async def take(self, batch: PointBatch) -> None:
        keys = zip(batch.common_address.tolist(), batch.ioa.tolist(), strict=True)
        for key, value, at_us in zip(keys, batch.value.tolist(), batch.at_us.tolist(), strict=True):
            self.values[key] = value
            self.history.append((key, value, at_us))


@contextlib.asynccontextmanager
async def connected(scenario: str = "normal") -> AsyncIterator[Desk]:
    one = Field(town(6), seed=1, scenario=scenario, started_at=datetime.now(UTC))
    one.devices.stuck.clear()
    one.devices.locked.clear()
    station = FieldStation(one, "127.0.0.1", 0, 0.2, Transport(one.table, np.random.default_rng(1)))
    stop = asyncio.Event()
    running = asyncio.create_task(station.run(stop))
    await station.outstation.started.wait()
    desk = Desk(one, station.outstation.port)
    listening = asyncio.create_task(desk.master.run())
    try:
        await until(lambda: len(desk.values) == len(one.table))
        yield desk
    finally:
        listening.cancel()
        stop.set()
        await asyncio.gather(running, listening, return_exceptions=True)


async def test_an_interrogation_tells_every_point_of_the_signal_list() -> None:
    async with connected() as desk:
        table = desk.field.table
        expected = set(zip(table.common_address.tolist(), table.ioa.tolist(), strict=True))
        assert set(desk.values) == expected
        assert desk.values[desk.key("cb-0", Quantity.SWITCH_STATE)] == CLOSED
        assert 19 < desk.values[desk.key("busbar", Quantity.VOLTAGE)] < 21


async def test_measured_values_arrive_by_themselves_with_their_time() -> None:
    async with connected() as desk:
        desk.history.clear()
        await until(lambda: any(at_us > 0 for _, _, at_us in desk.history))
        age_s = datetime.now(UTC).timestamp() - max(at_us for _, _, at_us in desk.history) / 1e6
        assert -0.01 < age_s < 5


async def test_a_selected_and_executed_command_opens_the_breaker_and_its_move_is_told() -> None:
    async with connected() as desk:
        address, ioa = desk.key("cb-0", Quantity.SWITCH_STATE)
        outcome = await desk.master.command(Command(address, ioa, TypeId.C_DC_NA, DOUBLE_OFF, select=True))
        assert outcome.result in (CommandResult.CONFIRMED, CommandResult.TERMINATED)
        await until(lambda: desk.values[address, ioa] == OPEN)
        flow = desk.key("line-0-1", Quantity.ACTIVE_POWER)
        await until(lambda: abs(desk.values[flow]) < 5 * 9_000 * 0.005)


async def test_a_refused_command_is_refused_on_the_wire() -> None:
    async with connected() as desk:
        address, ioa = desk.key("cb-0", Quantity.SWITCH_STATE)
        desk.field.devices.locked.add(0)
        outcome = await desk.master.command(Command(address, ioa, TypeId.C_DC_NA, DOUBLE_OFF))
        assert outcome.result is CommandResult.REFUSED
        assert desk.field.world.switch_closed[0]


async def test_a_tap_changer_steps_by_command() -> None:
    async with connected() as desk:
        address, ioa = desk.key("t1", Quantity.TAP_POSITION)
        before = desk.values[address, ioa]
        await desk.master.command(Command(address, ioa, TypeId.C_RC_NA, STEP_HIGHER))
        await until(lambda: desk.values[address, ioa] == before + 1)


async def test_the_events_of_a_scenario_arrive() -> None:
    async with connected("feeder-fault") as desk:
        [event] = desk.field.scenario.events
        assert event.kind is EventKind.FAULT
        feeder = desk.field.case.lines[event.targets[0]].mrid.split("-")[1]
        now_us = int(datetime.now(UTC).timestamp() * 1e6)
        desk.field.world.later(now_us, lambda at_us: desk.field.world.fault(event.targets[0], at_us))
        breaker = desk.key(f"cb-{feeder}", Quantity.SWITCH_STATE)
        await until(lambda: desk.values[breaker] == OPEN)
        tripped_us = max(at_us for key, _, at_us in desk.history if key == breaker)
        assert 100_000 < tripped_us - now_us < 700_000
