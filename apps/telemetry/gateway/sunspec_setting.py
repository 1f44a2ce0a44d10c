"""Setting points of SunSpec devices: where they stand is found once a connection, then one write sets them."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from apps.telemetry.gateway.modbus_unit import register_of
from apps.telemetry.rules.modbus import RegisterAddress, SunSpecAddress, parse_address
from gridops.protocols.modbus import Client, NoAnswer, Refused, Table, encode
from gridops.protocols.modbus.client import Traffic
from gridops.protocols.sunspec import FoundModel, NoSunSpec, UnknownModel, definition, layout, registers_for, walk
from gridops.protocols.sunspec.models import content

CannotSet = (ValueError, NoSunSpec, UnknownModel)  # nothing has left
_BEATS = 30_000  # a heartbeat counts up to here and begins anew

Write = tuple[int, Table, int, list[int]]  # unit, table, address, words
Ask = Callable[[int, int], Awaitable[Sequence[int]]]


class Setter:
    """Every unit behind one connection."""

    def __init__(self, client: Client, settings: Mapping[str, Any], traffic: Traffic) -> None:
        self._client, self._traffic = client, traffic
        self._bases = [int(base) for base in settings["sunspec_bases"]]
        self._longest = settings["longest"]
        self._chains: dict[int, list[FoundModel]] = {}
        self._contents: dict[tuple[int, int, int], list[int]] = {}

    def forget(self) -> None:
        """Another device may answer now."""
        self._chains, self._contents = {}, {}

    async def write_for(self, address: RegisterAddress | SunSpecAddress, value: float) -> Write:
        """Raises one of CannotSet, or what reading raises: nothing has been written then."""
        if isinstance(address, SunSpecAddress):
            return await self._sunspec(address, value)
        register = register_of(address)
        words = [int(value > 0)] if register.table is Table.COIL else encode(register, value)
        return register.unit, register.table, register.address, words

    async def send(self, write: Write) -> None:
        """Raises Refused; NoAnswer or LinkLost if it may have arrived."""
        await self._client.write(*write, self._traffic)

    async def _sunspec(self, one: SunSpecAddress, value: float) -> Write:
        model = await self._model(one)
        words = await self._content(one, model)
        fields = layout(definition(model.number), words)
        offset, changed = registers_for(model.number, one.path, value, fields, words)
        return one.unit, Table.HOLDING, model.address + offset, changed

    async def _model(self, one: SunSpecAddress) -> FoundModel:
        if one.unit not in self._chains:
            self._chains[one.unit] = await walk(self._reader(one.unit), bases=self._bases, refused=Refused)
        for model in self._chains[one.unit]:
            if (model.number, model.instance) == (one.model, one.instance):
                return model
        raise NoSunSpec(f"unit {one.unit} has no SunSpec model {one.model}")

    async def _content(self, one: SunSpecAddress, model: FoundModel) -> list[int]:
        key = (one.unit, one.model, one.instance)
        if key not in self._contents:
            self._contents[key] = await content(self._reader(one.unit), model, longest=self._longest)
        return self._contents[key]

    def _reader(self, unit: int) -> Ask:
        return lambda address, count: self._client.read(unit, Table.HOLDING, address, count, self._traffic)


class Heart:
    """Registers that are counted up, so that a device knows that the room is there."""

    def __init__(self, setter: Setter, addresses: Sequence[str]) -> None:
        self._setter = setter
        self._addresses = [parse_address(address) for address in addresses]

    async def beat(self, refuse: Callable[[str, int], None]) -> None:
        """Raises LinkLost. A unit that is silent is told of by its reading."""
        count = int(time.monotonic()) % _BEATS
        for address in self._addresses:
            try:
                await self._setter.send(await self._setter.write_for(address, count))
            except NoAnswer:
                continue
            except (Refused, *CannotSet) as error:
                refuse(f"heartbeat of unit {address.unit}: {error}", 1)
