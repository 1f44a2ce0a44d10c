"""One master's connection to an outstation."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from gridops.protocols.iec104.apci import Frame, Function, UFrame
from gridops.protocols.iec104.asdu import Asdu
from gridops.protocols.iec104.channel import Channel, Refusals
from gridops.protocols.iec104.commands import Command
from gridops.protocols.iec104.control import Control, Negative, Selections, initialised
from gridops.protocols.iec104.errors import LinkError, ProtocolError
from gridops.protocols.iec104.events import EventBuffer
from gridops.protocols.iec104.image import PointImage
from gridops.protocols.iec104.link import Link, LinkSettings, Transfer
from gridops.protocols.iec104.types import Cause

log = logging.getLogger(__name__)
_MAX_REPLIES = 512
_MAX_RUNNING = 64


class Station(Protocol):
    """What a session needs of its outstation."""

    points: PointImage
    settings: LinkSettings
    events: EventBuffer
    refusals: Refusals
    select_timeout_s: float
    select_required: bool
    max_command_age_s: float

    def activate(self, session: "Session") -> None: ...
    def deactivate(self, session: "Session") -> None: ...
    def set_clock(self, at_us: int) -> None: ...
    async def perform(self, command: Command) -> bool: ...


class Session:
    """Answers go first, then events and interrogations in turn: what had waited does not hold back what is now."""

    def __init__(self, station: Station, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._station = station
        now = asyncio.get_running_loop().time()
        self.channel = Channel(reader, writer, Link(station.settings, controlling=False, now=now), self._next)
        self._control = Control(
            station.points,
            Selections(station.select_timeout_s),
            select_required=station.select_required,
            max_age_s=station.max_command_age_s,
            reply=self._reply,
            interrogate=self._interrogate,
            execute=self._execute,
            set_clock=station.set_clock,
            refused=self._refused,
        )
        self._replies: deque[bytes] = deque()
        self._interrogations: dict[tuple[int, int], Iterator[bytes]] = {}
        self._in_flight: deque[bool] = deque()  # of each unacknowledged I-frame: it carries events
        self._events_last = False
        self._running: dict[tuple[int, int], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve until the connection ends; whatever the peer does, this returns."""
        try:
            while True:
                await self._burst()
        except ProtocolError as error:
            self._refused(error.reason)
        except OSError as error:
            log.info("%s: connection ended: %s", self._station.refusals.name, error)
        except Exception:
            log.exception("%s: connection given up", self._station.refusals.name)

    def begin(self, *, greet: bool) -> None:
        """The data transfer starts here: what waits and was not acknowledged elsewhere is sent first."""
        self._in_flight.clear()
        if greet:
            addresses = sorted(self._station.points.common_addresses)
            self._interrogations[0, 0] = iter([initialised(address) for address in addresses])

    def supersede(self) -> None:
        """Another connection was started: send nothing more on this one."""
        self.channel.link.suspend()
        self._forget()

    async def _burst(self) -> None:
        for frame in await self.channel.frames():
            self._take(frame)
        link = self.channel.link
        link.release()
        self.channel.write(link.due())
        self.channel.pump()
        await self.channel.drain()
        if self.channel.error is not None:
            raise self.channel.error

    def _take(self, frame: Frame) -> None:
        received = self.channel.receive(frame)
        for _ in range(received.acknowledged):
            if self._in_flight and self._in_flight.popleft():
                self._station.events.acknowledge()
        if received.asdu is not None:
            self._control.handle(received.asdu, self.channel.now)
        elif isinstance(frame, UFrame) and frame.function is Function.STARTDT_ACT:
            self._station.activate(self)
        elif isinstance(frame, UFrame) and frame.function is Function.STOPDT_ACT:
            self._station.deactivate(self)
            self._forget()

    def _forget(self) -> None:
        self._in_flight.clear()
        self._replies.clear()
        self._interrogations.clear()

    def _next(self) -> bytes | None:
        asdu, is_event = self._choose()
        if asdu is not None:
            self._in_flight.append(is_event)
        return asdu

    def _choose(self) -> tuple[bytes | None, bool]:
        if self._replies:
            return self._replies.popleft(), False
        events_first = not self._events_last
        for take_events in (events_first, not events_first):
            asdu = self._station.events.next() if take_events else self._next_answer()
            if asdu is not None:
                self._events_last = take_events
                return asdu, take_events
        return None, False

    def _next_answer(self) -> bytes | None:
        while self._interrogations:
            key = next(iter(self._interrogations))
            asdu = next(self._interrogations[key], None)
            if asdu is not None:
                return asdu
            del self._interrogations[key]
        return None

    def _refused(self, reason: str) -> None:
        self._station.refusals.note(reason, self.channel.now)

    def _reply(self, asdu: Asdu) -> None:
        if self.channel.link.transfer is not Transfer.STARTED:
            return
        if len(self._replies) >= _MAX_REPLIES:
            raise LinkError(f"the master does not take its answers: {_MAX_REPLIES} wait")
        self._replies.append(asdu.encode())

    def _interrogate(self, key: tuple[int, int], answers: Iterator[bytes]) -> None:
        if key in self._interrogations:
            raise Negative(Cause.ACTIVATION_CON, f"common address {key[1]} is already being interrogated")
        self._interrogations[key] = answers

    def report(self, key: tuple[int, int], answers: Iterator[bytes]) -> bool:
        """Values told unasked; a round that is still under way is not begun again."""
        if key in self._interrogations:
            return False
        self._interrogations[key] = answers
        self.channel.pump()
        return True

    def _execute(self, command: Command, asdu: Asdu) -> None:
        key = (command.common_address, command.ioa)
        if key in self._running or len(self._running) >= _MAX_RUNNING:
            raise Negative(Cause.ACTIVATION_CON, f"{key[0]}/{key[1]} is busy")
        self._running[key] = asyncio.create_task(self._perform(key, command, asdu))

    async def _perform(self, key: tuple[int, int], command: Command, asdu: Asdu) -> None:
        try:
            accepted = await self._station.perform(command)
        finally:
            del self._running[key]
        try:
            self._reply(asdu.mirrored(Cause.ACTIVATION_CON, negative=not accepted))
            if accepted:
                self._reply(asdu.mirrored(Cause.ACTIVATION_TERM))
        except LinkError as error:
            self._refused(error.reason)
        self.channel.pump()
