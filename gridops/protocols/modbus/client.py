"""One TCP connection to a server with one or many units behind it. The wire itself is pymodbus's."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse

from gridops.protocols.modbus.points import BIT_TABLES, Table

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # what went wrong is told once, by whoever asked

_REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge, still busy",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}
_ABSENT = frozenset({10, 11})  # a converter's word for a unit that is not there


class Refused(Exception):
    """The unit answered with an exception: these registers cannot be read now."""


class NoAnswer(Exception):
    """The unit is silent, or what it says is no answer."""


class LinkLost(Exception):
    """The connection could not be made, or is gone."""


@dataclass(slots=True)
class Traffic:
    frames_in: int = 0
    frames_out: int = 0
    heard_at_s: float | None = None
    round_trip_s: float | None = None


def _heed_a_stop() -> None:
    """Until Python 3.12 `asyncio.wait_for` swallows a cancellation that comes together with what it waits for."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Client:
    """Requests go one after the other."""

    def __init__(self, host: str, port: int, *, timeout_s: float = 1.0, retries: int = 1, pause_s: float = 0.0) -> None:
        self._wire = AsyncModbusTcpClient(host, port=port, timeout=timeout_s, retries=0, reconnect_delay=0)
        self._timeout_s, self._retries, self._pause_s = timeout_s, retries, pause_s
        self._turn = asyncio.Lock()
        self._by_table = {
            Table.COIL: self._wire.read_coils,
            Table.DISCRETE: self._wire.read_discrete_inputs,
            Table.INPUT: self._wire.read_input_registers,
            Table.HOLDING: self._wire.read_holding_registers,
        }

    async def connect(self) -> None:
        """Raises LinkLost."""
        self.close()
        try:
            async with asyncio.timeout(self._timeout_s * 3):
                made = await self._wire.connect()
        except (OSError, TimeoutError, ModbusException) as error:
            raise LinkLost(str(error) or type(error).__name__) from None
        if not made:
            raise LinkLost("no connection")

    def close(self) -> None:
        self._wire.close()

    async def read(self, unit: int, table: Table, address: int, count: int, traffic: Traffic) -> list[int]:
        """Raises Refused, NoAnswer or LinkLost."""
        for attempt in range(self._retries + 1):
            try:
                return await self._once(unit, table, address, count, traffic)
            except NoAnswer:
                if attempt == self._retries:
                    raise
                if not self._wire.connected:
                    await self.connect()
        raise AssertionError

    @property
    def is_connected(self) -> bool:
        return bool(self._wire.connected)

    async def write(self, unit: int, table: Table, address: int, content: list[int], traffic: Traffic) -> None:
        """Once, whatever happens: a coil, or registers. Raises Refused; NoAnswer or LinkLost if it may have arrived.

        Raises ValueError for a table that cannot be written.
        """
        if table is Table.COIL:
            await self._asked(lambda: self._wire.write_coil(address, bool(content[0]), device_id=unit), traffic)
        elif table is Table.HOLDING:
            await self._asked(lambda: self._wire.write_registers(address, content, device_id=unit), traffic)
        else:
            raise ValueError(f"a {table} cannot be written")

    async def _asked(self, ask: Callable[[], Awaitable[Any]], traffic: Traffic) -> Any:
        async with self._turn:
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
            begun = time.monotonic()
            traffic.frames_out += 1
            try:
                answer = await ask()
            except ModbusException as error:
                if not self._wire.connected:
                    raise LinkLost("the connection was closed") from error
                raise NoAnswer(f"no answer within {self._timeout_s:g} s") from error
            _heed_a_stop()
            traffic.frames_in += 1
            traffic.round_trip_s, traffic.heard_at_s = time.monotonic() - begun, time.time()
        if isinstance(answer, ExceptionResponse):
            if answer.exception_code in _ABSENT:
                raise NoAnswer(_REASONS[answer.exception_code])
            raise Refused(_REASONS.get(answer.exception_code, f"exception {answer.exception_code}"))
        return answer

    async def _once(self, unit: int, table: Table, address: int, count: int, traffic: Traffic) -> list[int]:
        answer = await self._asked(lambda: self._by_table[table](address, count=count, device_id=unit), traffic)
        found: list[int] = list(answer.bits if table in BIT_TABLES else answer.registers)
        if len(found) < count or answer.dev_id != unit:
            raise NoAnswer("the answer is too short or of another unit")
        return found[:count]
