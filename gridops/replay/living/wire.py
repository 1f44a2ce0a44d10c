"""The field's own link in the process: readings to the gateway's store, commands from the gateway's commander.

What the wire would have carried is carried here without a socket: the same decoding of addresses and double points on
the way in, the same words of IEC 104 on the way out, each reading committed before anybody acts on it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.telemetry.gateway import iec104_commands
from apps.telemetry.gateway.commanding import Commander
from apps.telemetry.gateway.driver import FieldAnswer, FieldCommand, LinkFigures
from apps.telemetry.gateway.iec104 import AddressMap
from apps.telemetry.gateway.store import Store
from apps.telemetry.models import Gateway
from gridops.protocols.iec104.commands import CommandOutcome, CommandResult
from gridops.protocols.iec104.points import PointBatch
from gridops.replay.living.acts import desk_at
from gridops.replay.plant import Plant
from gridops.simulator.field import to_us
from gridops.simulator.instruments import Readings
from gridops.simulator.points import type_of

SPONTANEOUS = 3


async def at_once(work: Callable[..., Any], *arguments: object) -> Any:
    """In the place of a gateway's thread: the run has one thread, which is the database's too."""
    return work(*arguments)


async def carried_out(commander: Commander) -> None:
    """All that waits to be sent is sent and answered when this returns."""
    await commander.look()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


@dataclass(slots=True)
class FieldDriver:
    """The field's devices at the end of the link; whether they take anything is the plant's affair."""

    plant: Plant

    async def run(self) -> None:
        """Nothing: what the field says is handed over step by step."""

    async def command(self, command: FieldCommand) -> FieldAnswer:
        plant, wire = self.plant, iec104_commands.wire_command(command)
        plant.gate.desk = desk_at(command.address)
        said = plant.devices.execute(wire.common_address, wire.ioa, wire.value, to_us(plant.now))
        result = CommandResult.REFUSED if said else CommandResult.CONFIRMED
        return iec104_commands.answer_of(CommandOutcome(result, said or "confirmed"))

    def figures(self) -> Sequence[LinkFigures]:
        return []


class FieldLink:
    """One IEC 104 gateway of the site and the field behind it."""

    def __init__(self, gateway: Gateway, plant: Plant) -> None:
        self._plant, self._table = plant, plant.field.table
        self._store = Store(gateway.pk)
        self._addresses = AddressMap.of(self._store.config.points)
        self._type = np.array([int(type_of(point.quantity)) for point in self._table.points], np.uint8)
        driver = FieldDriver(plant)
        self.commander = Commander(gateway.pk, gateway.name, lambda: driver, at_once)

    def hand_over(self, *, everything: bool = False) -> None:
        """What the instruments send now; committed when it returns."""
        readings = self._plant.field.read(self._plant.now, everything=everything)
        if len(readings):
            values, _ = self._addresses.to_values(self._batch(readings))
            self._store.put(values, self._store.config)

    def _batch(self, readings: Readings) -> PointBatch:
        rows = readings.point
        return PointBatch(
            common_address=self._table.common_address[rows],
            ioa=self._table.ioa[rows],
            value=readings.value.astype(np.float32).astype(np.float64),
            quality=readings.quality,
            at_us=readings.at_us,
            cause=np.full(len(rows), SPONTANEOUS, np.uint8),
            type_id=self._type[rows],
        )
