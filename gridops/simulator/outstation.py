"""The field on the wire: the world's readings out as events, the master's commands in."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime

import numpy as np

from gridops.protocols.iec104.commands import Command
from gridops.protocols.iec104.image import PointImage
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.outstation import Outstation
from gridops.simulator.devices import TYPE_OF_KIND
from gridops.simulator.field import Field, to_us
from gridops.simulator.instruments import Readings, Transport
from gridops.simulator.points import type_of

log = logging.getLogger(__name__)
DELIVERY_S = 0.1  # waiting readings are looked at this often
REPORT_S = 60.0
ALLOWED_LAG_STEPS = 5


def _now() -> datetime:
    return datetime.now(UTC)


# A step of a whole city fits one window, so that the master can store it in one transaction.
WIDE_WINDOW = LinkSettings(k=400, w=200)


class FieldStation:
    """Runs a field in wall time behind one IEC 104 outstation."""

    def __init__(self, field: Field, host: str, port: int, step_s: float, transport: Transport) -> None:
        self._field = field
        self._step_s = step_s
        self._transport = transport
        self.outstation = Outstation(host, port, _image(field), self._on_command, settings=WIDE_WINDOW)
        self.sent = 0
        self.is_mute = False  # what is commanded is done, and the answer is lost on the way

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop. Raises OSError if the port cannot be had."""
        self._fill_image()
        try:
            await self._until(stop)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _until(self, stop: asyncio.Event) -> None:
        work = (self.outstation.serve(), self._greet(), self._step_on(), self._deliver_on())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in work]
            await stop.wait()
            for task in tasks:
                task.cancel()

    async def _greet(self) -> None:
        await self.outstation.started.wait()
        log.info("listens on %s:%d", self.outstation.host, self.outstation.port)

    def _fill_image(self) -> None:
        """The first scan goes into the image alone: an interrogation tells it."""
        for address, part in self._by_station(self._field.step(_now(), everything=True)):
            self.outstation.store(address, self._field.table.ioa[part.point], part.value, part.quality)

    async def _step_on(self) -> None:
        loop = asyncio.get_running_loop()
        following = loop.time()
        while True:
            following += self._step_s
            delay = following - loop.time()
            if delay < -ALLOWED_LAG_STEPS * self._step_s:
                log.warning("the field is %.1f s behind; it goes on from now", -delay)
                following = loop.time()
            await asyncio.sleep(max(delay, 0.0))
            self._transport.push(self._field.step(_now()))

    async def _deliver_on(self) -> None:
        while True:
            await asyncio.sleep(DELIVERY_S)
            self.deliver(self._transport.pop(to_us(_now())))

    def deliver(self, readings: Readings) -> None:
        for address, part in self._by_station(readings):
            self.outstation.update(address, self._field.table.ioa[part.point], part.value, part.quality, part.at_us)
        self.sent += len(readings)

    def _by_station(self, readings: Readings) -> list[tuple[int, Readings]]:
        addresses = self._field.table.common_address[readings.point]
        order = np.argsort(addresses, kind="stable")
        cuts = np.flatnonzero(np.diff(addresses[order])) + 1
        return [
            (
                int(addresses[rows[0]]),
                Readings(readings.point[rows], readings.value[rows], readings.quality[rows], readings.at_us[rows]),
            )
            for rows in np.split(order, cuts)
            if len(rows)
        ]

    async def _on_command(self, command: Command) -> bool:
        if command.select:
            return True
        at_us = to_us(_now())
        refusal = self._field.devices.execute(command.common_address, command.ioa, command.value, at_us)
        where = f"{command.common_address}/{command.ioa}"
        log.info("command %g to %s %s", command.value, where, f"refused: {refusal}" if refusal else "accepted")
        if self.is_mute:
            await asyncio.Event().wait()
        return not refusal


def _image(field: Field) -> PointImage:
    table, units = field.table, field.devices.controllables
    types = [type_of(point.quantity) for point in table.points]
    return PointImage(
        np.concatenate([table.common_address, [unit.common_address for unit in units]]).astype(np.int64),
        np.concatenate([table.ioa, [unit.ioa for unit in units]]).astype(np.int64),
        np.array([*types, *(TYPE_OF_KIND[unit.kind] for unit in units)], dtype=np.int64),
    )


async def report_on(station: FieldStation) -> None:
    """One line a minute: what was sent, and what was lost because no master took it."""
    sent = 0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(REPORT_S)
            rate = (station.sent - sent) / REPORT_S
            sent = station.sent
            master = "a master listens" if station.outstation.is_active else "no master"
            log.info("%.0f values a second, %s, %d lost", rate, master, station.outstation.overflow)
