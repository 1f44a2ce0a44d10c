"""One unit of a Modbus gateway: its registers, its SunSpec models, and how it does."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from apps.telemetry.adapters import Quality
from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.config import PointAddress
from apps.telemetry.gateway.driver import LinkFigures, Values
from apps.telemetry.gateway.memory import LastValues, joined, now_us
from apps.telemetry.gateway.sunspec import SunSpecUnit
from apps.telemetry.rules.modbus import RegisterAddress, SunSpecAddress, parse_address
from gridops.protocols.modbus import Client, Limits, NoAnswer, Read, Refused, Register, Table, plan
from gridops.protocols.modbus.client import Traffic

Refuse = Callable[[str, int], None]
UNREADABLE = int(Quality.INVALID | Quality.FAILURE)


class UnitSilent(Exception):
    """It has just stopped to answer."""


class Unit:
    def __init__(
        self, number: int, points: Sequence[PointAddress], settings: Mapping[str, Any], last: LastValues
    ) -> None:
        self.number = number
        self.slots = [point.slot for point in points]
        self.state, self.reason = LinkState.UNKNOWN, ""
        self._settings, self._last = settings, last
        addresses = [(point.slot, parse_address(point.address)) for point in points]
        registers = [(slot, one) for slot, one in addresses if isinstance(one, RegisterAddress)]
        self._slot_of = np.array([slot for slot, _ in registers], np.int64)
        self._planned = plan([register_of(one) for _, one in registers], Limits(settings["gap"], settings["longest"]))
        self._reads = list(self._planned)
        sunspec = {slot: one for slot, one in addresses if isinstance(one, SunSpecAddress)}
        self._sunspec = SunSpecUnit(sunspec, settings) if sunspec else None
        self._traffic = Traffic()
        self._values_in = self._refused = 0
        self._last_refusal = ""
        self._since_s: float | None = None
        self._again_at = 0.0

    def forget(self) -> None:
        """Another device may answer now: what was learned of the old one is asked again."""
        self._reads, self._again_at = list(self._planned), 0.0
        if self._sunspec is not None:
            self._sunspec.forget()

    async def read(self, client: Client, refuse: Refuse) -> Values:
        """Raises LinkLost, or UnitSilent once; until it is tried again it gives nothing."""
        if time.monotonic() < self._again_at:
            return joined([])
        try:
            values = await self._all(client, refuse)
        except NoAnswer as error:
            self._again_at = time.monotonic() + self._settings["give_up_s"]
            if self.state is LinkState.DOWN:
                return joined([])
            self.became(LinkState.DOWN, str(error))
            raise UnitSilent(str(error)) from None
        self.became(LinkState.UP, "answers")
        self._values_in += len(values)
        return values

    def became(self, state: LinkState, reason: str) -> None:
        if state is not self.state:
            self.state, self._since_s = state, time.time()
        self.reason = reason

    async def _all(self, client: Client, refuse: Refuse) -> Values:
        told = [await self._one(client, read, refuse) for read in list(self._reads)]
        if self._sunspec is not None:
            told.append(await self._sunspec.read(self._reader(client), self._count(refuse), self._last))
        return joined(told)

    def _reader(self, client: Client) -> Callable[[int, int], Any]:
        return lambda address, count: client.read(self.number, Table.HOLDING, address, count, self._traffic)

    def _count(self, refuse: Refuse) -> Refuse:
        def counted(reason: str, count: int) -> None:
            self._refused += count
            self._last_refusal = f"unit {self.number}: {reason}"
            refuse(self._last_refusal, count)

        return counted

    async def _one(self, client: Client, read: Read, refuse: Refuse) -> Values:
        """What the unit refuses as a whole is read register by register from then on: only what it lacks is invalid."""
        try:
            answer = await client.read(self.number, read.table, read.start, read.count, self._traffic)
        except Refused as error:
            if len(read.registers) > 1:
                place = self._reads.index(read)
                self._reads[place : place + 1] = read.single()
                return joined([await self._one(client, single, refuse) for single in read.single()])
            return self._refusal(read, error, refuse)
        return Values.of(self._slot_of[list(read.places)], read.values(answer), at_us=now_us())

    def _refusal(self, read: Read, error: Refused, refuse: Refuse) -> Values:
        self._count(refuse)(f"{read.table} {read.start}: {error}", 1)
        slots = self._slot_of[list(read.places)]
        return Values.of(slots, self._last.value(slots), quality=UNREADABLE, at_us=now_us())

    def figures(self) -> LinkFigures:
        trip_s = self._traffic.round_trip_s
        return LinkFigures(
            name=f"unit {self.number}",
            state=self.state,
            reason=self.reason,
            since_s=self._since_s,
            heard_at_s=self._traffic.heard_at_s,
            frames_in=self._traffic.frames_in,
            frames_out=self._traffic.frames_out,
            values_in=self._values_in,
            refused=self._refused,
            last_refusal=self._last_refusal,
            round_trip_ms=None if trip_s is None else 1e3 * trip_s,
        )


def register_of(one: RegisterAddress) -> Register:
    return Register(one.unit, Table(one.table), one.address, one.kind, one.order or "ABCD", one.bit)
