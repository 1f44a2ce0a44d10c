"""The links over Modbus in the process: the drivers of the gateways as they ship, at the registers of the plant."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from django.utils import timezone

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.commanding import Commander
from apps.telemetry.gateway.driver import FieldAnswer, FieldCommand, Values
from apps.telemetry.gateway.modbus import ModbusDriver
from apps.telemetry.gateway.store import Store
from apps.telemetry.models import Gateway
from apps.telemetry.services.links import report_link
from gridops.protocols.modbus import Client, NoAnswer, Refused, Table
from gridops.protocols.modbus.client import Traffic
from gridops.replay.gate import GatedBattery, GatedMicrogrid
from gridops.replay.living.acts import desk_at
from gridops.replay.living.wire import at_once
from gridops.replay.plant import Plant
from gridops.simulator.batteries.image import BASE
from gridops.simulator.field import to_us

BATTERIES, MICROGRIDS = "batteries", "microgrids"
_HEARTBEATS: Final = ("ControllerHb", "CtrlHb")


class PlantClient(Client):
    """Answers at once from the registers themselves; nothing is connected, so nothing of a connection is made."""

    def __init__(self, plant: Plant, units: Mapping[int, GatedBattery] | Mapping[int, GatedMicrogrid]) -> None:
        self._plant, self._units = plant, units

    @property
    def is_connected(self) -> bool:
        return True

    async def connect(self) -> None:
        return

    def close(self) -> None:
        return

    async def read(self, unit: int, table: Table, address: int, count: int, traffic: Traffic) -> list[int]:
        one = self._units.get(unit)
        if one is None:
            raise NoAnswer("there is no such unit")
        first = address - (BASE if isinstance(one, GatedBattery) else 0)
        words = one.words(to_us(self._plant.now))
        if first < 0 or first + count > len(words) or table is not Table.HOLDING:
            raise Refused("illegal data address")
        traffic.frames_out += 1
        traffic.frames_in += 1
        return words[first : first + count]

    async def write(self, unit: int, table: Table, address: int, content: list[int], traffic: Traffic) -> None:
        one, at_us = self._units[unit], to_us(self._plant.now)
        traffic.frames_out += 1
        if isinstance(one, GatedBattery) and one.image.writable.get(address, (0, ""))[1] in _HEARTBEATS:
            one.beat(at_us)
        elif said := one.write(address, content, at_us):
            raise Refused(said)


class _Driver(ModbusDriver):
    """Says on whose behalf it acts."""

    plant: Plant

    async def command(self, command: FieldCommand) -> FieldAnswer:
        self.plant.gate.desk = desk_at(command.address)
        return await super().command(command)


class ModbusLink:
    """One gateway of the site and the units behind it. It is the intake of its driver."""

    def __init__(self, gateway: Gateway, plant: Plant) -> None:
        self._store = Store(gateway.pk)
        units = plant.batteries if gateway.name == BATTERIES else plant.microgrids
        self._driver = _Driver(self._store.config, self, PlantClient(plant, units))
        self._driver.plant = plant
        self.commander = Commander(gateway.pk, gateway.name, lambda: self._driver, at_once)
        self.refused: Counter[str] = Counter()

    async def hear(self) -> None:
        """All units are read once; committed when it returns."""
        await self._driver.round()

    async def take(self, values: Values, *, is_pressed: bool = False) -> None:
        self._store.put(values, self._store.config)

    async def link(self, state: LinkState, reason: str) -> None:
        gateway_id = self._store.config.gateway_id
        report_link(gateway_id=gateway_id, state=state, reason=reason, at=timezone.now())

    def refuse(self, reason: str, count: int = 1) -> None:
        self.refused[reason] += count
